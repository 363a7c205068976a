// Non-negative matrix factorisation of a sparse matrix, zeros included as values.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { type SparseMatrix, type SparseVector, transpose } from '../sparse/sparse-matrix.js';
import { rowTimesDense } from '../sparse/times-dense.js';
import { type FactorModel, factorModel } from './factor-model.js';
import { bestRow, descend } from './nmf-descent.js';
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
  /** Hears the share of the start and of the iterations allowed that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

export interface NmfModel extends FactorModel {
  /** The Frobenius norm of what the product leaves of the matrix. */
  readonly error: number;
  readonly iterations: number;
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

/** The work of the start, by and large, as a share of all of it. */
const startShare = 0.2;

/** How far a side is carried on beyond its step: grown while the error falls, cut where it rises. */
interface Momentum {
  share: number;
  most: number;
}

/** The paper's rates: both are growths per step that lowered the error, the last a cut where one did not. */
const growth = 1.05;
const growthOfMost = 1.01;
const cut = 1.5;

/** Carries a side on in the direction of its last step, and keeps it non-negative; `plain` becomes what it was before. */
function extrapolate(side: Float64Array, plain: Float64Array, share: number): void {
  for (let at = 0; at < side.length; at += 1) {
    const value = side[at] ?? 0;
    side[at] = Math.max(0, value + share * (value - (plain[at] ?? 0)));
    plain[at] = value;
  }
}

/** Adapts the momentum to whether the last step lowered the error. */
function adapt(momentum: Momentum, lowered: boolean): void {
  if (lowered) {
    momentum.share = Math.min(momentum.most, momentum.share * growth);
    momentum.most = Math.min(1, momentum.most * growthOfMost);
  } else {
    momentum.most = momentum.share;
    momentum.share /= cut;
  }
}

/**
 * Trains W (users x factors) and H (items x factors), both non-negative, to minimise |X - W H'|^2 over all entries of X,
 * which is never made dense. Coordinate descent as in scikit-learn's solver `cd`, with its stop, and accelerated twice:
 * several passes while a row is at hand (N. Gillis, F. Glineur, "Accelerated Multiplicative Updates and Hierarchical ALS
 * Algorithms for Nonnegative Matrix Factorization", Neural Computation 24(4), 2012) and extrapolation with restarts
 * (A. Ang, N. Gillis, "Accelerating Nonnegative Matrix Factorization Algorithms Using Extrapolation", Neural Computation
 * 31(2), 2019). Throws BAD_INPUT where an entry is below 0.
 */
export function trainNmf(matrix: SparseMatrix, options: NmfOptions): NmfModel {
  const { factors, random, tolerance = 1e-4, maxIterations = 200, onProgress } = options;
  requireInput(matrix, factors);
  const fits = factors <= Math.min(matrix.rows, matrix.columns);
  const begin = (options.start ?? 'nndsvda') === 'nndsvda' && fits ? nndsvdaStart : randomStart;
  const { left, right } = begin(matrix, factors, random, (share) => onProgress?.(startShare * share));
  const transposed = transpose(matrix);
  const norm = matrix.values.reduce((sum, value) => sum + value * value, 0);
  // What each side's last step gave, before it was carried on.
  const [plainLeft, plainRight] = [left.slice(), right.slice()];
  const momentum: Momentum = { share: 0.5, most: 1 };
  let [iterations, first, error] = [0, 0, Number.POSITIVE_INFINITY];
  while (iterations < maxIterations) {
    const leftStep = descend(matrix, left, right, factors, norm);
    extrapolate(left, plainLeft, momentum.share);
    const rightStep = descend(transposed, right, left, factors, norm);
    const lowered = rightStep.squaredError <= error;
    if (lowered) extrapolate(right, plainRight, momentum.share);
    else {
      left.set(plainLeft);
      plainRight.set(right);
    }
    adapt(momentum, lowered);
    error = rightStep.squaredError;
    iterations += 1;
    const violation = leftStep.violation + rightStep.violation;
    if (iterations === 1) first = violation;
    if (first === 0 || violation / first <= tolerance) break;
    onProgress?.(startShare + (1 - startShare) * (iterations / maxIterations));
  }
  // A last step without extrapolation, so that both sides belong together.
  descend(matrix, left, right, factors, norm);
  const { squaredError } = descend(transposed, right, left, factors, norm);
  return { ...factorModel(factors, left, right), error: Math.sqrt(squaredError), iterations };
}

/** The non-negative factors of a user who was not trained on, H held fast: by coordinate descent to the optimum. */
export function placeInNmf(model: FactorModel, basket: SparseVector): Float64Array {
  const { factors, itemFactors, itemGram } = model;
  const row = {
    rows: 1,
    columns: itemFactors.length / factors,
    starts: Int32Array.of(0, basket.indices.length),
  };
  const target = new Float64Array(factors);
  rowTimesDense({ ...row, ...basket }, 0, itemFactors, factors, target);
  return bestRow(target, itemGram);
}
