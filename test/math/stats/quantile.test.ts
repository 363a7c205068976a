import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantileOfSorted, shareBelow } from '../../../src/math/stats/quantile.js';

describe('a quantile', () => {
  it('lies between order statistics as in NumPy', () => {
    const sorted = Float64Array.of(1, 2, 4, 8);
    expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantileOfSorted(sorted, p))).toEqual([
      1,
      1.75,
      3,
      expect.closeTo(6.8, 12),
      8,
    ]);
    expect(quantileOfSorted(Float64Array.of(3), 0.7)).toBe(3);
    expect(() => quantileOfSorted(new Float64Array(0), 0.5)).toThrow('at least one number');
  });

  it('is led back from by the share below it, members equal to it counting half', () => {
    const sorted = Float64Array.of(1, 2, 2, 2, 9);
    expect([0, 1, 1.5, 2, 9, 10].map((value) => shareBelow(sorted, value))).toEqual([
      0, 0.1, 0.2, 0.5, 0.9, 1,
    ]);
    fc.assert(
      fc.property(
        fc.float64Array({ minLength: 1, maxLength: 40, noNaN: true }),
        fc.double({ noNaN: true }),
        (values, value) => {
          const below = values.filter((member) => member < value).length;
          const equal = values.filter((member) => member === value).length;
          expect(shareBelow(values.sort(), value)).toBeCloseTo((below + equal / 2) / values.length, 12);
        },
      ),
    );
    expect(() => shareBelow(new Float64Array(0), 1)).toThrow('at least one number');
  });
});
