// Where a non-negative factorisation begins.

import type { Random } from '../../core/random.js';
import { drawNormal } from '../random-variates.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { truncatedSvd } from '../sparse/truncated-svd.js';

/** Both sides before the first step: rows x factors and columns x factors, by rows. */
export interface NmfStart {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

function meanOf(matrix: SparseMatrix): number {
  return matrix.values.reduce((sum, value) => sum + value, 0) / (matrix.rows * matrix.columns);
}

/** |N(0, 1)| scaled so that the product has the mean of the matrix, about. */
export function randomStart(matrix: SparseMatrix, factors: number, random: Random): NmfStart {
  const scale = Math.sqrt(meanOf(matrix) / factors);
  const draw = () => Math.abs(drawNormal(random, 0, scale));
  return {
    left: Float64Array.from({ length: matrix.rows * factors }, draw),
    right: Float64Array.from({ length: matrix.columns * factors }, draw),
  };
}

/** The part of a vector above 0, or that below 0 with its sign turned. */
function part(vector: Float64Array, sign: number): Float64Array {
  return vector.map((value) => Math.max(0, sign * value));
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/**
 * NNDSVDa: C. Boutsidis, E. Gallopoulos, "SVD Based Initialization: A Head Start for Nonnegative Matrix Factorization",
 * Pattern Recognition 41(4), 2008. Of each pair of singular vectors the heavier of the two parts of one sign; zeros
 * become the mean of the matrix, so that coordinate descent may leave them. `onProgress` hears the share that is done.
 */
export function nndsvdaStart(
  matrix: SparseMatrix,
  factors: number,
  random: Random,
  onProgress?: (share: number) => void,
): NmfStart {
  const { values, left, right } = truncatedSvd(matrix, factors, random, onProgress);
  const start = {
    left: new Float64Array(matrix.rows * factors),
    right: new Float64Array(matrix.columns * factors),
  };
  const fill = (side: Float64Array, factor: number, vector: Float64Array, scale: number) => {
    for (let row = 0; row < vector.length; row += 1)
      side[row * factors + factor] = scale * (vector[row] ?? 0);
  };
  for (let factor = 0; factor < factors; factor += 1) {
    const [u, v] = [left[factor] ?? new Float64Array(), right[factor] ?? new Float64Array()];
    const [above, below] = [1, -1].map((sign) => {
      const [uPart, vPart] = [part(u, sign), part(v, sign)];
      return { uPart, vPart, uLength: lengthOf(uPart), vLength: lengthOf(vPart) };
    });
    if (above === undefined || below === undefined) continue;
    const { uPart, vPart, uLength, vLength } =
      above.uLength * above.vLength > below.uLength * below.vLength ? above : below;
    if (uLength * vLength === 0) continue;
    const scale = Math.sqrt((values[factor] ?? 0) * uLength * vLength);
    fill(start.left, factor, uPart, scale / uLength);
    fill(start.right, factor, vPart, scale / vLength);
  }
  const mean = meanOf(matrix);
  for (const side of [start.left, start.right])
    for (let at = 0; at < side.length; at += 1) if ((side[at] ?? 0) < smallest) side[at] = mean;
  return start;
}

/** What is below this counts as 0. */
const smallest = 1e-6;
