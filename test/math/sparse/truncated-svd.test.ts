import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { sparseFromDense } from '../../../src/math/sparse/sparse-matrix.js';
import { timesVectors } from '../../../src/math/sparse/times-dense.js';
import { truncatedSvd } from '../../../src/math/sparse/truncated-svd.js';

describe('truncatedSvd', () => {
  it('finds values that are known', () => {
    // Rows of 3 and 4 at right angles: singular values 5 and 2.
    const { values } = truncatedSvd(
      sparseFromDense([
        [3, 4, 0],
        [0, 0, 2],
      ]),
      2,
      createRandom(1),
    );
    expect(values[0]).toBeCloseTo(5, 12);
    expect(values[1]).toBeCloseTo(2, 12);
  });

  it('turns each right vector into its left one times the value, exactly where the subspace is whole', () => {
    const random = createRandom(5);
    const dense = Array.from({ length: 40 }, () =>
      Array.from({ length: 15 }, () => (random.uniform() < 0.3 ? random.integer(5) : 0)),
    );
    const matrix = sparseFromDense(dense);
    const { values, left, right } = truncatedSvd(matrix, 5, createRandom(2));
    for (const [k, image] of timesVectors(matrix, right).entries()) {
      const vector = right[k] ?? new Float64Array();
      for (const [row, value] of image.entries())
        expect(value).toBeCloseTo((values[k] ?? 0) * (left[k]?.[row] ?? 0), 10);
      expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 8);
    }
    expect([...values].toSorted((a, b) => b - a)).toEqual([...values]);
  });

  it('gives zeros beyond the rank of the matrix', () => {
    const { values, right } = truncatedSvd(
      sparseFromDense([
        [1, 2],
        [2, 4],
      ]),
      2,
      createRandom(3),
    );
    expect(values[0]).toBeCloseTo(5, 12);
    expect(values[1]).toBeCloseTo(0, 7);
    expect(right).toHaveLength(2);
  });
});
