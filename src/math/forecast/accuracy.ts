// How good forecasts are: errors without a unit, and how honest their intervals are.

/** What one forecast of one series earned over its horizon. */
export interface SeriesScore {
  /** Mean of 200 |f - y| / (|f| + |y|), per cent; 0 / 0 counts as 0. */
  readonly smape: number;
  /** Mean |f - y| over the mean |y[t] - y[t - period]| of the training values; NaN where those never change. */
  readonly mase: number;
  readonly absoluteError: number;
  readonly absoluteActual: number;
  /** Sum of f - y. */
  readonly error: number;
  readonly points: number;
  /** How many actual values lay in [lower, upper]. */
  readonly covered: number;
  /** Mean interval score over the scale of `mase`; NaN where that is. */
  readonly intervalScore: number;
}

/** The quality of one method over many series. */
export interface Accuracy {
  readonly smape: number;
  readonly mase: number;
  /** Sum of |f - y| over sum of |y|: the weighted absolute percentage error, as a share. */
  readonly wape: number;
  /** Sum of f - y over sum of |y|: below 0 where too little is forecast. */
  readonly bias: number;
  /** Share of the actual values inside their intervals. */
  readonly coverage: number;
  readonly intervalScore: number;
}

/** A forecast with its interval; three arrays of one length. */
export interface IntervalForecast {
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Mean absolute change over `period` steps: what the seasonal naive method errs by in the training values. NaN if none. */
export function naiveScale(train: Float64Array, period: number): number {
  let sum = 0;
  for (let t = period; t < train.length; t += 1) sum += Math.abs((train[t] ?? 0) - (train[t - period] ?? 0));
  return sum > 0 ? sum / (train.length - period) : Number.NaN;
}

/**
 * The interval score of one value: width + 2 / a (distance outside), a = 1 - level; lower is better, and it is least
 * in expectation for the true quantiles (T. Gneiting, A. Raftery, J. Am. Stat. Assoc. 102, 2007).
 */
export function intervalScore(actual: number, lower: number, upper: number, level: number): number {
  const outside = Math.max(lower - actual, 0) + Math.max(actual - upper, 0);
  return upper - lower + (2 / (1 - level)) * outside;
}

/**
 * Scores one series. `actual` is as long as the forecast or shorter; `period` 1 gives the MASE of R. Hyndman,
 * A. Koehler, Int. J. Forecasting 22, 2006, a longer one its seasonal form. `level` is that of the interval, in (0, 1).
 */
export function scoreSeries(
  train: Float64Array,
  actual: Float64Array,
  forecast: IntervalForecast,
  level: number,
  period: number,
): SeriesScore {
  let smape = 0;
  let absoluteError = 0;
  let absoluteActual = 0;
  let error = 0;
  let covered = 0;
  let score = 0;
  const points = actual.length;
  for (let h = 0; h < points; h += 1) {
    const y = actual[h] ?? 0;
    const f = forecast.mean[h] ?? 0;
    const lower = forecast.lower[h] ?? 0;
    const upper = forecast.upper[h] ?? 0;
    const size = Math.abs(f) + Math.abs(y);
    smape += size > 0 ? (200 * Math.abs(f - y)) / size : 0;
    absoluteError += Math.abs(f - y);
    absoluteActual += Math.abs(y);
    error += f - y;
    covered += y >= lower && y <= upper ? 1 : 0;
    score += intervalScore(y, lower, upper, level);
  }
  const scale = naiveScale(train, period) * points;
  return {
    smape: smape / points,
    mase: absoluteError / scale,
    absoluteError,
    absoluteActual,
    error,
    points,
    covered,
    intervalScore: score / scale,
  };
}

/** The scores of many series as one: each series counts alike in sMAPE, MASE and interval score, each unit in WAPE. */
export function summariseScores(scores: readonly SeriesScore[]): Accuracy {
  const sum = (of: (score: SeriesScore) => number) => scores.reduce((total, score) => total + of(score), 0);
  const mean = (of: (score: SeriesScore) => number) => {
    const known = scores.map(of).filter((value) => !Number.isNaN(value));
    return known.reduce((total, value) => total + value, 0) / known.length;
  };
  const actual = sum((score) => score.absoluteActual);
  return {
    smape: mean((score) => score.smape),
    mase: mean((score) => score.mase),
    wape: sum((score) => score.absoluteError) / actual,
    bias: sum((score) => score.error) / actual,
    coverage: sum((score) => score.covered) / sum((score) => score.points),
    intervalScore: mean((score) => score.intervalScore),
  };
}

/**
 * Overall weighted average against a reference method, Naive2 by convention: the mean of both ratios, sMAPE and MASE
 * (S. Makridakis et al., Int. J. Forecasting 36, 2020). Below 1 is better than the reference.
 */
export function overallWeightedAverage(method: Accuracy, reference: Accuracy): number {
  return (method.smape / reference.smape + method.mase / reference.mase) / 2;
}
