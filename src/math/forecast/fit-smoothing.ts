// Fits an exponential smoothing model: weights and initial states that make the squared one-step errors least.

import { FlywheelError } from '../../core/errors.js';
import {
  type LeastSquaresLimits,
  type LeastSquaresProblem,
  minimiseLeastSquares,
} from '../optimise/bounded-least-squares.js';
import { seasonalIndices } from './seasonal-decomposition.js';
import { fitSimpleSmoothing } from './simple-smoothing.js';
import {
  runSmoothing,
  type SmoothingForm,
  type SmoothingParameters,
  type SmoothingState,
} from './smoothing-model.js';
import {
  boundsOf,
  columnsOf,
  createSmoothingProblem,
  parametersOf,
  type SmoothingColumns,
  vectorOf,
} from './smoothing-problem.js';

/** A fitted model: plain data, enough to forecast from and to fit again. */
export interface SmoothingFit {
  readonly form: SmoothingForm;
  readonly parameters: SmoothingParameters;
  /** One-step forecasts of the series that it was fitted to. */
  readonly fitted: Float64Array;
  readonly state: SmoothingState;
  readonly sumOfSquares: number;
  /** Free numbers of the model: weights and initial states, of which a season has one fewer than periods. */
  readonly freeParameters: number;
  /** Corrected information criterion (see `correctedCriterion`); Infinity where the series is too short for it. */
  readonly aicc: number;
}

/**
 * Starting weights, since the sum of squares has several valleys: the fixed line (alpha 0) with a slow and a quick
 * damping, then quiet, middle and lively levels, each with a calm and a lively trend and season. A form without a
 * trend or season has fewer that differ.
 */
const startingWeights: readonly {
  readonly alpha: number;
  readonly beta: number;
  readonly phi: number;
  readonly gammaShare: number;
}[] = [
  { alpha: 0, beta: 0.05, phi: 0.99, gammaShare: 0.05 },
  { alpha: 0, beta: 0.05, phi: 0.9, gammaShare: 0.5 },
  { alpha: 0.1, beta: 0.05, phi: 0.97, gammaShare: 0.05 },
  { alpha: 0.1, beta: 0.6, phi: 0.84, gammaShare: 0.5 },
  { alpha: 0.5, beta: 0.05, phi: 0.97, gammaShare: 0.5 },
  { alpha: 0.5, beta: 0.6, phi: 0.84, gammaShare: 0.05 },
  { alpha: 0.9, beta: 0.05, phi: 0.97, gammaShare: 0.05 },
  { alpha: 0.9, beta: 0.6, phi: 0.84, gammaShare: 0.5 },
];

/** How far a search for the best weights and states goes. */
interface SearchEffort {
  /** How many of the starts, best first, are followed to the bottom of their valley. */
  readonly starts: number;
  readonly limits: LeastSquaresLimits;
}

/** What the search from one start may cost, in units of a third of a nanosecond: 40 ms. Nearly all end sooner. */
const searchWorkMax = 1.2e8;
const searchStepsMax = 200;

/** Where a step costs more, the best start alone is followed: from many values the valleys differ little. */
const severalStartsWorkMax = 1e6;

/**
 * The effort for a model of `parameters` numbers and a series of `length` values, a step of which costs about
 * length x parameters x (parameters + 33). Counted, not timed, so that the same series always has the same fit.
 */
export function searchEffort(parameters: number, length: number): SearchEffort {
  const stepWork = length * parameters * (parameters + 33);
  const steps = Math.max(1, Math.min(searchStepsMax, Math.floor(searchWorkMax / stepWork)));
  return { starts: stepWork > severalStartsWorkMax ? 1 : 3, limits: { steps, tolerance: 1e-11 } };
}

/** With the weights held, the best states of an additive model are the solution of one linear system. */
const statesOnly = { steps: 1, tolerance: 0 } as const;

/** Longer seasons are not fitted, since each of their periods is a number to estimate. */
export const longestModelledSeason = 60;

