// One side of a non-negative factorisation, the other held fast: coordinate descent row by row.

import { gramOfColumns } from '../dense/gram.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { rowTimesDense } from '../sparse/times-dense.js';

/** Passes over a row while its target is at hand: the target costs far more than a pass. */
const passes = 3;

/** Moves every factor of the row at `start` once to its best value; returns the size of the projected gradient. */
function descendOnce(own: Float64Array, start: number, gradient: Float64Array, gram: Float64Array): number {
  const factors = gradient.length;
  let violation = 0;
  for (let k = 0; k < factors; k += 1) {
    const slope = gradient[k] ?? 0;
    const value = own[start + k] ?? 0;
    violation += value === 0 ? Math.max(0, -slope) : Math.abs(slope);
    const curvature = gram[k * factors + k] ?? 0;
    if (curvature === 0) continue;
    const next = Math.max(0, value - slope / curvature);
    if (next === value) continue;
    own[start + k] = next;
    addRow(gradient, gram, k, next - value);
  }
  return violation;
}

/** Adds `scale` times row `row` of the Gram matrix; four at a time, since most of the time of a step goes by here. */
function addRow(gradient: Float64Array, gram: Float64Array, row: number, scale: number): void {
  const factors = gradient.length;
  const start = row * factors;
  let k = 0;
  for (; k + 4 <= factors; k += 4) {
    gradient[k] = (gradient[k] ?? 0) + scale * (gram[start + k] ?? 0);
    gradient[k + 1] = (gradient[k + 1] ?? 0) + scale * (gram[start + k + 1] ?? 0);
    gradient[k + 2] = (gradient[k + 2] ?? 0) + scale * (gram[start + k + 2] ?? 0);
    gradient[k + 3] = (gradient[k + 3] ?? 0) + scale * (gram[start + k + 3] ?? 0);
  }
  for (; k < factors; k += 1) gradient[k] = (gradient[k] ?? 0) + scale * (gram[start + k] ?? 0);
}

/** Turns the target X_i H into the gradient W_i (H'H) - X_i H of the row at `start`. */
function turnIntoGradient(target: Float64Array, own: Float64Array, start: number, gram: Float64Array): void {
  for (let k = 0; k < target.length; k += 1) target[k] = -(target[k] ?? 0);
  for (let k = 0; k < target.length; k += 1) {
    const value = own[start + k] ?? 0;
    if (value !== 0) addRow(target, gram, k, value);
  }
}

/** What a step over one side tells. */
export interface Descent {
  /** The size of the projected gradient at its start: 0 at an optimum of this side. */
  readonly violation: number;
  /** |X - W H'|^2 at its end, over all entries. */
  readonly squaredError: number;
}

/**
 * Lowers |X - W H'|^2 over W (`own`, in place), with H (`other`) held fast: each row by passes of coordinate descent.
 * `squaredNorm` is |X|^2.
 */
export function descend(
  matrix: SparseMatrix,
  own: Float64Array,
  other: Float64Array,
  factors: number,
  squaredNorm: number,
): Descent {
  const gram = gramOfColumns(other, factors);
  const gradient = new Float64Array(factors);
  let violation = 0;
  let slack = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    const start = row * factors;
    rowTimesDense(matrix, row, other, factors, gradient);
    turnIntoGradient(gradient, own, start, gram);
    violation += descendOnce(own, start, gradient, gram);
    for (let pass = 1; pass < passes; pass += 1) descendOnce(own, start, gradient, gram);
    for (let k = 0; k < factors; k += 1) slack += (gradient[k] ?? 0) * (own[start + k] ?? 0);
  }
  // |X|^2 - 2 W.(X H) + (W'W).(H'H), in which X H = W H'H - gradient: the product with X is not needed again.
  const ownGram = gramOfColumns(own, factors);
  let squaredError = squaredNorm + 2 * slack;
  for (let at = 0; at < gram.length; at += 1) squaredError -= (gram[at] ?? 0) * (ownGram[at] ?? 0);
  return { violation, squaredError: Math.max(0, squaredError) };
}

/** The non-negative row that is best for `target` = X_i H, to working precision. */
export function bestRow(target: Float64Array, gram: Float64Array): Float64Array {
  const own = new Float64Array(target.length);
  const gradient = target.map((value) => -value);
  let first = 0;
  for (let pass = 0; pass < 500; pass += 1) {
    const violation = descendOnce(own, 0, gradient, gram);
    if (pass === 0) first = violation;
    if (violation <= 1e-9 * first) break;
  }
  return own;
}
