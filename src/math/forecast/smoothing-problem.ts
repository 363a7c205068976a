// The sum of squared one-step errors of an exponential smoothing model as a problem for the optimiser.

import type { LeastSquaresProblem } from '../optimise/bounded-least-squares.js';
import { addRow, addRows, rowsAtOnce } from './normal-equations.js';
import {
  type SmoothingForm,
  type SmoothingParameters,
  type SmoothingWeights,
  smoothStates,
} from './smoothing-model.js';

/** Bounds of the damping factor: below .8 a trend is over at once, at 1 it is not damped. */
const dampingRange = { least: 0.8, most: 0.995 } as const;

/** Where each quantity stands in the vector that the optimiser moves; -1 for what the form does not have. */
export interface SmoothingColumns {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly phi: number;
  /** The share of 1 - alpha that gamma takes, so that gamma <= 1 - alpha is a bound of one number. */
  readonly gammaShare: number;
  readonly level: number;
  readonly slope: number;
  readonly season: number;
}

export function columnsOf(form: SmoothingForm): SmoothingColumns {
  const trend = form.trend !== 'none';
  const seasonal = form.season !== 'none';
  let next = 1;
  const take = (count: number) => {
    if (count === 0) return -1;
    next += count;
    return next - count;
  };
  const beta = take(trend ? 1 : 0);
  const phi = take(form.trend === 'damped' ? 1 : 0);
  const gammaShare = take(seasonal ? 1 : 0);
  const level = take(1);
  const slope = take(trend ? 1 : 0);
  const season = take(seasonal ? form.period : 0);
  return { size: next, alpha: 0, beta, phi, gammaShare, level, slope, season };
}

/** Lower and upper bounds: weights in [0, 1], damping in its range, states free (above 0 where the season multiplies). */
export function boundsOf(
  form: SmoothingForm,
  columns: SmoothingColumns,
): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const lower = new Float64Array(columns.size).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(columns.size).fill(Number.POSITIVE_INFINITY);
  for (const column of [columns.alpha, columns.beta, columns.gammaShare]) {
    if (column < 0) continue;
    lower[column] = 0;
    upper[column] = 1;
  }
  if (columns.phi >= 0) {
    lower[columns.phi] = dampingRange.least;
    upper[columns.phi] = dampingRange.most;
  }
  if (form.season === 'multiplicative') lower.fill(Number.MIN_VALUE, columns.season);
  return { lower, upper };
}

const at = (x: Float64Array, column: number, absent: number) => (column < 0 ? absent : (x[column] ?? 0));

function weightsOf(columns: SmoothingColumns, x: Float64Array): SmoothingWeights {
  const alpha = at(x, columns.alpha, 0);
  return {
    alpha,
    beta: at(x, columns.beta, 0),
    gamma: at(x, columns.gammaShare, 0) * (1 - alpha),
    phi: at(x, columns.phi, 1),
  };
}

export function parametersOf(columns: SmoothingColumns, x: Float64Array): SmoothingParameters {
  return {
    ...weightsOf(columns, x),
    level: at(x, columns.level, 0),
    slope: at(x, columns.slope, 0),
    season: columns.season < 0 ? new Float64Array(0) : x.slice(columns.season),
  };
}

/** The vector of given parameters: the inverse of `parametersOf`. */
export function vectorOf(columns: SmoothingColumns, parameters: SmoothingParameters): Float64Array {
  const x = new Float64Array(columns.size);
  const put = (column: number, value: number) => {
    if (column >= 0) x[column] = value;
  };
  const { alpha, beta, gamma, phi, level, slope, season } = parameters;
  put(columns.alpha, alpha);
  put(columns.beta, beta);
  put(columns.phi, phi);
  put(columns.gammaShare, alpha < 1 ? gamma / (1 - alpha) : 0);
  put(columns.level, level);
  put(columns.slope, slope);
  if (columns.season >= 0) x.set(season, columns.season);
  return x;
}

/**
 * The problem of one series: errors of `runSmoothing`, with derivatives by forward sensitivities. Each state carries
 * its derivative by each parameter, and the recursion is differentiated beside itself, so that J^T J costs
 * n p^2 / 2 operations and no difference quotient is taken. Its arrays are made once and used by every evaluation.
 */
