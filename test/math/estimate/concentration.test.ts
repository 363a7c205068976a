import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { coverageShare, giniCoefficient } from '../../../src/math/estimate/concentration.js';

describe('the concentration of counts', () => {
  it('is that of a sum by hand', () => {
    // Ascending 0, 1, 3, 6: (-3 x 0 - 1 x 1 + 1 x 3 + 3 x 6) / (4 x 10) = 20 / 40.
    expect(giniCoefficient(Float64Array.of(3, 0, 6, 1))).toBe(0.5);
    expect(coverageShare(Float64Array.of(3, 0, 6, 1))).toBe(0.75);
  });

  it('runs from all alike to one with everything', () => {
    expect(giniCoefficient(Float64Array.of(4, 4, 4))).toBe(0);
    expect(giniCoefficient(Float64Array.of(0, 0, 9, 0))).toBe(0.75);
    expect(giniCoefficient(new Float64Array(3))).toBe(0);
    expect(coverageShare(new Float64Array(3))).toBe(0);
  });

  it('is half the mean difference of two items over their mean, whatever the unit', () => {
    const random = createRandom(4);
    for (let round = 0; round < 50; round += 1) {
      const counts = Float64Array.from({ length: 1 + random.integer(12) }, () => random.integer(9));
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total === 0) continue;
      const apart = [...counts].flatMap((a) => [...counts].map((b) => Math.abs(a - b)));
      const mean = apart.reduce((sum, distance) => sum + distance, 0) / apart.length;
      expect(giniCoefficient(counts)).toBeCloseTo(mean / 2 / (total / counts.length), 12);
      expect(giniCoefficient(counts.map((count) => 7 * count))).toBeCloseTo(giniCoefficient(counts), 12);
    }
  });

  it('leaves the counts in their order', () => {
    const counts = Float64Array.of(3, 0, 6, 1);
    giniCoefficient(counts);
    expect([...counts]).toEqual([3, 0, 6, 1]);
  });

  it('refuses an empty catalogue and counts that are none', () => {
    expect(() => giniCoefficient(new Float64Array(0))).toThrow('without an item');
    expect(() => coverageShare(Float64Array.of(1, -1))).toThrow('Item 2 has the count -1');
    expect(() => giniCoefficient(Float64Array.of(Number.NaN))).toThrow('Item 1 has the count NaN');
  });
});
