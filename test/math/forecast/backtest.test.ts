import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backtest, backtestOrigins } from '../../../src/math/forecast/backtest.js';
import { forecastNaive } from '../../../src/math/forecast/naive-methods.js';

describe('forecasting from earlier points', () => {
  it('begins four times in the last quarter', () => {
    expect(backtestOrigins(43, 8)).toEqual([
      { length: 39, horizon: 4 },
      { length: 37, horizon: 6 },
      { length: 35, horizon: 8 },
      { length: 33, horizon: 8 },
    ]);
    expect(backtestOrigins(7, 8)).toEqual([]);
  });

  it('never asks for what is not there, and leaves most of the series to learn from', () => {
    const sizes = fc.tuple(fc.integer({ min: 8, max: 500 }), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(sizes, ([length, horizon]) => {
        const origins = backtestOrigins(length, horizon);
        expect(new Set(origins.map((origin) => origin.length)).size).toBe(4);
        for (const origin of origins) {
          expect(origin.horizon).toBeGreaterThan(0);
          expect(origin.horizon).toBeLessThanOrEqual(horizon);
          expect(origin.length + origin.horizon).toBeLessThanOrEqual(length);
          expect(origin.length).toBeGreaterThanOrEqual(length / 2);
        }
      }),
    );
  });

  it('measures what was missed', () => {
    const values = Float64Array.of(1, 2, 4, 8);
    const result = backtest(
      values,
      [
        { length: 2, horizon: 2 },
        { length: 3, horizon: 1 },
      ],
      forecastNaive,
    );
    // Errors 2 and 6 (one and two steps of a random walk), and 4.
    expect(result).toEqual({
      meanAbsoluteError: 4,
      variance: (4 + 36 / 2 + 16) / 3,
      errors: 3,
      values: 2,
      origins: 2,
    });
    expect(backtest(values, [], forecastNaive)).toBeUndefined();
  });
});
