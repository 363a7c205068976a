// The exponential smoothing family: its forms, its recursion and its point forecasts.

export type TrendForm = 'none' | 'additive' | 'damped';
export type SeasonForm = 'none' | 'additive' | 'multiplicative';

/** Which member of the family: SES is none/none, Holt additive/none, Holt-Winters additive with a season. */
export interface SmoothingForm {
  readonly trend: TrendForm;
  readonly season: SeasonForm;
  /** Periods of one season; 1 without a season. */
  readonly period: number;
}

export interface SmoothingWeights {
  /** Weight of a new observation in the level, 0 to 1. */
  readonly alpha: number;
  /** Weight of the level's last change in the slope, 0 to 1; 0 without a trend. */
  readonly beta: number;
  /** Weight of a new observation in its season, 0 to 1 - alpha; 0 without a season. */
  readonly gamma: number;
  /** What is left of the slope after one period; 1 without damping. */
  readonly phi: number;
}

/** Smoothing weights, and the states before the first observation. */
export interface SmoothingParameters extends SmoothingWeights {
  readonly level: number;
  readonly slope: number;
  /** `period` seasonal states, that of the first observation first; empty without a season. */
  readonly season: Float64Array;
}

/** States after the last observation: all that a forecast needs beside alpha, beta, gamma and phi. */
export interface SmoothingState {
  readonly level: number;
  readonly slope: number;
  /** That of the next period first. */
  readonly season: Float64Array;
}

export interface SmoothingRun {
  /** Sum of squared one-step errors; Infinity where a multiplicative season met a level or a season that is not above 0. */
  readonly sumOfSquares: number;
  /** One-step forecasts, as long as the series. */
  readonly fitted: Float64Array;
  readonly state: SmoothingState;
}

/**
 * Runs the recursion over `values`. With q = l[t-1] + phi b[t-1] and f the forecast, q + s[t-m] (additive) or
 * q s[t-m] (multiplicative):
 *
 *     l[t] = alpha (y[t] - s[t-m]) + (1 - alpha) q          multiplicative: y[t] / s[t-m]
 *     b[t] = beta (l[t] - l[t-1]) + (1 - beta) phi b[t-1]
 *     s[t] = gamma (y[t] - q) + (1 - gamma) s[t-m]          multiplicative: y[t] / q
 *
 * C. C. Holt, ONR memorandum 52, 1957; P. R. Winters, Management Science 6, 1960; damping: E. S. Gardner,
 * E. McKenzie, Management Science 31, 1985. Computed in its error-correction form, which is the same.
 */
export function runSmoothing(
  form: SmoothingForm,
  parameters: SmoothingParameters,
  values: Float64Array,
): SmoothingRun {
  const period = parameters.season.length;
  const states = Float64Array.of(parameters.level, parameters.slope, ...parameters.season);
  const fitted = new Float64Array(values.length);
  const sumOfSquares = smoothStates(form, parameters, states, values, fitted);
  const next = values.length;
  const season = Float64Array.from({ length: period }, (_, i) => states[2 + ((next + i) % period)] ?? 0);
  return { sumOfSquares, fitted, state: { level: states[0] ?? 0, slope: states[1] ?? 0, season } };
}

/**
 * The recursion of `runSmoothing` over `states` (level, slope, seasons; changed in place, the season of period t at
 * t mod m). Returns the sum of squared errors, and Infinity at once where the recursion is not defined.
 */
export function smoothStates(
  form: SmoothingForm,
  { alpha, beta, gamma, phi }: SmoothingWeights,
  states: Float64Array,
  values: Float64Array,
  fitted?: Float64Array,
): number {
  const multiplicative = form.season === 'multiplicative';
  const last = states.length - 1;
  let level = states[0] ?? 0;
  let slope = states[1] ?? 0;
  let slot = 2;
  let sumOfSquares = 0;
  for (let t = 0; t < values.length; t += 1) {
    slope *= phi;
    const expected = level + slope;
    const index = last >= 2 ? (states[slot] ?? 0) : 0;
    if (multiplicative && !(expected > 0 && index > 0)) return Number.POSITIVE_INFINITY;
    const forecast = multiplicative ? expected * index : expected + index;
    const error = (values[t] ?? 0) - forecast;
    const shift = alpha * (multiplicative ? error / index : error);
    if (fitted !== undefined) fitted[t] = forecast;
    sumOfSquares += error * error;
    level = expected + shift;
    slope += beta * shift;
    if (last >= 2) states[slot] = index + gamma * (multiplicative ? error / expected : error);
    slot = slot < last ? slot + 1 : 2;
  }
  states[0] = level;
  states[1] = slope;
  return sumOfSquares;
}

/** Point forecasts for 1 to `horizon` periods after the last observation; every season as it was last updated. */
export function forecastSmoothing(
  form: SmoothingForm,
  phi: number,
  state: SmoothingState,
  horizon: number,
): Float64Array {
  const means = new Float64Array(horizon);
  const { level, season } = state;
  let slope = state.slope;
  let drift = 0;
  for (let h = 0; h < horizon; h += 1) {
    slope *= phi;
    drift += slope;
    const index = season.length > 0 ? (season[h % season.length] ?? 0) : 0;
    means[h] = form.season === 'multiplicative' ? (level + drift) * index : level + drift + index;
  }
  return means;
}