export function createSmoothingProblem(
  form: SmoothingForm,
  columns: SmoothingColumns,
  values: Float64Array,
): LeastSquaresProblem {
  const size = columns.size;
  const period = form.season === 'none' ? 0 : form.period;
  const multiplicative = form.season === 'multiplicative';
  const states = new Float64Array(2 + period);
  const season = new Float64Array(period);
  const dLevel = new Float64Array(size);
  const dSlope = new Float64Array(size);
  const dSeason = new Float64Array(Math.max(period, 1) * size);
  const rows = new Float64Array(rowsAtOnce * size);
  const errors = new Float64Array(rowsAtOnce);

  function sumOfSquares(x: Float64Array): number {
    states[0] = x[columns.level] ?? 0;
    states[1] = at(x, columns.slope, 0);
    for (let i = 0; i < period; i += 1) states[2 + i] = x[columns.season + i] ?? 0;
    return smoothStates(form, weightsOf(columns, x), states, values);
  }

  function linearise(x: Float64Array, normal: Float64Array, gradient: Float64Array): void {
    const { alpha, beta, gamma, phi } = weightsOf(columns, x);
    const share = at(x, columns.gammaShare, 0);
    for (let i = 0; i < period; i += 1) season[i] = x[columns.season + i] ?? 0;
    let level = x[columns.level] ?? 0;
    let slope = at(x, columns.slope, 0);
    dLevel.fill(0);
    dSlope.fill(0);
    dSeason.fill(0);
    dLevel[columns.level] = 1;
    if (columns.slope >= 0) dSlope[columns.slope] = 1;
    for (let i = 0; i < period; i += 1) dSeason[i * size + columns.season + i] = 1;
    normal.fill(0);
    gradient.fill(0);
    const first = period > 0 ? columns.season : size;
    const alone = period > 0 && alpha === 0;
    const jump = alone ? first - 1 : -1;
    let slot = 0;
    for (let t = 0; t < values.length; t += 1) {
      const start = slot * size;
      // Nothing depends yet on seasons that have not come, and on no other season while the level never moves.
      const own = first + slot;
      const end = alone ? own + 1 : Math.min(first + t + 1, size);
      const index = period > 0 ? (season[slot] ?? 0) : 0;
      const expected = level + slope * phi;
      const error = (values[t] ?? 0) - (multiplicative ? expected * index : expected + index);
      const levelError = multiplicative ? error / index : error;
      const seasonError = multiplicative ? error / expected : error;
      const place = alone ? 0 : t % rowsAtOnce;
      const row = place * size;
      if (place === 0) {
        rows.fill(0);
        errors.fill(0);
      }
      if (columns.phi >= 0) dSlope[columns.phi] = (dSlope[columns.phi] ?? 0) + slope / phi;
      for (let j = 0; j < end; j = j === jump ? own : j + 1) {
        const change = (dSlope[j] ?? 0) * phi;
        const dExpected = (dLevel[j] ?? 0) + change;
        const dIndex = dSeason[start + j] ?? 0;
        let dForecast = dExpected + dIndex;
        let dLevelError = -dForecast;
        let dSeasonError = dLevelError;
        if (multiplicative) {
          dForecast = dExpected * index + expected * dIndex;
          dLevelError = (-dForecast - levelError * dIndex) / index;
          dSeasonError = (-dForecast - seasonError * dExpected) / expected;
        }
        rows[row + j] = dForecast;
        dLevel[j] = dExpected + alpha * dLevelError;
        dSlope[j] = change + alpha * beta * dLevelError;
        if (period > 0) dSeason[start + j] = dIndex + gamma * dSeasonError;
      }
      dLevel[0] = (dLevel[0] ?? 0) + levelError;
      if (columns.beta >= 0) {
        dSlope[0] = (dSlope[0] ?? 0) + beta * levelError;
        dSlope[columns.beta] = (dSlope[columns.beta] ?? 0) + alpha * levelError;
      }
      if (columns.gammaShare >= 0) {
        dSeason[start] = (dSeason[start] ?? 0) - share * seasonError;
        const column = start + columns.gammaShare;
        dSeason[column] = (dSeason[column] ?? 0) + (1 - alpha) * seasonError;
      }
      level = expected + alpha * levelError;
      slope = slope * phi + alpha * beta * levelError;
      if (period > 0) season[slot] = index + gamma * seasonError;
      errors[place] = error;
      if (alone) addRow(rows, error, first, own, normal, gradient);
      else if (place === rowsAtOnce - 1 || t === values.length - 1) {
        addRows(rows, errors, end, normal, gradient);
      }
      slot = slot + 1 < period ? slot + 1 : 0;
    }
  }

  return { size, sumOfSquares, linearise };
}
