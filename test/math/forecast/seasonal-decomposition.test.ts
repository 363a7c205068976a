import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustSeason, removeSeason, restoreSeason } from '../../../src/math/forecast/seasonal-adjustment.js';
import {
  autocorrelations,
  centredMovingAverage,
  isSeasonal,
  seasonalIndices,
  seasonalStrength,
  showsSeason,
} from '../../../src/math/forecast/seasonal-decomposition.js';

const pattern = [8, -2, -6, 0];
const seasonal = Float64Array.from({ length: 24 }, (_, t) => 100 + 2 * t + (pattern[t % 4] ?? 0));

describe('classical decomposition', () => {
  it('averages over one whole period, the ends of an even one by half', () => {
    expect([...centredMovingAverage(Float64Array.of(1, 2, 3, 4, 10), 4)]).toEqual([
      Number.NaN,
      Number.NaN,
      (0.5 + 2 + 3 + 4 + 5) / 4,
      Number.NaN,
      Number.NaN,
    ]);
    expect([...centredMovingAverage(Float64Array.of(1, 5, 3), 3)]).toEqual([Number.NaN, 3, Number.NaN]);
  });

  it('finds a season that was put in', () => {
    seasonalIndices(seasonal, 4, 'additive').forEach((index, i) => {
      expect(index).toBeCloseTo(pattern[i] ?? 0, 10);
    });
  });

  it('gives indices with mean 0, or 1', () => {
    const values = fc.array(fc.double({ min: 1, max: 99, noNaN: true }), { minLength: 9, maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const series = Float64Array.from(list);
        const mean = (indices: Float64Array) => indices.reduce((sum, index) => sum + index, 0) / 3;
        expect(mean(seasonalIndices(series, 3, 'additive'))).toBeCloseTo(0, 9);
        expect(mean(seasonalIndices(series, 3, 'multiplicative'))).toBeCloseTo(1, 9);
      }),
    );
  });

  it('sees a season where there is one, with three seasons at least', () => {
    const flat = seasonal.map((value, t) => value - 2 * t);
    expect(isSeasonal(flat, 4)).toBe(true);
    expect(isSeasonal(flat.subarray(0, 11), 4)).toBe(false);
    expect(isSeasonal(flat, 1)).toBe(false);
    expect(isSeasonal(new Float64Array(24).fill(3), 4)).toBe(false);
    expect([...autocorrelations(Float64Array.of(1, -1, 1, -1), 2)]).toEqual([-0.75, 0.5]);
  });
});

describe('the strength of a season', () => {
  const smooth = Float64Array.from(
    { length: 156 },
    (_, t) => 30 * Math.sin((2 * Math.PI * t) / 52) + ((t * 79) % 17),
  );
  const noise = Float64Array.from({ length: 156 }, (_, t) => ((t * t * 7919) % 101) + ((t * 31) % 13));

  it('shows a smooth season that the test of autocorrelation does not see', () => {
    expect(isSeasonal(smooth, 52)).toBe(false);
    expect(seasonalStrength(smooth, 52)).toBeGreaterThan(0.9);
    expect(showsSeason(smooth, 52)).toBe(true);
  });

  it('is small for noise, and 0 where no season can be seen', () => {
    expect(seasonalStrength(noise, 52)).toBeLessThan(0.64);
    expect(showsSeason(noise, 52)).toBe(false);
    expect(seasonalStrength(smooth.subarray(0, 155), 52)).toBe(0);
    expect(seasonalStrength(new Float64Array(30).fill(2), 4)).toBe(0);
  });
});

describe('a season taken out and put back', () => {
  it('leaves a series as it was', () => {
    for (const values of [seasonal, seasonal.map((value) => value - 120)]) {
      const adjustment = removeSeason(values, 4);
      const same = {
        mean: adjustment.adjusted.subarray(0, 8),
        fitted: adjustment.adjusted,
        spread: new Float64Array(8).fill(1),
        freeParameters: 1,
        parameters: {},
      };
      const restored = restoreSeason(adjustment, same);
      restored.fitted.forEach((value, t) => {
        expect(value).toBeCloseTo(values[t] ?? 0, 9);
      });
      // 24 values are six whole seasons, so that the next ones begin with the first index again.
      restored.mean.forEach((value, t) => {
        expect(value).toBeCloseTo(values[t] ?? 0, 9);
      });
      expect(restored.freeParameters).toBe(4);
      expect(restored.spread.subarray(0, 4).reduce((sum, value) => sum + value, 0)).toBeCloseTo(4, 9);
    }
  });

  it('is a factor where all values are above 0, else a summand', () => {
    expect(removeSeason(seasonal, 4).form).toBe('multiplicative');
    expect(
      removeSeason(
        seasonal.map((value) => value - 120),
        4,
      ).form,
    ).toBe('additive');
    expect(adjustSeason(Float64Array.of(1, 2, 3), 4).form).toBe('none');
  });
});
