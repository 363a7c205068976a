// The product of a sparse matrix with its own transpose, row by row.

import type { SparseMatrix } from './sparse-matrix.js';

/**
 * Adds row `row` of A A' to `sums` (one place per row of A): `matrix` is A and `transposed` its transpose. For products
 * x customers this counts how many customers each other product shares with product `row`.
 */
export function addGramRow(
  matrix: SparseMatrix,
  transposed: SparseMatrix,
  row: number,
  sums: Float64Array,
): void {
  const { starts, indices, values } = transposed;
  const end = matrix.starts[row + 1] ?? 0;
  for (let at = matrix.starts[row] ?? 0; at < end; at += 1) {
    const middle = matrix.indices[at] ?? 0;
    const weight = matrix.values[at] ?? 0;
    const middleEnd = starts[middle + 1] ?? 0;
    for (let entry = starts[middle] ?? 0; entry < middleEnd; entry += 1) {
      const other = indices[entry] ?? 0;
      sums[other] = (sums[other] ?? 0) + weight * (values[entry] ?? 0);
    }
  }
}
