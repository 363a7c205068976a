import { describe, expect, it } from 'vitest';
import { combineForecasts, forecastOnLogarithms } from '../../../src/math/forecast/combination.js';
import type { MethodForecast } from '../../../src/math/forecast/method-forecast.js';
import { forecastMean, forecastNaive } from '../../../src/math/forecast/naive-methods.js';

const none = Number.NaN;
const forecastOf = (mean: number, fitted: readonly number[]): MethodForecast => ({
  mean: Float64Array.of(mean),
  fitted: Float64Array.from(fitted),
  spread: Float64Array.of(mean > 50 ? 3 : 1),
  freeParameters: 1,
  parameters: {},
});

describe('combining forecasts', () => {
  it('leaves out the lowest and the highest of five and more', () => {
    const forecasts = [9, 1, 2, 3, 100].map((mean) => forecastOf(mean, [mean, none]));
    const { mean, fitted, spread } = combineForecasts(forecasts);
    expect(mean[0]).toBeCloseTo((9 + 2 + 3) / 3, 12);
    expect(fitted[0]).toBeCloseTo((9 + 2 + 3) / 3, 12);
    expect(fitted[1]).toBeNaN();
    expect(spread[0]).toBeCloseTo(7 / 5, 12);
  });

  it('takes the middle of fewer', () => {
    expect(combineForecasts([4, 1, 9].map((mean) => forecastOf(mean, []))).mean[0]).toBe(4);
    expect(combineForecasts([4, 1, 9, 5].map((mean) => forecastOf(mean, []))).mean[0]).toBe(4.5);
    expect(combineForecasts([4, 1].map((mean) => forecastOf(mean, []))).mean[0]).toBe(2.5);
  });

  it('combines for each value those that had one', () => {
    const { fitted } = combineForecasts([forecastOf(1, [none, 2]), forecastOf(1, [7, 4])]);
    expect([...fitted]).toEqual([7, 3]);
  });
});

describe('forecasting on logarithms', () => {
  it('gives the geometric mean of 1 + y, less 1, for the mean', () => {
    expect(forecastOnLogarithms(forecastMean, Float64Array.of(0, 3), 1).mean[0]).toBeCloseTo(1, 12);
  });

  it('changes nothing for the last value', () => {
    const { mean, fitted } = forecastOnLogarithms(forecastNaive, Float64Array.of(5, 9), 2);
    for (const value of mean) expect(value).toBeCloseTo(9, 12);
    expect(fitted[1]).toBeCloseTo(5, 12);
  });

  it('does not run away', () => {
    const explosion = () => ({ ...forecastOf(0, []), mean: Float64Array.of(900) });
    expect(forecastOnLogarithms(explosion, Float64Array.of(1, 9), 1).mean[0]).toBeCloseTo(10 * Math.E - 1, 9);
  });
});
