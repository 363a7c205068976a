// Factorisation of explicit ratings: of the observed ones only, so that what is missing stays unknown.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { factoriseCholesky, solveCholesky } from '../dense/cholesky.js';
import { drawNormal } from '../random-variates.js';
import { type SparseMatrix, type SparseVector, sparseRow, transpose } from '../sparse/sparse-matrix.js';

export interface RatingOptions {
  /** Numbers per user and item beside their bias; 0 leaves the biases alone. */
  readonly factors: number;
  /** The ridge penalty on the factors, above 0, times the number of ratings of their user or item. */
  readonly regularisation: number;
  /** The ridge penalty on each bias, above 0: so many ratings at the mean are added to each user and item. */
  readonly biasShrinkage: number;
  readonly random: Random;
  /** Rounds over users and items. Default 20. */
  readonly iterations?: number;
  /** Hears the share that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

/** Where users or items stand: rows of 1 + `factors` numbers, the bias first. */
export interface RatingModel {
  readonly factors: number;
  readonly regularisation: number;
  readonly biasShrinkage: number;
  /** The mean of the ratings, and the lowest and the highest of them: a prediction stays within. */
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  readonly users: Float64Array;
  readonly items: Float64Array;
}

/** What the solution of one row needs beside the row. */
type RatingSide = Pick<RatingModel, 'factors' | 'regularisation' | 'biasShrinkage' | 'mean'>;

/** Room for one row's normal equations. */
function roomFor(factors: number): Float64Array {
  return new Float64Array((factors + 1) ** 2);
}

/**
 * Solves one row in place: the bias b and factors p that minimise the sum over its ratings of
 * (r - mean - b_other - b - p'q)^2 + shrinkage b^2 + lambda n |p|^2, with the other side's rows (b_other, q) held fast.
 */
function solveRow(
  side: RatingSide,
  ratings: SparseVector,
  other: Float64Array,
  solution: Float64Array,
  normal: Float64Array,
): void {
  const size = side.factors + 1;
  const count = ratings.indices.length;
  normal.fill(0);
  solution.fill(0);
  if (count === 0) return;
  for (let k = 0; k < size; k += 1)
    normal[k * size + k] = k === 0 ? side.biasShrinkage : side.regularisation * count;
  for (let at = 0; at < count; at += 1) {
    const start = (ratings.indices[at] ?? 0) * size;
    const rest = (ratings.values[at] ?? 0) - side.mean - (other[start] ?? 0);
    for (let i = 0; i < size; i += 1) {
      const x = i === 0 ? 1 : (other[start + i] ?? 0);
      solution[i] = (solution[i] ?? 0) + rest * x;
      const row = i * size;
      normal[row] = (normal[row] ?? 0) + x;
      for (let j = 1; j <= i; j += 1) normal[row + j] = (normal[row + j] ?? 0) + x * (other[start + j] ?? 0);
    }
  }
  // Positive definite in any case, since both penalties are above 0.
  factoriseCholesky(normal, size);
  solveCholesky(normal, size, solution);
}

function solveSide(side: RatingSide, matrix: SparseMatrix, own: Float64Array, other: Float64Array): void {
  const size = side.factors + 1;
  const normal = roomFor(side.factors);
  for (let row = 0; row < matrix.rows; row += 1)
    solveRow(side, sparseRow(matrix, row), other, own.subarray(row * size, (row + 1) * size), normal);
}

function requireSettings(ratings: SparseMatrix, options: RatingOptions): void {
  if (ratings.values.length === 0)
    throw new FlywheelError('BAD_INPUT', 'There is no rating to learn from; give at least one.');
  if (!(options.regularisation > 0 && options.biasShrinkage > 0 && options.factors >= 0))
    throw new FlywheelError(
      'BAD_INPUT',
      `Ratings were to be factorised with ${options.factors} factors, regularisation ${options.regularisation} and ` +
        `bias shrinkage ${options.biasShrinkage}; give at least 0 factors and penalties above 0.`,
    );
}

/**
 * Trains on the stored entries of users x items, zeros included: r = mean + b_user + b_item + p'q (Y. Koren, R. Bell,
 * C. Volinsky, "Matrix Factorization Techniques for Recommender Systems", Computer 42(8), 2009), by alternating least
 * squares with penalties that grow with the number of ratings (Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan,
 * "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", AAIM 2008). Throws BAD_INPUT without a rating or
 * with a penalty that is not above 0.
 */
export function trainRatings(ratings: SparseMatrix, options: RatingOptions): RatingModel {
  requireSettings(ratings, options);
  const { factors, regularisation, biasShrinkage, random, iterations = 20, onProgress } = options;
  const mean = ratings.values.reduce((sum, rating) => sum + rating, 0) / ratings.values.length;
  const side = { factors, regularisation, biasShrinkage, mean };
  const byItem = transpose(ratings);
  const users = new Float64Array(ratings.rows * (factors + 1));
  const items = Float64Array.from({ length: ratings.columns * (factors + 1) }, (_, at) =>
    at % (factors + 1) === 0 ? 0 : drawNormal(random, 0, 1 / Math.sqrt(factors)),
  );
  for (let round = 0; round < iterations; round += 1) {
    solveSide(side, ratings, users, items);
    onProgress?.((round + 0.5) / iterations);
    solveSide(side, byItem, items, users);
    onProgress?.((round + 1) / iterations);
  }
  const lowest = ratings.values.reduce((least, rating) => Math.min(least, rating), Number.POSITIVE_INFINITY);
  const highest = ratings.values.reduce((most, rating) => Math.max(most, rating), Number.NEGATIVE_INFINITY);
  return { ...side, lowest, highest, users, items };
}

/** Where user `user` of the training data stands: bias and factors, as a view. */
export function ratingUserOf(model: RatingModel, user: number): Float64Array {
  const size = model.factors + 1;
  return model.users.subarray(user * size, (user + 1) * size);
}

/** Where a user who was not trained on stands by these ratings, the items held fast; without any, at the mean. */
export function placeByRatings(model: RatingModel, ratings: SparseVector): Float64Array {
  const solution = new Float64Array(model.factors + 1);
  solveRow(model, ratings, model.items, solution, roomFor(model.factors));
  return solution;
}

/**
 * The rating that a user who stands at `user` would give item `item`, within the ratings seen in training; without an
 * item (one that was never rated) only what is known of the user counts.
 */
export function predictRating(model: RatingModel, user: Float64Array, item?: number): number {
  let rating = model.mean + (user[0] ?? 0);
  if (item !== undefined) {
    const start = item * (model.factors + 1);
    rating += model.items[start] ?? 0;
    for (let k = 1; k <= model.factors; k += 1) rating += (user[k] ?? 0) * (model.items[start + k] ?? 0);
  }
  return Math.min(model.highest, Math.max(model.lowest, rating));
}
