// Eigenvalues and eigenvectors of a small symmetric matrix.

/** Eigenvalues in descending order; `vectors[k]` is the unit vector of `values[k]`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

const mostSweeps = 60;

function offDiagonal(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) sum += (matrix[i * size + j] ?? 0) ** 2;
  return sum;
}

/** Replaces the numbers at `p` and `q` by their rotation. */
function rotate(numbers: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  const x = numbers[p] ?? 0;
  const y = numbers[q] ?? 0;
  numbers[p] = cosine * x - sine * y;
  numbers[q] = sine * x + cosine * y;
}

/**
 * All eigenpairs of a symmetric matrix, `size` rows of `size` numbers. Cyclic Jacobi rotations (G. Golub, C. Van Loan,
 * "Matrix Computations", 4th edition 2013, section 8.5), to working precision; time grows with the cube.
 */
export function symmetricEigen(symmetric: Float64Array, size: number): Eigen {
  const matrix = symmetric.slice();
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) basis[i * size + i] = 1;
  const enough = 1e-30 * matrix.reduce((sum, value) => sum + value * value, 0);
  for (let round = 0; round < mostSweeps && offDiagonal(matrix, size) > enough; round += 1) {
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        const off = matrix[p * size + q] ?? 0;
        if (off === 0) continue;
        const ratio = ((matrix[q * size + q] ?? 0) - (matrix[p * size + p] ?? 0)) / (2 * off);
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        const sine = tangent * cosine;
        for (let k = 0; k < size; k += 1) rotate(matrix, k * size + p, k * size + q, cosine, sine);
        for (let k = 0; k < size; k += 1) rotate(matrix, p * size + k, q * size + k, cosine, sine);
        for (let k = 0; k < size; k += 1) rotate(basis, k * size + p, k * size + q, cosine, sine);
      }
    }
  }
  const order = Array.from({ length: size }, (_, k) => k).sort(
    (a, b) => (matrix[b * size + b] ?? 0) - (matrix[a * size + a] ?? 0) || a - b,
  );
  return {
    values: Float64Array.from(order, (k) => matrix[k * size + k] ?? 0),
    vectors: order.map((k) => Float64Array.from({ length: size }, (_, i) => basis[i * size + k] ?? 0)),
  };
}
