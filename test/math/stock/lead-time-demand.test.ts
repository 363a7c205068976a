import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { drawGamma, drawNormal } from '../../../src/math/random-variates.js';
import { assertDemandAhead, demandBetween, periodsCovered } from '../../../src/math/stock/demand-ahead.js';
import { assertLeadTime, demandOverLeadTime } from '../../../src/math/stock/lead-time-demand.js';

const steady = { means: Float64Array.of(100), deviations: Float64Array.of(30) };
const rising = { means: Float64Array.of(10, 20, 40), deviations: Float64Array.of(3, 4, 5) };
const nothing = { means: new Float64Array(0), deviations: new Float64Array(0) };

describe('demand between two times', () => {
  it('adds whole periods and shares of them', () => {
    // From .5 to 2.25: half of 10, all of 20, a quarter of 40; 9 / 2 + 16 + 25 / 4.
    expect(demandBetween(rising, 0.5, 2.25)).toEqual({ mean: 35, variance: 26.75 });
    // Within one period.
    expect(demandBetween(rising, 1.25, 1.5)).toEqual({ mean: 5, variance: 4 });
    // After the end the last period goes on: 40 and twice 40.
    expect(demandBetween(rising, 2, 5)).toEqual({ mean: 120, variance: 75 });
    expect(demandBetween(rising, 4, 5.5)).toEqual({ mean: 60, variance: 37.5 });
  });

  it('is nothing over no time, and where nothing is known', () => {
    expect(demandBetween(rising, 1.5, 1.5)).toEqual({ mean: 0, variance: 0 });
    expect(demandBetween(nothing, 0, 9)).toEqual({ mean: 0, variance: 0 });
  });

  it('adds up over neighbouring stretches, and never sinks as the stretch grows', () => {
    const random = createRandom(3);
    for (let run = 0; run < 50; run += 1) {
      const size = 1 + random.integer(6);
      const demand = {
        means: Float64Array.from({ length: size }, () => 50 * random.uniform()),
        deviations: Float64Array.from({ length: size }, () => 20 * random.uniform()),
      };
      const [a, b, c] = Float64Array.from({ length: 3 }, () => 8 * random.uniform()).sort();
      const [from = 0, middle = 0, to = 0] = [a, b, c];
      const first = demandBetween(demand, from, middle);
      const second = demandBetween(demand, middle, to);
      const whole = demandBetween(demand, from, to);
      expect(first.mean + second.mean).toBeCloseTo(whole.mean, 9);
      expect(first.variance + second.variance).toBeCloseTo(whole.variance, 9);
      expect(whole.variance).toBeGreaterThanOrEqual(first.variance);
    }
  });

  it('refuses what is no demand', () => {
    const one = Float64Array.of(1);
    expect(() => assertDemandAhead({ means: one, deviations: new Float64Array(0) })).toThrow('1 means and 0');
    expect(() => assertDemandAhead({ means: Float64Array.of(-1), deviations: one })).toThrow(RangeError);
    expect(() => assertDemandAhead({ means: one, deviations: Float64Array.of(Number.NaN) })).toThrow(
      RangeError,
    );
    expect(() => assertDemandAhead(nothing)).not.toThrow();
  });
});

