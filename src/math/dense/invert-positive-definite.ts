// The inverse of a large symmetric positive definite matrix, in blocks that fit the caches.

import { factoriseCholesky, solveCholesky } from './cholesky.js';

/** Rows of one step: a step's block, and its strips of both panels, stay in the first cache. */
const blockSize = 64;
/** Rows of the right panel that are met by all of the left one before the next: they stay in the second cache. */
const stretch = 256;
/** Rows and columns of the tile whose sums stay in registers. */
const tile = 4;

/** The inverse of a small positive definite matrix, or undefined where it is not one. Destroys its input. */
function invertSmall(matrix: Float64Array, size: number): Float64Array | undefined {
  if (!factoriseCholesky(matrix, size)) return undefined;
  const inverse = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const unit = inverse.subarray(row * size, (row + 1) * size);
    unit[row] = 1;
    solveCholesky(matrix, size, unit);
  }
  return inverse;
}

/** Subtracts from the tile at (`row`, `column`) the products of four rows of `left` with four rows of `right`. */
function subtractTile(
  matrix: Float64Array,
  size: number,
  left: Float64Array,
  right: Float64Array,
  depth: number,
  row: number,
  column: number,
): void {
  const [l0, l1, l2, l3] = [row * depth, (row + 1) * depth, (row + 2) * depth, (row + 3) * depth];
  const [r0, r1, r2, r3] = [column * depth, (column + 1) * depth, (column + 2) * depth, (column + 3) * depth];
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < depth; k += 1) {
    const x0 = right[r0 + k] ?? 0;
    const x1 = right[r1 + k] ?? 0;
    const x2 = right[r2 + k] ?? 0;
    const x3 = right[r3 + k] ?? 0;
    let y = left[l0 + k] ?? 0;
    s00 += y * x0;
    s01 += y * x1;
    s02 += y * x2;
    s03 += y * x3;
    y = left[l1 + k] ?? 0;
    s10 += y * x0;
    s11 += y * x1;
    s12 += y * x2;
    s13 += y * x3;
    y = left[l2 + k] ?? 0;
    s20 += y * x0;
    s21 += y * x1;
    s22 += y * x2;
    s23 += y * x3;
    y = left[l3 + k] ?? 0;
    s30 += y * x0;
    s31 += y * x1;
    s32 += y * x2;
    s33 += y * x3;
  }
  subtractFour(matrix, row * size + column, s00, s01, s02, s03);
  subtractFour(matrix, (row + 1) * size + column, s10, s11, s12, s13);
  subtractFour(matrix, (row + 2) * size + column, s20, s21, s22, s23);
  subtractFour(matrix, (row + 3) * size + column, s30, s31, s32, s33);
}

function subtractFour(matrix: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  matrix[at] = (matrix[at] ?? 0) - a;
  matrix[at + 1] = (matrix[at + 1] ?? 0) - b;
  matrix[at + 2] = (matrix[at + 2] ?? 0) - c;
  matrix[at + 3] = (matrix[at + 3] ?? 0) - d;
}

/** Subtracts left x right' from rows and columns below `whole`, a multiple of the tile, in the lower triangle. */
function subtractTiles(matrix: Float64Array, size: number, whole: number, panels: Panels): void {
  const { left, right, depth } = panels;
  for (let from = 0; from < whole; from += stretch) {
    for (let row = from; row < whole; row += tile) {
      const until = Math.min(from + stretch, row + tile);
      for (let column = from; column < until; column += tile)
        subtractTile(matrix, size, left, right, depth, row, column);
    }
  }
}

/** Subtracts left x right' from the last rows, those that fill no tile, in the lower triangle. */
function subtractRest(matrix: Float64Array, size: number, whole: number, panels: Panels): void {
  const { left, right, depth } = panels;
  for (let row = whole; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = 0;
      for (let k = 0; k < depth; k += 1)
        sum += (left[row * depth + k] ?? 0) * (right[column * depth + k] ?? 0);
      matrix[row * size + column] = (matrix[row * size + column] ?? 0) - sum;
    }
  }
}

/** Both panels of a step: `size` rows of `depth` numbers. */
interface Panels {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly depth: number;
}

/** The place of (row, column) in the lower triangle. */
function lower(size: number, row: number, column: number): number {
  return row >= column ? row * size + column : column * size + row;
}

/** Sweeps the rows `first` to `first + depth` - 1; false where their block is not positive definite. */
function sweep(matrix: Float64Array, size: number, first: number, depth: number): boolean {
  const block = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i += 1)
    for (let j = 0; j <= i; j += 1) block[i * depth + j] = matrix[(first + i) * size + first + j] ?? 0;
  const inverse = invertSmall(block, depth);
  if (inverse === undefined) return false;
  const right = new Float64Array(size * depth);
  const left = new Float64Array(size * depth);
  for (let row = 0; row < size; row += 1) {
    if (row >= first && row < first + depth) continue;
    for (let k = 0; k < depth; k += 1) right[row * depth + k] = matrix[lower(size, row, first + k)] ?? 0;
    for (let k = 0; k < depth; k += 1) {
      let sum = 0;
      for (let l = 0; l < depth; l += 1) sum += (right[row * depth + l] ?? 0) * (inverse[k * depth + l] ?? 0);
      left[row * depth + k] = sum;
    }
  }
  // The block's own rows of both panels are zero: the tiles that cross them leave it as it is.
  const whole = size - (size % tile);
  subtractTiles(matrix, size, whole, { left, right, depth });
  subtractRest(matrix, size, whole, { left, right, depth });
  for (let row = 0; row < size; row += 1) {
    const own = row >= first && row < first + depth;
    for (let k = 0; k < depth; k += 1) {
      if (own && first + k > row) break;
      matrix[lower(size, row, first + k)] = own
        ? -(inverse[(row - first) * depth + k] ?? 0)
        : (left[row * depth + k] ?? 0);
    }
  }
  return true;
}

/**
 * Replaces a symmetric positive definite matrix by its inverse, in place: `matrix` holds `size` rows of `size` numbers,
 * of which only the lower triangle is read; both triangles are written. Returns false, with `matrix` spoilt, where it is
 * not positive definite to working precision. `onProgress` hears the share that is done, and may throw to cancel.
 *
 * Symmetric sweeps of blocks: with D the block K x K, every other entry becomes A_ij - A_iK D^-1 A_Kj, A_iK becomes
 * A_iK D^-1 and the block -D^-1; once all are swept the matrix holds -A^-1 (J. Goodnight, "A Tutorial on the SWEEP
 * Operator", The American Statistician 33(3), 1979). size^3 / 2 multiplications, nearly all in one tile routine.
 */
export function invertPositiveDefinite(
  matrix: Float64Array,
  size: number,
  onProgress?: (share: number) => void,
): boolean {
  for (let first = 0; first < size; first += blockSize) {
    const depth = Math.min(blockSize, size - first);
    if (!sweep(matrix, size, first, depth)) return false;
    onProgress?.((first + depth) / size);
  }
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const value = -(matrix[row * size + column] ?? 0);
      matrix[row * size + column] = value;
      matrix[column * size + row] = value;
    }
  }
  return true;
}