/** How many observations a form needs: its free initial states and one more. */
export function observationsNeeded(form: SmoothingForm): number {
  const trend = form.trend === 'none' ? 0 : 1;
  return form.season === 'none' ? 2 + trend : Math.max(2 * form.period, form.period + 2 + trend);
}

/**
 * Fits `form` to `values` (finite, at least `observationsNeeded`; above 0 for a multiplicative season) by least
 * squares over weights and initial states together, from several starts; deterministic. With `near`, the parameters of
 * a fit to nearly the same values, the search goes down from there alone, which takes a fraction of the time.
 */
export function fitSmoothing(
  form: SmoothingForm,
  values: Float64Array,
  near?: SmoothingParameters,
): SmoothingFit {
  assertFit(form, values);
  const columns = columnsOf(form);
  const simple = form.trend === 'none' && form.season === 'none';
  const parameters = simple
    ? { ...fitSimpleSmoothing(values), beta: 0, gamma: 0, phi: 1, slope: 0, season: new Float64Array(0) }
    : normaliseSeason(form, parametersOf(columns, searchParameters(form, columns, values, near)));
  const run = runSmoothing(form, parameters, values);
  const freeParameters = columns.size - (columns.season < 0 ? 0 : 1);
  return {
    form,
    parameters,
    ...run,
    freeParameters,
    aicc: correctedCriterion(run.sumOfSquares, values, freeParameters),
  };
}

/** The best weights and states that are found, from `near` or else from all starts. */
function searchParameters(
  form: SmoothingForm,
  columns: SmoothingColumns,
  values: Float64Array,
  near: SmoothingParameters | undefined,
): Float64Array {
  const problem = createSmoothingProblem(form, columns, values);
  const { lower, upper } = boundsOf(form, columns);
  const states = near === undefined ? startingStates(form, columns, values) : vectorOf(columns, near);
  if (columns.season >= 0) {
    // A level and its seasons can be shifted against each other without any effect: one season is held.
    const last = columns.size - 1;
    lower[last] = states[last] ?? 0;
    upper[last] = states[last] ?? 0;
  }
  const effort = searchEffort(columns.size, values.length);
  const starts =
    near === undefined
      ? bestStarts(problem, columns, states, lower, upper).slice(0, effort.starts)
      : [states];
  let best = { x: states, value: Number.POSITIVE_INFINITY };
  for (const x of starts) {
    const value = minimiseLeastSquares(problem, x, lower, upper, effort.limits);
    if (value < best.value) best = { x, value };
  }
  if (best.value < Number.POSITIVE_INFINITY) return best.x;
  const level = levelStart(columns, values);
  if (columns.season >= 0) {
    lower[columns.size - 1] = 1;
    upper[columns.size - 1] = 1;
  }
  minimiseLeastSquares(problem, level, lower, upper, effort.limits);
  return level;
}

/**
 * A level that never moves, without slope or season: where the other starts let a multiplicative season run out of what
 * is above 0, this one cannot.
 */
function levelStart(columns: SmoothingColumns, values: Float64Array): Float64Array {
  return vectorOf(columns, {
    alpha: 0,
    beta: 0,
    gamma: 0,
    phi: 0.9,
    level: values.reduce((sum, value) => sum + value, 0) / values.length,
    slope: 0,
    season: new Float64Array(columns.season < 0 ? 0 : columns.size - columns.season).fill(1),
  });
}

