// Factorisation of implicit feedback by alternating least squares (iALS).

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { factoriseCholesky, solveCholesky } from '../dense/cholesky.js';
import { gramOfColumns } from '../dense/gram.js';
import {
  columnCounts,
  type SparseMatrix,
  type SparseVector,
  sparseRow,
  transpose,
} from '../sparse/sparse-matrix.js';
import { rowTimesDense } from '../sparse/times-dense.js';
import { type FactorModel, factorModel } from './factor-model.js';
import { solveConfident } from './solve-confident.js';

export interface ImplicitAlsOptions {
  readonly factors: number;
  /** The ridge penalty lambda on every factor, above 0. */
  readonly regularisation: number;
  /** An entry of value v counts alpha v times as much as one that is missing. */
  readonly alpha: number;
  readonly random: Random;
  /** Rounds over users and items. Default 15. */
  readonly iterations?: number;
  /** Hears the share that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

export interface ImplicitAlsModel extends FactorModel {
  readonly regularisation: number;
  readonly alpha: number;
  /**
   * `added`: a stored entry v counts 1 + alpha v, and the penalty on a row is lambda for each of its entries, as other
   * programs have it that follow the original papers. Without it: alpha v, and lambda for each row.
   */
  readonly objective?: 'added' | undefined;
}

/** Steps of the conjugate gradient from where the round before ended: a few are as good as the exact solution. */
const trainingSteps = 3;

/** The Gram matrix of the other side plus lambda on its diagonal: what all rows of one side share. */
function regularised(gram: Float64Array, factors: number, regularisation: number): Float64Array {
  const shared = gram.slice();
  for (let k = 0; k < factors; k += 1)
    shared[k * factors + k] = (shared[k * factors + k] ?? 0) + regularisation;
  return shared;
}

/** Solves every row of one side by one factorisation: right where each entry counts 1, as the missing ones do. */
function solveUniform(
  matrix: SparseMatrix,
  own: Float64Array,
  other: Float64Array,
  shared: Float64Array,
  factors: number,
): void {
  if (!factoriseCholesky(shared, factors))
    throw new FlywheelError(
      'BAD_INPUT',
      'The regularisation is too small for these data; give a larger one.',
    );
  for (let row = 0; row < matrix.rows; row += 1) {
    const solution = own.subarray(row * factors, (row + 1) * factors);
    rowTimesDense(matrix, row, other, factors, solution);
    solveCholesky(shared, factors, solution);
  }
}

/** One half of a round: every row of one side anew, the other held fast. */
function solveSide(
  matrix: SparseMatrix,
  own: Float64Array,
  other: Float64Array,
  options: ImplicitAlsOptions,
): void {
  const { factors, alpha } = options;
  const shared = regularised(gramOfColumns(other, factors), factors, options.regularisation);
  if (matrix.values.every((value) => value * alpha === 1)) {
    solveUniform(matrix, own, other, shared, factors);
    return;
  }
  for (let row = 0; row < matrix.rows; row += 1) {
    const solution = own.subarray(row * factors, (row + 1) * factors);
    solveConfident({ shared, other, alpha }, sparseRow(matrix, row), solution, trainingSteps);
  }
}

/**
 * Trains on users x items of values above 0: minimises the sum over all pairs of c (p - x'y)^2 + lambda (|x|^2 + |y|^2),
 * where a stored entry v has p = 1 and c = alpha v, and every other pair p = 0 and c = 1. Y. Hu, Y. Koren, C. Volinsky,
 * "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008; rows by a few steps of the conjugate gradient:
 * G. Takács, I. Pilászy, D. Tikk, "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative
 * Filtering", RecSys 2011. Where every c is 1 all rows share one Cholesky factor and are exact. Throws BAD_INPUT where
 * a setting or a value is not above 0.
 */
export function trainImplicitAls(interactions: SparseMatrix, options: ImplicitAlsOptions): ImplicitAlsModel {
  const { factors, regularisation, alpha, random, iterations = 15, onProgress } = options;
  if (!(regularisation > 0 && alpha > 0 && factors >= 1))
    throw new FlywheelError(
      'BAD_INPUT',
      `ALS was asked for with ${factors} factors, regularisation ${regularisation} and alpha ${alpha}; give numbers above 0.`,
    );
  if (interactions.values.some((value) => !(value > 0)))
    throw new FlywheelError(
      'BAD_INPUT',
      'ALS counts entries by values above 0, and one is not; drop such entries.',
    );
  const byItem = transpose(interactions);
  const userFactors = new Float64Array(interactions.rows * factors);
  const itemFactors = Float64Array.from(
    { length: interactions.columns * factors },
    () => random.uniform() / 100,
  );
  for (let round = 0; round < iterations; round += 1) {
    solveSide(interactions, userFactors, itemFactors, options);
    onProgress?.((round + 0.5) / iterations);
    solveSide(byItem, itemFactors, userFactors, options);
    onProgress?.((round + 1) / iterations);
  }
  return { ...factorModel(factors, userFactors, itemFactors), regularisation, alpha };
}

/** The factors of a user who was not trained on, the items held fast: the exact minimum, to working precision. */
export function placeInAls(model: ImplicitAlsModel, basket: SparseVector): Float64Array {
  const { factors, itemFactors: other, alpha, objective } = model;
  const solution = new Float64Array(factors);
  const isAdded = objective === 'added';
  const penalty = model.regularisation * (isAdded ? basket.indices.length : 1);
  const counted = isAdded ? { ...basket, values: basket.values.map((value) => 1 / alpha + value) } : basket;
  solveConfident(
    { shared: regularised(model.itemGram, factors, penalty), other, alpha },
    counted,
    solution,
    4 * factors,
  );
  return solution;
}

/**
 * The lambda of the objective `added` under which all penalties together count as much as under `regularisation` for each
 * row: regularisation x (users + items) / (2 x entries), where those without entries are left out. So both objectives
 * hold vectors of the same length at bay alike, on average over all rows.
 */
export function penaltyPerEntry(interactions: SparseMatrix, regularisation: number): number {
  const { starts, rows, values } = interactions;
  let users = 0;
  for (let row = 0; row < rows; row += 1) if ((starts[row + 1] ?? 0) > (starts[row] ?? 0)) users += 1;
  const items = columnCounts(interactions).filter((count) => count > 0).length;
  return (regularisation * (users + items)) / (2 * Math.max(1, values.length));
}
