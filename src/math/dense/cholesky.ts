// The Cholesky factorisation of a symmetric positive definite matrix, and the solution of its linear systems.

/**
 * Factorises A = L L^T in place. `matrix` holds `size` rows of `size` numbers; only the lower triangle is read, and
 * L is written over it (the upper triangle is left as it was). Returns false, with `matrix` partly overwritten, where
 * A is not positive definite to working precision. Row-oriented Cholesky-Banachiewicz form (G. Golub, C. Van Loan,
 * "Matrix Computations", 4th edition 2013, section 4.2); size^3 / 3 operations, no allocation.
 */
export function factoriseCholesky(matrix: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row += 1) {
    const rowStart = row * size;
    for (let column = 0; column <= row; column += 1) {
      const columnStart = column * size;
      let left = matrix[rowStart + column] ?? 0;
      for (let k = 0; k < column; k += 1)
        left -= (matrix[rowStart + k] ?? 0) * (matrix[columnStart + k] ?? 0);
      if (column < row) {
        matrix[rowStart + column] = left / (matrix[columnStart + column] ?? 0);
      } else {
        if (!(left > 0)) return false;
        matrix[rowStart + row] = Math.sqrt(left);
      }
    }
  }
  return true;
}

/** Solves A x = b in place of `vector`, given the factor that `factoriseCholesky` left: L z = b, then L^T x = z. */
export function solveCholesky(factor: Float64Array, size: number, vector: Float64Array): void {
  for (let row = 0; row < size; row += 1) {
    let left = vector[row] ?? 0;
    for (let k = 0; k < row; k += 1) left -= (factor[row * size + k] ?? 0) * (vector[k] ?? 0);
    vector[row] = left / (factor[row * size + row] ?? 0);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    const value = (vector[row] ?? 0) / (factor[row * size + row] ?? 0);
    vector[row] = value;
    for (let k = 0; k < row; k += 1) vector[k] = (vector[k] ?? 0) - (factor[row * size + k] ?? 0) * value;
  }
}
