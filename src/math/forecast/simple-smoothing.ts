// Simple exponential smoothing: the weight and initial level that fit best, by a search over the weight alone.

import { minimiseScalar } from '../optimise/minimise-scalar.js';

/** The sum of squares can have several valleys in alpha; this many cells part them. */
const search = { cells: 12, tolerance: 1e-8 } as const;

export interface SimpleSmoothing {
  readonly alpha: number;
  /** The level before the first observation. */
  readonly level: number;
}

/**
 * The alpha in [0, 1] and initial level of least squared one-step errors. For a given alpha the error of period t is
 * r[t] - (1 - alpha)^t l[0], where r are the errors from a level of 0: linear in l[0], which is therefore solved
 * exactly, so that one number is searched instead of two.
 */
export function fitSimpleSmoothing(values: Float64Array): SimpleSmoothing {
  let initial = 0;
  const sumOfSquares = (alpha: number) => {
    let level = 0;
    let power = 1;
    let [pp, pr, rr] = [0, 0, 0];
    for (let t = 0; t < values.length; t += 1) {
      const rest = (values[t] ?? 0) - level;
      pp += power * power;
      pr += power * rest;
      rr += rest * rest;
      level += alpha * rest;
      power *= 1 - alpha;
    }
    initial = pr / pp;
    return rr - initial * pr;
  };
  const alpha = minimiseScalar(sumOfSquares, 0, 1, search.cells, search.tolerance).x;
  sumOfSquares(alpha);
  return { alpha, level: initial };
}

/** The sum of squared one-step errors of the level that starts at the first value. */
export function errorsFromFirst(values: Float64Array, alpha: number): number {
  let level = values[0] ?? 0;
  let sum = 0;
  for (let t = 1; t < values.length; t += 1) {
    const error = (values[t] ?? 0) - level;
    sum += error * error;
    level += alpha * error;
  }
  return sum;
}