describe('the periods that a stock lasts', () => {
  it.each([
    [0, 0],
    [-5, 0],
    [5, 0.5],
    [10, 1],
    // 10, then 15 of 20.
    [25, 1.75],
    // 70 in three periods, then 20 of 40.
    [90, 3.5],
  ])('walk the forecast: %d units', (units, periods) => {
    expect(periodsCovered(rising, units)).toBeCloseTo(periods, 12);
  });

  it('are endless when nothing is sold any more', () => {
    const ending = { means: Float64Array.of(4, 0), deviations: Float64Array.of(1, 0) };
    expect(periodsCovered(ending, 4)).toBe(1);
    expect(periodsCovered(ending, 5)).toBe(Number.POSITIVE_INFINITY);
    expect(periodsCovered(nothing, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('wait through periods without sales', () => {
    const late = { means: Float64Array.of(0, 0, 8), deviations: new Float64Array(3) };
    expect(periodsCovered(late, 2)).toBe(2.25);
  });

  it('undo the mean demand', () => {
    const random = createRandom(4);
    for (let run = 0; run < 50; run += 1) {
      const periods = 6 * random.uniform();
      expect(periodsCovered(rising, demandBetween(rising, 0, periods).mean)).toBeCloseTo(periods, 9);
    }
  });
});

describe('demand over a lead time', () => {
  it('adds the two variances as the books do', () => {
    // 4 periods, deviation 1.5: 4 x 900 = 3600 of demand, 100^2 x 2.25 = 22500 of the lead time.
    const found = demandOverLeadTime(steady, { mean: 4, deviation: 1.5 });
    expect(found.mean).toBeCloseTo(400, 9);
    expect(found.varianceOfDemand).toBeCloseTo(3600, 9);
    expect(found.varianceOfLeadTime).toBeCloseTo(22_500, 9);
    expect(found.deviation).toBeCloseTo(Math.sqrt(26_100), 9);
  });

  it('holds the formula where the deviation is above the mean, and with a review period', () => {
    // 1 ± 2 periods: 900 and 100^2 x 4; two more periods for sure add 200 and 1800.
    const found = demandOverLeadTime(steady, { mean: 1, deviation: 2 }, 2);
    expect(found.mean).toBeCloseTo(300, 9);
    expect(found.varianceOfDemand).toBeCloseTo(2700, 9);
    expect(found.varianceOfLeadTime).toBeCloseTo(40_000, 8);
  });

  it('takes periods as they come', () => {
    // 1 ± 1: nothing or 30 units, variance 0 or 25; the mean is 15, and 15^2 is between the cases.
    const found = demandOverLeadTime(rising, { mean: 1, deviation: 1 });
    expect(found).toMatchObject({ mean: 15, varianceOfDemand: 12.5, varianceOfLeadTime: 225 });
  });

  it('is nothing for no lead time and for no demand', () => {
    expect(demandOverLeadTime(steady, { mean: 0, deviation: 0 })).toMatchObject({ mean: 0, deviation: 0 });
    expect(demandOverLeadTime(nothing, { mean: 3, deviation: 1 })).toMatchObject({ mean: 0, deviation: 0 });
  });

  it('varies the more, the longer and the less certain the lead time is', () => {
    const deviationAt = (mean: number, deviation: number) =>
      demandOverLeadTime(steady, { mean, deviation }).deviation;
    const steps = Array.from({ length: 20 }, (_, step) => 0.5 * step);
    for (const step of steps) {
      expect(deviationAt(step + 1.5, 1)).toBeGreaterThan(deviationAt(step + 1, 1));
      expect(deviationAt(3, step + 0.5)).toBeGreaterThan(deviationAt(3, step));
    }
  });

  it('is what a simulation with another distribution of lead times sees', () => {
    // Gamma lead times with mean 3 and deviation 1; normal demand in the time L has mean 100 L and deviation 30 sqrt(L).
    const runs = 40_000;
    const random = createRandom(8);
    const seen = Array.from({ length: runs }, () => {
      const periods = drawGamma(random, 9, 1 / 3);
      return drawNormal(random, 100 * periods, 30 * Math.sqrt(periods));
    });
    const mean = seen.reduce((sum, value) => sum + value, 0) / runs;
    const squares = seen.map((value) => (value - mean) ** 2);
    const variance = squares.reduce((sum, value) => sum + value, 0) / (runs - 1);
    const spread = squares.reduce((sum, value) => sum + (value - variance) ** 2, 0) / (runs - 1);
    const expected = demandOverLeadTime(steady, { mean: 3, deviation: 1 });
    // Four standard errors each.
    expect(Math.abs(mean - expected.mean)).toBeLessThan(4 * Math.sqrt(variance / runs));
    expect(Math.abs(variance - expected.variance)).toBeLessThan(4 * Math.sqrt(spread / runs));
  });

  it('refuses what is no lead time', () => {
    expect(() => assertLeadTime({ mean: -1, deviation: 0 })).toThrow(RangeError);
    expect(() => assertLeadTime({ mean: 1, deviation: Number.NaN })).toThrow(RangeError);
    expect(() => assertLeadTime({ mean: 0, deviation: 1 })).toThrow('cannot vary');
  });
});
