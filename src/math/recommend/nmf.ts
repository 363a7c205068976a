// Non-negative matrix factorisation of a sparse matrix, zeros included as values.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { gramOfColumns } from '../dense/gram.js';
import { type SparseMatrix, type SparseVector, transpose } from '../sparse/sparse-matrix.js';
import { rowTimesDense } from '../sparse/times-dense.js';
import { type FactorModel, factorModel } from './factor-model.js';
import { nndsvdaStart, randomStart } from './nmf-start.js';

export interface NmfOptions {
  readonly factors: number;
  readonly random: Random;
  /** Default `nndsvda`, or `random` where there are more factors than rows or columns. */
  readonly start?: 'nndsvda' | 'random';
  /** Stops where a step's projected gradient is this share of the first step's. Default 1e-4. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
  /** Hears the share of the iterations allowed that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

export interface NmfModel extends FactorModel {
  /** The Frobenius norm of what the product leaves of the matrix. */
  readonly error: number;
  readonly iterations: number;
}

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

/** Adds `scale` times row `row` of the Gram matrix. */
function addRow(gradient: Float64Array, gram: Float64Array, row: number, scale: number): void {
  const factors = gradient.length;
  const start = row * factors;
  for (let k = 0; k < factors; k += 1) gradient[k] = (gradient[k] ?? 0) + scale * (gram[start + k] ?? 0);
}

/** Turns the target X_i H into the gradient W_i (H'H) - X_i H of the row at `start`. */
function turnIntoGradient(target: Float64Array, own: Float64Array, start: number, gram: Float64Array): void {
  for (let k = 0; k < target.length; k += 1) target[k] = -(target[k] ?? 0);
  for (let k = 0; k < target.length; k += 1) {
    const value = own[start + k] ?? 0;
    if (value !== 0) addRow(target, gram, k, value);
  }
}

/** One step over all rows of one side, the other held fast; returns the projected gradient that it began with. */
function descend(matrix: SparseMatrix, own: Float64Array, other: Float64Array, factors: number): number {
  const gram = gramOfColumns(other, factors);
  const gradient = new Float64Array(factors);
  let violation = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    const start = row * factors;
    rowTimesDense(matrix, row, other, factors, gradient);
    turnIntoGradient(gradient, own, start, gram);
    violation += descendOnce(own, start, gradient, gram);
    for (let pass = 1; pass < passes; pass += 1) descendOnce(own, start, gradient, gram);
  }
  return violation;
}

/** |X - W H'|^2 = |X|^2 - 2 sum of X * (W H') + sum of (W'W) * (H'H), without forming the product. */
function squaredError(
  matrix: SparseMatrix,
  left: Float64Array,
  right: Float64Array,
  factors: number,
): number {
  const target = new Float64Array(factors);
  let sum = 0;
  for (const value of matrix.values) sum += value * value;
  for (let row = 0; row < matrix.rows; row += 1) {
    rowTimesDense(matrix, row, right, factors, target);
    for (let k = 0; k < factors; k += 1) sum -= 2 * (target[k] ?? 0) * (left[row * factors + k] ?? 0);
  }
  const leftGram = gramOfColumns(left, factors);
  const rightGram = gramOfColumns(right, factors);
  for (let at = 0; at < leftGram.length; at += 1) sum += (leftGram[at] ?? 0) * (rightGram[at] ?? 0);
  return Math.max(0, sum);
}

function requireInput(matrix: SparseMatrix, factors: number): void {
  if (!Number.isInteger(factors) || factors < 1)
    throw new FlywheelError('BAD_INPUT', `${factors} factors were asked for; give a whole number from 1.`);
  if (matrix.values.some((value) => value < 0))
    throw new FlywheelError(
      'BAD_INPUT',
      'A non-negative factorisation needs values of 0 or more, and one is below 0; shift or drop such values.',
    );
}

/**
 * Trains W (users x factors) and H (items x factors), both non-negative, to minimise |X - W H'|^2 over all entries of X,
 * by cyclic coordinate descent: A. Cichocki, A. Phan, "Fast Local Algorithms for Large Scale Nonnegative Matrix and
 * Tensor Factorizations", IEICE Trans. E92-A(3), 2009; the rule and its stop are those of scikit-learn's solver `cd`.
 * X is never made dense. Throws BAD_INPUT where an entry is below 0.
 */
export function trainNmf(matrix: SparseMatrix, options: NmfOptions): NmfModel {
  const { factors, random, tolerance = 1e-4, maxIterations = 200, onProgress } = options;
  requireInput(matrix, factors);
  const fits = factors <= Math.min(matrix.rows, matrix.columns);
  const begin = (options.start ?? 'nndsvda') === 'nndsvda' && fits ? nndsvdaStart : randomStart;
  const { left, right } = begin(matrix, factors, random);
  const transposed = transpose(matrix);
  let iterations = 0;
  let first = 0;
  while (iterations < maxIterations) {
    const violation = descend(matrix, left, right, factors) + descend(transposed, right, left, factors);
    iterations += 1;
    if (iterations === 1) first = violation;
    if (first === 0 || violation / first <= tolerance) break;
    onProgress?.(iterations / maxIterations);
  }
  return {
    ...factorModel(factors, left, right),
    error: Math.sqrt(squaredError(matrix, left, right, factors)),
    iterations,
  };
}

/** The non-negative factors of a user who was not trained on, H held fast: by coordinate descent to the optimum. */
export function placeInNmf(model: FactorModel, basket: SparseVector): Float64Array {
  const { factors, itemFactors, itemGram } = model;
  const row = {
    rows: 1,
    columns: itemFactors.length / factors,
    starts: Int32Array.of(0, basket.indices.length),
  };
  const gradient = new Float64Array(factors);
  rowTimesDense({ ...row, ...basket }, 0, itemFactors, factors, gradient);
  const own = new Float64Array(factors);
  turnIntoGradient(gradient, own, 0, itemGram);
  let first = 0;
  for (let pass = 0; pass < 500; pass += 1) {
    const violation = descendOnce(own, 0, gradient, itemGram);
    if (pass === 0) first = violation;
    if (violation <= 1e-9 * first) break;
  }
  return own;
}
