import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factoriseCholesky, solveCholesky } from '../../../src/math/dense/cholesky.js';

describe('Cholesky', () => {
  it('factorises a matrix whose factor is known', () => {
    const matrix = Float64Array.of(4, 0, 0, 12, 37, 0, -16, -43, 98);
    expect(factoriseCholesky(matrix, 3)).toBe(true);
    expect([...matrix]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  it('says that an indefinite matrix has no factor', () => {
    expect(factoriseCholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  });

  it('solves every system that B B^T + I makes', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const systems = fc
      .integer({ min: 1, max: 7 })
      .chain((size) =>
        fc.tuple(
          fc.array(number, { minLength: size * size, maxLength: size * size }),
          fc.array(number, { minLength: size, maxLength: size }),
        ),
      );
    fc.assert(
      fc.property(systems, ([parts, solution]) => {
        const size = solution.length;
        const matrix = new Float64Array(size * size);
        const right = new Float64Array(size);
        for (let i = 0; i < size; i += 1) {
          for (let j = 0; j < size; j += 1) {
            let sum = i === j ? 1 : 0;
            for (let k = 0; k < size; k += 1) sum += (parts[i * size + k] ?? 0) * (parts[j * size + k] ?? 0);
            matrix[i * size + j] = sum;
            right[i] = (right[i] ?? 0) + sum * (solution[j] ?? 0);
          }
        }
        expect(factoriseCholesky(matrix, size)).toBe(true);
        solveCholesky(matrix, size, right);
        for (let i = 0; i < size; i += 1) expect(right[i]).toBeCloseTo(solution[i] ?? 0, 7);
      }),
    );
  });
});
