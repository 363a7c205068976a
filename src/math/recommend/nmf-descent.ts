// One side of a non-negative factorisation, the other held fast: coordinate descent row by row.

import { gramOfColumns } from '../dense/gram.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { rowTimesDense } from '../sparse/times-dense.js';

/** Passes over a row while its target is at hand: the target costs far more than a pass. */
const passes = 3;

/** The Gram matrix of the side that is held fast, and how far a factor goes for each unit of its slope. */
interface Curvature {
  readonly gram: Float64Array;
  /** 1 over the diagonal, since a division takes longer than all else in a step; 0 where the factor does nothing. */
  readonly reaches: Float64Array;
}

function curvatureOf(gram: Float64Array, factors: number): Curvature {
  const reaches = Float64Array.from({ length: factors }, (_, k) => {
    const curvature = gram[k * factors + k] ?? 0;
    return curvature === 0 ? 0 : 1 / curvature;
  });
  return { gram, reaches };
}

/** Moves every factor of the row at `start` once to its best value; returns the size of the projected gradient. */
function descendOnce(
  own: Float64Array,
  start: number,
  gradient: Float64Array,
  { gram, reaches }: Curvature,
): number {
  const factors = gradient.length;
  let violation = 0;
  for (let k = 0; k < factors; k += 1) {
    const slope = gradient[k] ?? 0;
    const value = own[start + k] ?? 0;
    violation += value === 0 ? Math.max(0, -slope) : Math.abs(slope);
    const next = Math.max(0, value - slope * (reaches[k] ?? 0));
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

/** Writes the gradient W_i (H'H) - X_i H of the row at `start`, of which `target` is X_i H. */
function gradientOf(
  target: Float64Array,
  own: Float64Array,
  start: number,
  gram: Float64Array,
  gradient: Float64Array,
): void {
  for (let k = 0; k < target.length; k += 1) gradient[k] = -(target[k] ?? 0);
  for (let k = 0; k < target.length; k += 1) {
    const value = own[start + k] ?? 0;
    if (value !== 0) addRow(gradient, gram, k, value);
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
  const curvature = curvatureOf(gramOfColumns(other, factors), factors);
  const target = new Float64Array(factors);
  const gradient = new Float64Array(factors);
  let violation = 0;
  let squaredError = squaredNorm;
  for (let row = 0; row < matrix.rows; row += 1) {
    const start = row * factors;
    rowTimesDense(matrix, row, other, factors, target);
    gradientOf(target, own, start, curvature.gram, gradient);
    violation += descendOnce(own, start, gradient, curvature);
    for (let pass = 1; pass < passes; pass += 1) descendOnce(own, start, gradient, curvature);
    // |X|^2 - 2 W.(X H) + W.(W H'H), in which W H'H = gradient + X H.
    for (let k = 0; k < factors; k += 1)
      squaredError += ((gradient[k] ?? 0) - (target[k] ?? 0)) * (own[start + k] ?? 0);
  }
  return { violation, squaredError: Math.max(0, squaredError) };
}

/** The non-negative row that is best for `target` = X_i H, to working precision. */
export function bestRow(target: Float64Array, gram: Float64Array): Float64Array {
  const own = new Float64Array(target.length);
  const gradient = target.map((value) => -value);
  const curvature = curvatureOf(gram, target.length);
  let first = 0;
  for (let pass = 0; pass < 500; pass += 1) {
    const violation = descendOnce(own, 0, gradient, curvature);
    if (pass === 0) first = violation;
    if (violation <= 1e-9 * first) break;
  }
  return own;
}
