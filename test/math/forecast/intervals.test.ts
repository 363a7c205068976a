import { describe, expect, it } from 'vitest';
import { errorModelOf, intervalAt } from '../../../src/math/forecast/intervals.js';
import {
  forecastMean,
  forecastNaive,
  forecastSeasonalNaive,
} from '../../../src/math/forecast/naive-methods.js';

const values = Float64Array.of(3, 5, 4, 8);

describe('prediction intervals', () => {
  it('come from the residuals, with as many degrees of freedom as they leave', () => {
    // Changes 2, -1 and 4 of a random walk.
    const model = errorModelOf(values, forecastNaive(values, 2), undefined);
    expect(model.degrees).toBe(3);
    expect(model.deviations[0]).toBeCloseTo(Math.sqrt(7), 12);
    expect(model.deviations[1]).toBeCloseTo(Math.sqrt(14), 12);
    // One degree goes to the mean, whose own error adds a quarter of the variance.
    const mean = errorModelOf(values, forecastMean(values, 1), undefined);
    expect(mean.degrees).toBe(3);
    expect(mean.deviations[0]).toBeCloseTo(Math.sqrt((14 / 3) * 1.25), 12);
  });

  it('come from a backtest that has errors enough', () => {
    const tested = { meanAbsoluteError: 1, variance: 9, errors: 12, values: 6, origins: 4 };
    const model = errorModelOf(values, forecastNaive(values, 2), tested);
    expect(model).toEqual({
      deviations: Float64Array.of(3, Math.sqrt(18)),
      degrees: 6,
    });
    const few = errorModelOf(values, forecastNaive(values, 2), { ...tested, errors: 11 });
    expect(few.degrees).toBe(3);
  });

  it('are as wide as one value where there is one only', () => {
    expect(
      errorModelOf(Float64Array.of(6), forecastNaive(Float64Array.of(6), 1), undefined).deviations[0],
    ).toBe(6);
  });

  it('hold the share that is asked, and nothing below the floor', () => {
    const model = { deviations: Float64Array.of(10), degrees: Number.POSITIVE_INFINITY };
    const { lower, upper } = intervalAt(Float64Array.of(15), model, 0.95, 0);
    expect(lower[0]).toBe(0);
    expect(upper[0]).toBeCloseTo(15 + 19.59963985, 7);
    expect(intervalAt(Float64Array.of(15), model, 0.5, 0).lower[0]).toBeCloseTo(15 - 6.744897502, 8);
  });
});

describe('methods without fitting', () => {
  it('repeat the last season', () => {
    const { mean, fitted, spread } = forecastSeasonalNaive(values, 3, 5);
    expect([...mean]).toEqual([5, 4, 8, 5, 4]);
    expect([...fitted]).toEqual([Number.NaN, Number.NaN, Number.NaN, 3]);
    expect([...spread]).toEqual([1, 1, 1, 2, 2]);
  });

  it('repeat the mean', () => {
    expect([...forecastMean(values, 2).mean]).toEqual([5, 5]);
  });
});
