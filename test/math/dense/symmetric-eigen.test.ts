import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gramOfColumns } from '../../../src/math/dense/gram.js';
import { symmetricEigen } from '../../../src/math/dense/symmetric-eigen.js';

describe('symmetricEigen', () => {
  it('finds what is known', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect(Math.abs(vectors[0]?.[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 14);
  });

  it('gives A v = value v, in descending order, of any Gram matrix', () => {
    const size = 4;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 7 * size, maxLength: 7 * size }),
        (cells) => {
          const gram = gramOfColumns(Float64Array.from(cells), size);
          const { values, vectors } = symmetricEigen(gram, size);
          for (const [k, vector] of vectors.entries()) {
            expect(values[k]).toBeLessThanOrEqual(values[k - 1] ?? Number.POSITIVE_INFINITY);
            for (let i = 0; i < size; i += 1) {
              const image = vector.reduce((sum, value, j) => sum + (gram[i * size + j] ?? 0) * value, 0);
              expect(image).toBeCloseTo((values[k] ?? 0) * (vector[i] ?? 0), 8);
            }
            expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
          }
        },
      ),
    );
  });
});

describe('gramOfColumns', () => {
  it('multiplies each pair of columns', () => {
    expect([...gramOfColumns(Float64Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([35, 44, 44, 56]);
  });
});