/** The starts, those of least squared errors once the states fit their weights first. */
function bestStarts(
  problem: LeastSquaresProblem,
  columns: SmoothingColumns,
  states: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Float64Array[] {
  const starts = weightStarts(columns, states).map((x) => {
    const heldLower = lower.slice();
    const heldUpper = upper.slice();
    heldLower.set(x.subarray(0, columns.level));
    heldUpper.set(x.subarray(0, columns.level));
    return { x, value: minimiseLeastSquares(problem, x, heldLower, heldUpper, statesOnly) };
  });
  starts.sort((a, b) => a.value - b.value);
  return starts.map(({ x }) => x);
}

/**
 * The corrected Akaike criterion of a Gaussian model with `free` parameters beside its variance, without the constants
 * that all models of one series share: n ln(SSE / n) + 2 k + 2 (k + 2)(k + 3) / (n - k - 3). It compares models of one
 * series and one transformation only. Errors that are smaller than the digits of the series count as its digits.
 */
export function correctedCriterion(sumOfSquares: number, values: Float64Array, free: number): number {
  const n = values.length;
  const spare = n - free - 3;
  if (spare <= 0) return Number.POSITIVE_INFINITY;
  const digits = values.reduce((sum, value) => sum + value * value, 0) * 1e-24 + Number.MIN_VALUE;
  return n * Math.log(Math.max(sumOfSquares, digits) / n) + 2 * free + (2 * (free + 2) * (free + 3)) / spare;
}

function assertFit(form: SmoothingForm, values: Float64Array): void {
  const needed = observationsNeeded(form);
  if (values.length < needed) {
    throw new FlywheelError(
      'BAD_INPUT',
      `This model needs ${needed} observations and the series has ${values.length}; choose a simpler method.`,
    );
  }
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new FlywheelError(
        'BAD_INPUT',
        'The series has a value that is not a finite number; fill its gaps first.',
      );
    }
    if (form.season === 'multiplicative' && !(value > 0)) {
      throw new FlywheelError(
        'BAD_INPUT',
        'A multiplicative season needs values above 0; choose an additive season for this series.',
      );
    }
  }
}

/** Level, slope and season of the first periods, from a line through the series without its season. */
function startingStates(form: SmoothingForm, columns: SmoothingColumns, values: Float64Array): Float64Array {
  const x = new Float64Array(columns.size);
  const season = form.season === 'none' ? undefined : seasonalIndices(values, form.period, form.season);
  const plain = values.slice();
  if (season !== undefined) {
    for (let t = 0; t < plain.length; t += 1) {
      const index = season[t % form.period] ?? 0;
      plain[t] =
        form.season === 'additive' ? (plain[t] ?? 0) - index : (plain[t] ?? 0) / Math.max(index, 1e-6);
    }
    x.set(form.season === 'additive' ? season : season.map((index) => Math.max(index, 1e-6)), columns.season);
  }
  const n = plain.length;
  const middle = (n - 1) / 2;
  const mean = plain.reduce((sum, value) => sum + value, 0) / n;
  const slope = plain.reduce((sum, value, t) => sum + (t - middle) * value, 0) / ((n * (n * n - 1)) / 12);
  if (columns.slope >= 0) {
    x[columns.slope] = slope;
    x[columns.level] = mean - slope * (middle + 1);
  } else {
    x[columns.level] = mean;
  }
  // A line that begins below 0 is no start for a season that multiplies.
  if (form.season === 'multiplicative' && !((x[columns.level] ?? 0) > 0)) {
    x[columns.level] = mean;
    if (columns.slope >= 0) x[columns.slope] = 0;
  }
  return x;
}

/** The starting weights that differ for this form, each with the same starting states. */
function weightStarts(columns: SmoothingColumns, states: Float64Array): Float64Array[] {
  const starts = new Map<string, Float64Array>();
  for (const weights of startingWeights) {
    const x = states.slice();
    for (const name of ['alpha', 'beta', 'phi', 'gammaShare'] as const) {
      if (columns[name] >= 0) x[columns[name]] = weights[name];
    }
    const key = x.subarray(0, columns.level).join();
    if (!starts.has(key)) starts.set(key, x);
  }
  return [...starts.values()];
}

/** Seasons with mean 0 (multiplicative: mean 1); the level takes what they give. No forecast changes. */
function normaliseSeason(form: SmoothingForm, parameters: SmoothingParameters): SmoothingParameters {
  const { season, level, slope } = parameters;
  if (form.season === 'none') return parameters;
  const mean = season.reduce((sum, index) => sum + index, 0) / season.length;
  if (form.season === 'additive') {
    return { ...parameters, level: level + mean, season: season.map((index) => index - mean) };
  }
  return {
    ...parameters,
    level: level * mean,
    slope: slope * mean,
    season: season.map((index) => index / mean),
  };
}
