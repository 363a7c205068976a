import { describe, expect, it } from 'vitest';
import {
  countOpen,
  findClosedPeriods,
  withClosed,
  withoutClosed,
} from '../../../src/math/forecast/closed-periods.js';
import { forecastSeries } from '../../../src/math/forecast/forecast-series.js';

/** A shop that is shut on the third day of four. */
const shut = Float64Array.from({ length: 40 }, (_, t) => (t % 4 === 2 ? 0 : 20 + ((t * 5) % 7)));

describe('periods that are always closed', () => {
  it('are found where zeros cannot be chance', () => {
    expect(findClosedPeriods(shut, 4)).toEqual([false, false, true, false]);
    expect(findClosedPeriods(shut, 5)).toBeUndefined();
    expect(findClosedPeriods(shut, 1)).toBeUndefined();
    expect(findClosedPeriods(shut.subarray(0, 11), 4)).toBeUndefined();
    expect(findClosedPeriods(new Float64Array(40), 4)).toBeUndefined();
  });

  it('are not those that demand now and then has missed so far', () => {
    // A demand in every fifth period on average leaves one of twelve months empty over six years by chance.
    const now = Float64Array.from({ length: 72 }, (_, t) => ((t * 5) % 11 < 2 && t % 12 !== 3 ? 4 : 0));
    expect(now.filter((_, t) => t % 12 === 3).every((value) => value === 0)).toBe(true);
    expect(findClosedPeriods(now, 12)).toBeUndefined();
  });

  it('are taken out and put back', () => {
    const closed = [false, true, true];
    expect([...withoutClosed(Float64Array.of(1, 0, 0, 2, 0), closed)]).toEqual([1, 2]);
    expect(countOpen(closed, 5, 4)).toBe(1);
    expect([...withClosed(Float64Array.of(7), closed, 5, 4)]).toEqual([0, 7, 0, 0]);
  });

  it('are forecast as 0, and the rest without them', () => {
    const request = { period: 4, levels: [0.9], method: 'auto', gaps: 'zero' } as const;
    const { mean, intervals, notes } = forecastSeries(shut, { ...request, horizon: 5 });
    expect(mean[2]).toBe(0);
    expect(intervals[0]?.upper[2]).toBe(0);
    for (const h of [0, 1, 3, 4]) expect(mean[h]).toBeGreaterThan(15);
    expect(notes[0]?.message).toBe(
      '1 of every 4 periods is always 0; it is forecast as 0 and left out of the rest.',
    );
    const untilShut = forecastSeries(shut.subarray(0, 38), { ...request, horizon: 1 });
    expect([...untilShut.mean]).toEqual([0]);
    expect([...(untilShut.intervals[0]?.upper ?? [])]).toEqual([0]);
  });
});
