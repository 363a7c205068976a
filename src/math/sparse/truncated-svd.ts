// The largest singular values and vectors of a sparse matrix.

import type { Random } from '../../core/random.js';
import { symmetricEigen } from '../dense/symmetric-eigen.js';
import { drawNormal } from '../random-variates.js';
import { type SparseMatrix, transpose } from './sparse-matrix.js';
import { timesVectors } from './times-dense.js';

/** `values` descending; `left[k]` and `right[k]` are the unit vectors of `values[k]` (zero where it is 0). */
export interface TruncatedSvd {
  readonly values: Float64Array;
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** Directions beyond those asked for: they take up what the subspace has not yet turned away. */
const oversamples = 10;
/** Times that the subspace is multiplied by A A'. */
const powerSteps = 7;

/** Four sums at a time, since each addition to one must wait for the one before. */
function dot(a: Float64Array, b: Float64Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let i = 0;
  for (; i + 4 <= a.length; i += 4) {
    first += (a[i] ?? 0) * (b[i] ?? 0);
    second += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    third += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    fourth += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (; i < a.length; i += 1) first += (a[i] ?? 0) * (b[i] ?? 0);
  return first + second + (third + fourth);
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i += 1) target[i] = (target[i] ?? 0) + scale * (source[i] ?? 0);
}

/** Makes the vectors orthonormal in place, each against those before it; what depends on them becomes zero. */
function orthonormalise(vectors: readonly Float64Array[]): void {
  for (const [k, vector] of vectors.entries()) {
    const before = Math.sqrt(dot(vector, vector));
    // Twice, since once leaves what rounding left (the "twice is enough" of W. Kahan and B. Parlett).
    for (let pass = 0; pass < 2; pass += 1)
      for (const earlier of vectors.slice(0, k)) addScaled(vector, earlier, -dot(earlier, vector));
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > 1e-10 * before ? 1 / length : 0;
    for (let i = 0; i < vector.length; i += 1) vector[i] = (vector[i] ?? 0) * scale;
  }
}

/** The sums over k of `weights[k]` times `vectors[k]`. */
function combine(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const [k, vector] of vectors.entries()) addScaled(sum, vector, weights[k] ?? 0);
  return sum;
}

/**
 * The `rank` largest singular triples of the matrix, by randomised subspace iteration: N. Halko, P. Martinsson,
 * J. Tropp, "Finding Structure with Randomness", SIAM Review 53(2), 2011, algorithms 4.4 and 5.1. Signs are arbitrary.
 * `rank` is at most the smaller side of the matrix. `onProgress` hears the share that is done, and may throw to cancel.
 */
export function truncatedSvd(
  matrix: SparseMatrix,
  rank: number,
  random: Random,
  onProgress?: (share: number) => void,
): TruncatedSvd {
  const transposed = transpose(matrix);
  const width = Math.min(rank + oversamples, matrix.rows, matrix.columns);
  const start = Array.from({ length: width }, () =>
    Float64Array.from({ length: matrix.columns }, () => drawNormal(random, 0, 1)),
  );
  let basis = timesVectors(matrix, start);
  orthonormalise(basis);
  for (let step = 0; step < powerSteps; step += 1) {
    const across = timesVectors(transposed, basis);
    orthonormalise(across);
    basis = timesVectors(matrix, across);
    orthonormalise(basis);
    onProgress?.((step + 1) / (powerSteps + 1));
  }
  // B = Q'A has the same large singular values; B B' is small, and its eigenvectors turn Q into the left vectors.
  const projected = timesVectors(transposed, basis);
  const small = new Float64Array(width * width);
  for (const [i, a] of projected.entries())
    for (const [j, b] of projected.entries()) small[i * width + j] = dot(a, b);
  const eigen = symmetricEigen(small, width);
  const values = eigen.values.slice(0, rank).map((value) => Math.sqrt(Math.max(0, value)));
  const kept = eigen.vectors.slice(0, rank);
  return {
    values,
    left: kept.map((weights) => combine(basis, weights)),
    right: kept.map((weights, k) => {
      const value = values[k] ?? 0;
      return combine(
        projected,
        weights.map((weight) => (value > 0 ? weight / value : 0)),
      );
    }),
  };
}
