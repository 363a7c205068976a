import { describe, expect, it } from 'vitest';
import { adjustSeason, restoreSeason } from '../../../src/math/forecast/seasonal-adjustment.js';
import { forecastDynamicTheta, forecastTheta, lineSlope } from '../../../src/math/forecast/theta.js';
import { describeWithSharedFile } from '../../support/shared-data.js';
import { readSmoothingReference } from '../../support/smoothing-reference.js';

const line = Float64Array.from({ length: 12 }, (_, t) => 5 + 3 * t);

describe('the Theta methods', () => {
  it('know the slope of a line', () => {
    expect(lineSlope(line)).toBeCloseTo(3, 12);
    expect(lineSlope(Float64Array.of(4))).toBe(0);
  });

  it('go on with half the slope of a line, which is what theta 2 means', () => {
    const { mean } = forecastTheta(line, 3);
    expect((mean[1] ?? 0) - (mean[0] ?? 0)).toBeCloseTo(1.5, 6);
  });

  it('go on with nearly the whole slope of a line when theta is optimised', () => {
    const { mean, parameters } = forecastDynamicTheta(line, 3);
    expect(parameters.theta).toBeGreaterThan(20);
    [41, 44, 47].forEach((exact, h) => {
      expect(Math.abs((mean[h] ?? 0) - exact)).toBeLessThan(0.6);
    });
  });

  it('give a constant for a constant', () => {
    for (const method of [forecastTheta, forecastDynamicTheta]) {
      const { mean } = method(new Float64Array(9).fill(6), 2);
      for (const value of mean) expect(value).toBeCloseTo(6, 9);
    }
  });

  it('forecast in one step what they would fit to the next value', () => {
    const values = Float64Array.of(20, 24, 19, 31, 28, 36, 33, 41, 38);
    const { mean } = forecastDynamicTheta(values, 1);
    const { fitted, parameters } = forecastDynamicTheta(values, 1);
    expect(fitted.length).toBe(values.length);
    expect(mean[0]).toBeGreaterThan(fitted[values.length - 1] ?? 0);
    expect(parameters.alpha).toBeGreaterThanOrEqual(0.1);
  });
});

describeWithSharedFile('reference/statsmodels.json', 'Theta against the reference', (path) => {
  const all = Object.entries(readSmoothingReference(path));

  it.each(all)('gives its forecasts, with the season taken out and put back: %s', (_, series) => {
    const adjustment = adjustSeason(Float64Array.from(series.y), series.period);
    expect(adjustment.form).toBe(series.period > 1 ? 'multiplicative' : 'none');
    const forecast = forecastTheta(adjustment.adjusted, 12);
    const { mean } = restoreSeason(adjustment, forecast);
    // The alpha that the reference found by likelihood has a sum of squares that is the same to about nine digits.
    expect(Math.abs((forecast.parameters.alpha ?? 0) - series.theta.alpha)).toBeLessThan(2e-4);
    expect(Math.abs((forecast.parameters.slope ?? 0) / series.theta.b0 - 1)).toBeLessThan(1e-9);
    series.theta.forecast.forEach((expected, h) => {
      expect(Math.abs((mean[h] ?? 0) / expected - 1)).toBeLessThan(2e-5);
    });
  });

  it('lets the variance grow by alpha^2 a step, where the reference takes 1 + (alpha - 1)^2 and is too wide', () => {
    const series = all.find(([name]) => name === 'daily7')?.[1] ?? expect.fail('There is no daily7.');
    const adjustment = adjustSeason(Float64Array.from(series.y), series.period);
    const { spread, parameters } = forecastTheta(adjustment.adjusted, 12);
    const alpha = parameters.alpha ?? 0;
    expect(spread[11]).toBeCloseTo(1 + 11 * alpha ** 2, 12);
    const reference = 1 + 11 * (1 + (alpha - 1) ** 2);
    expect(Math.sqrt(reference / (spread[11] ?? 0))).toBeGreaterThan(4);
  });
});
