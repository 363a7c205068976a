import { describe, expect, it } from 'vitest';
import { fitSmoothing, observationsNeeded, searchEffort } from '../../../src/math/forecast/fit-smoothing.js';
import {
  forecastSmoothing,
  runSmoothing,
  type SmoothingForm,
} from '../../../src/math/forecast/smoothing-model.js';
import { describeWithSharedFile } from '../../support/shared-data.js';
import { type ReferenceFit, referenceFits } from '../../support/smoothing-reference.js';

const holt: SmoothingForm = { trend: 'additive', season: 'none', period: 1 };
const ses: SmoothingForm = { trend: 'none', season: 'none', period: 1 };

describe('Holt on the series whose answer is known', () => {
  const values = Float64Array.of(200, 220, 240, 260, 250, 300, 320, 340, 360, 380, 400, 420);
  const fit = fitSmoothing(holt, values);
  const forecast = forecastSmoothing(fit.form, fit.parameters.phi, fit.state, 3);

  it('gives the printed forecasts', () => {
    [439.545451, 459.860136, 480.17482].forEach((printed, h) => {
      expect(Math.abs((forecast[h] ?? 0) - printed)).toBeLessThan(1e-4);
    });
  });

  it('gives the exact optimum, which is the least-squares line', () => {
    [439.5454545455, 459.8601398601, 480.1748251748].forEach((exact, h) => {
      expect(Math.abs((forecast[h] ?? 0) - exact)).toBeLessThan(1e-6);
    });
    expect(fit.sumOfSquares).toBeCloseTo(810.8391608392, 8);
    expect(fit.parameters.alpha).toBe(0);
    expect(fit.parameters.level).toBeCloseTo(175.4545454545, 6);
    expect(fit.parameters.slope).toBeCloseTo(20.3146853147, 7);
  });
});

describe('what a fit promises', () => {
  it('follows a series without noise exactly', () => {
    const season = [10, -4, -6];
    const values = Float64Array.from({ length: 18 }, (_, t) => 50 + 3 * t + (season[t % 3] ?? 0));
    const fit = fitSmoothing({ trend: 'additive', season: 'additive', period: 3 }, values);
    expect(fit.sumOfSquares).toBeLessThan(1e-12);
    const forecast = forecastSmoothing(fit.form, 1, fit.state, 4);
    [114, 103, 104, 123].forEach((exact, h) => {
      expect(forecast[h]).toBeCloseTo(exact, 6);
    });
  });

  it('fits a constant, and has a finite criterion for it', () => {
    const fit = fitSmoothing(ses, new Float64Array(8).fill(7));
    expect(fit.sumOfSquares).toBeLessThan(1e-20);
    expect(fit.state.level).toBeCloseTo(7, 12);
    expect(Number.isFinite(fit.aicc)).toBe(true);
  });

  it('does not change with the unit of the series', () => {
    const values = Float64Array.of(12, 15, 11, 19, 22, 18, 30, 27, 25, 31, 40, 28);
    const plain = fitSmoothing(holt, values);
    const scaled = fitSmoothing(
      holt,
      values.map((value) => value * 1e6),
    );
    expect(scaled.state.level / plain.state.level).toBeCloseTo(1e6, 1);
    expect(scaled.sumOfSquares / plain.sumOfSquares / 1e12).toBeCloseTo(1, 8);
  });

  it('finds a multiplicative season where the line through the series falls below 0', () => {
    const values = Float64Array.of(1, 13, 3, 12, 6.5, 1, 1, 1);
    const fit = fitSmoothing({ trend: 'additive', season: 'multiplicative', period: 4 }, values);
    expect(fit.sumOfSquares).toBeLessThan(values.reduce((sum, value) => sum + (value - 38.5 / 8) ** 2, 0));
    for (const value of fit.fitted) expect(value).toBeGreaterThan(0);
  });

  it('goes down from a fit nearby to where all starts lead', () => {
    const values = Float64Array.of(30, 41, 37, 52, 44, 57, 50, 66, 59, 71, 70, 82, 74, 93, 85, 97);
    const form: SmoothingForm = { trend: 'damped', season: 'none', period: 1 };
    const near = fitSmoothing(form, values.subarray(0, 14)).parameters;
    const quick = fitSmoothing(form, values, near);
    expect(quick.sumOfSquares / fitSmoothing(form, values).sumOfSquares).toBeCloseTo(1, 6);
  });

  it('takes fewer steps where each is dear, so that no series takes long', () => {
    // Two years of days with a week, weeks of ten years with a year, and the largest that a season is fitted to.
    const efforts = [
      [11, 739],
      [56, 520],
      [64, 833],
    ].map(([parameters = 0, length = 0]) => searchEffort(parameters, length));
    expect(efforts.map(({ starts, limits }) => [starts, limits.steps])).toEqual([
      [3, 200],
      [1, 46],
      [1, 23],
    ]);
    // The climb of a season that multiplies what soars would go on for hundreds of steps.
    const soaring = Float64Array.from({ length: 600 }, (_, t) => 1 + (t % 60) ** 2 + (t / 10) ** 3);
    const fit = fitSmoothing({ trend: 'additive', season: 'multiplicative', period: 60 }, soaring);
    expect(fit.fitted.every(Number.isFinite)).toBe(true);
    const spread = soaring.reduce((sum, value) => sum + value * value, 0);
    expect(fit.sumOfSquares).toBeLessThan(0.01 * spread);
  });

  it('says what it needs', () => {
    expect(() => fitSmoothing(holt, Float64Array.of(1, 2))).toThrow(
      'needs 3 observations and the series has 2',
    );
    expect(() => fitSmoothing(ses, Float64Array.of(1, Number.NaN, 2))).toThrow('fill its gaps first');
    const multiplicative: SmoothingForm = { trend: 'additive', season: 'multiplicative', period: 2 };
    expect(() => fitSmoothing(multiplicative, Float64Array.of(1, 2, 0, 2, 1, 2))).toThrow('values above 0');
    expect(observationsNeeded({ trend: 'damped', season: 'additive', period: 12 })).toBe(24);
  });
});

