import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { invertPositiveDefinite } from '../../../src/math/dense/invert-positive-definite.js';

/** X X' + I of a random X: positive definite, and well enough conditioned to be inverted to many digits. */
function positiveDefinite(size: number): Float64Array {
  const random = createRandom(size);
  const root = Float64Array.from({ length: size * size }, () => random.uniform() - 0.5);
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < size; k += 1) sum += (root[i * size + k] ?? 0) * (root[j * size + k] ?? 0);
      matrix[i * size + j] = sum;
    }
  }
  return matrix;
}

function largestFaultOfIdentity(matrix: Float64Array, inverse: Float64Array, size: number): number {
  let worst = 0;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < size; k += 1) sum += (matrix[i * size + k] ?? 0) * (inverse[k * size + j] ?? 0);
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

describe('invertPositiveDefinite', () => {
  // Sizes below a tile, of whole and of broken tiles, of one block, of several, and past one stretch.
  it.each([1, 3, 4, 63, 64, 65, 130, 263])('inverts %d rows', (size) => {
    const matrix = positiveDefinite(size);
    const inverse = matrix.slice();
    expect(invertPositiveDefinite(inverse, size)).toBe(true);
    expect(largestFaultOfIdentity(matrix, inverse, size)).toBeLessThan(1e-10);
  });

  it('reads the lower triangle only', () => {
    const matrix = positiveDefinite(70);
    const half = matrix.slice();
    for (let row = 0; row < 70; row += 1) half.fill(Number.NaN, row * 70 + row + 1, (row + 1) * 70);
    invertPositiveDefinite(matrix, 70);
    invertPositiveDefinite(half, 70);
    expect(half).toEqual(matrix);
  });

  it('refuses what is not positive definite', () => {
    expect(invertPositiveDefinite(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  });

  it('tells its progress, and stops where that throws', () => {
    const shares: number[] = [];
    invertPositiveDefinite(positiveDefinite(130), 130, (share) => shares.push(share));
    expect(shares).toEqual([64 / 130, 128 / 130, 1]);
    expect(() =>
      invertPositiveDefinite(positiveDefinite(130), 130, () => {
        throw new Error('enough');
      }),
    ).toThrow('enough');
  });
});
