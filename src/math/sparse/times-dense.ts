// Products of a sparse matrix with dense ones.

import type { SparseMatrix } from './sparse-matrix.js';

/**
 * Writes row `row` of the matrix times `dense` (one row of `width` numbers per column of the matrix) into `product`
 * (`width` numbers). Eight sums at a time, then four, stay in registers over the entries of the row: most of the time of
 * a factorisation goes by here.
 */
export function rowTimesDense(
  matrix: SparseMatrix,
  row: number,
  dense: Float64Array,
  width: number,
  product: Float64Array,
): void {
  const start = matrix.starts[row] ?? 0;
  const end = matrix.starts[row + 1] ?? 0;
  let column = 0;
  for (; column + 8 <= width; column += 8) eightSums(matrix, start, end, dense, width, column, product);
  for (; column + 4 <= width; column += 4) fourSums(matrix, start, end, dense, width, column, product);
  for (; column < width; column += 1) {
    let sum = 0;
    for (let at = start; at < end; at += 1)
      sum += (matrix.values[at] ?? 0) * (dense[(matrix.indices[at] ?? 0) * width + column] ?? 0);
    product[column] = sum;
  }
}

function eightSums(
  { indices, values }: SparseMatrix,
  start: number,
  end: number,
  dense: Float64Array,
  width: number,
  column: number,
  product: Float64Array,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  for (let at = start; at < end; at += 1) {
    const place = (indices[at] ?? 0) * width + column;
    const value = values[at] ?? 0;
    a += value * (dense[place] ?? 0);
    b += value * (dense[place + 1] ?? 0);
    c += value * (dense[place + 2] ?? 0);
    d += value * (dense[place + 3] ?? 0);
    e += value * (dense[place + 4] ?? 0);
    f += value * (dense[place + 5] ?? 0);
    g += value * (dense[place + 6] ?? 0);
    h += value * (dense[place + 7] ?? 0);
  }
  product[column] = a;
  product[column + 1] = b;
  product[column + 2] = c;
  product[column + 3] = d;
  product[column + 4] = e;
  product[column + 5] = f;
  product[column + 6] = g;
  product[column + 7] = h;
}

function fourSums(
  { indices, values }: SparseMatrix,
  start: number,
  end: number,
  dense: Float64Array,
  width: number,
  column: number,
  product: Float64Array,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = start; at < end; at += 1) {
    const place = (indices[at] ?? 0) * width + column;
    const value = values[at] ?? 0;
    a += value * (dense[place] ?? 0);
    b += value * (dense[place + 1] ?? 0);
    c += value * (dense[place + 2] ?? 0);
    d += value * (dense[place + 3] ?? 0);
  }
  product[column] = a;
  product[column + 1] = b;
  product[column + 2] = c;
  product[column + 3] = d;
}

/** The matrix times each of the vectors, of as many numbers as it has columns. */
export function timesVectors(matrix: SparseMatrix, vectors: readonly Float64Array[]): Float64Array[] {
  const width = vectors.length;
  const dense = new Float64Array(matrix.columns * width);
  for (const [k, vector] of vectors.entries())
    for (let column = 0; column < matrix.columns; column += 1)
      dense[column * width + k] = vector[column] ?? 0;
  const products = vectors.map(() => new Float64Array(matrix.rows));
  const row = new Float64Array(width);
  for (let at = 0; at < matrix.rows; at += 1) {
    rowTimesDense(matrix, at, dense, width, row);
    for (let k = 0; k < width; k += 1) {
      const product = products[k];
      if (product !== undefined) product[at] = row[k] ?? 0;
    }
  }
  return products;
}