describeWithSharedFile(
  'reference/statsmodels.json',
  'exponential smoothing against the reference',
  (path) => {
    const fits = referenceFits(path);

    it('has every form of the reference', () => {
      expect(fits.length).toBe(27);
    });

    it.each(fits)(
      'gives its sum of squares and forecasts from its parameters: %s',
      (_, form, values, fit) => {
        const { sumOfSquares, state, fitted } = runSmoothing(form, parametersOf(fit), values);
        expect(sumOfSquares / fit.sse).toBeCloseTo(1, 9);
        expect(fitted.length).toBe(values.length);
        const forecast = forecastSmoothing(form, fit.phi ?? 1, state, 12);
        // The reference's own forecasts at h = m, 2m use a season from before its last update; its recursion does not.
        (fit.forecast_recursion ?? fit.forecast).forEach((expected, h) => {
          expect(Math.abs((forecast[h] ?? 0) / expected - 1)).toBeLessThan(1e-9);
        });
      },
    );

    it('takes the season as it was last updated, where the reference forecasts from a stale one', () => {
      const entry = fits.find(([name]) => name === 'air, hw_additive');
      const [, form, values, fit] = entry ?? expect.fail('The reference has no additive fit of air.');
      const forecast = forecastSmoothing(form, 1, runSmoothing(form, parametersOf(fit), values).state, 12);
      expect(forecast[11]).toBeCloseTo(488.423, 3);
      expect(fit.forecast[11]).toBeCloseTo(485.435, 3);
    });

    it.each(fits)('reaches the least sum of squares that is known: %s', (_, form, values, reference) => {
      const fit = fitSmoothing(form, values);
      expect(fit.sumOfSquares).toBeLessThanOrEqual(reference.best_sse_known * (1 + 1e-6));
      expect(fit.freeParameters).toBe(reference.aicc_k);
      const best = reference.best_fit ?? reference;
      expect(fit.aicc).toBeLessThan(best.aicc + 1e-4);
      // A sum of squares that is the same to seven digits comes from forecasts that are the same to three.
      if (fit.sumOfSquares > best.sse * (1 - 1e-7)) {
        const forecast = forecastSmoothing(form, fit.parameters.phi, fit.state, 12);
        const expected = forecastSmoothing(
          form,
          best.phi ?? 1,
          runSmoothing(form, parametersOf(best), values).state,
          12,
        );
        forecast.forEach((value, h) => {
          expect(Math.abs(value / (expected[h] ?? 0) - 1)).toBeLessThan(1e-3);
        });
      }
    });
  },
);

function parametersOf(fit: ReferenceFit) {
  return {
    alpha: fit.alpha ?? 0,
    beta: fit.beta ?? 0,
    gamma: fit.gamma ?? 0,
    phi: fit.phi ?? 1,
    level: fit.l0,
    slope: fit.b0 ?? 0,
    season: Float64Array.from(fit.s0),
  };
}
