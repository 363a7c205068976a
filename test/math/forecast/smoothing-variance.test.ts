import { describe, expect, it } from 'vitest';
import {
  forecastSmoothing,
  runSmoothing,
  type SmoothingForm,
} from '../../../src/math/forecast/smoothing-model.js';
import { additiveSpread, multiplicativeVariance } from '../../../src/math/forecast/smoothing-variance.js';
import { describeWithSharedFile } from '../../support/shared-data.js';
import { type ReferenceEts, readSmoothingReference } from '../../support/smoothing-reference.js';

const z80 = 1.2815515655446004;

describe('the spread of smoothing forecasts', () => {
  const weights = { alpha: 1, beta: 0, gamma: 0, phi: 1 };

  it('is that of a random walk when the level is the last value', () => {
    const form: SmoothingForm = { trend: 'none', season: 'none', period: 1 };
    expect([...additiveSpread(form, weights, 4)]).toEqual([1, 2, 3, 4]);
  });

  it('grows with each season by what the season takes from an error', () => {
    const form: SmoothingForm = { trend: 'none', season: 'additive', period: 2 };
    expect([...additiveSpread(form, { ...weights, alpha: 0, gamma: 0.5 }, 5)]).toEqual([
      1, 1, 1.25, 1.25, 1.5,
    ]);
  });

  it('is the square of the forecast, by the error, for one step of a multiplicative season', () => {
    const state = { level: 100, slope: 10, season: Float64Array.of(2, 1) };
    const variance = multiplicativeVariance({ ...weights, alpha: 0.3 }, state, 0.01, 2);
    expect(variance[0]).toBeCloseTo(0.01 * 220 ** 2, 9);
    expect(variance[1]).toBeCloseTo(120 ** 2 * 0.01 + 0.3 ** 2 * 0.01 * 110 ** 2 * 1.01, 9);
  });
});

describeWithSharedFile('reference/statsmodels.json', 'spread against the reference', (path) => {
  const forms: Readonly<Record<string, Omit<SmoothingForm, 'period'>>> = {
    ANN: { trend: 'none', season: 'none' },
    AAN: { trend: 'additive', season: 'none' },
    AAdN: { trend: 'damped', season: 'none' },
    AAA: { trend: 'additive', season: 'additive' },
    MAM: { trend: 'additive', season: 'multiplicative' },
  };
  const models = Object.entries(readSmoothingReference(path)).flatMap(([name, series]) =>
    Object.entries(series.ets).map(([code, ets]): [string, SmoothingForm, Float64Array, ReferenceEts] => {
      const form =
        forms[code] ?? expect.fail(`The reference has a form that this test does not know: ${code}`);
      const period = form.season === 'none' ? 1 : series.period;
      return [`${name}, ${code}`, { ...form, period }, Float64Array.from(series.y), ets];
    }),
  );
  const exact = models.filter(([, form]) => form.season !== 'multiplicative');
  const simulated = models.filter(([, form]) => form.season === 'multiplicative');

  it.each(exact)('gives its variances and forecasts: %s', (_, form, values, ets) => {
    const parameters = parametersOf(ets, form);
    const spread = additiveSpread(form, parameters, 12);
    (ets.forecast_variance ?? expect.fail('There are no variances.')).forEach((variance, h) => {
      expect(Math.abs(((spread[h] ?? 0) * ets.mse_sigma2) / variance - 1)).toBeLessThan(1e-9);
    });
    const { state } = runSmoothing(form, parameters, values);
    const mean = forecastSmoothing(form, parameters.phi, state, 12);
    ets.forecast.forEach((expected, h) => {
      expect(Math.abs((mean[h] ?? 0) / expected - 1)).toBeLessThan(1e-9);
    });
  });

  it('has three multiplicative models', () => {
    expect(simulated.length).toBe(3);
  });

  it.each(simulated)('gives its simulated intervals within 3 %: %s', (_, form, values, ets) => {
    const parameters = parametersOf(ets, form);
    const { state } = runSmoothing(form, parameters, values);
    const mean = forecastSmoothing(form, parameters.phi, state, 12);
    const variance = multiplicativeVariance(parameters, state, ets.mse_sigma2, 12);
    ets.forecast.forEach((expected, h) => {
      // The reference smooths the season against the new level; the published recursion, which this is, does not.
      expect(Math.abs((mean[h] ?? 0) / expected - 1)).toBeLessThan(2e-5);
      const half = z80 * Math.sqrt(variance[h] ?? 0);
      expect(Math.abs(((mean[h] ?? 0) + half) / (ets.hi80[h] ?? 0) - 1)).toBeLessThan(0.03);
      expect(Math.abs(((mean[h] ?? 0) - half) / (ets.lo80[h] ?? 0) - 1)).toBeLessThan(0.03);
    });
  });
});

/** The reference writes slope weights as alpha beta, and a season's states with the latest first. */
function parametersOf({ params }: ReferenceEts, form: SmoothingForm) {
  const alpha = params.smoothing_level ?? 0;
  const season = Array.from(
    { length: form.season === 'none' ? 0 : form.period },
    (_, i) => params[`initial_seasonal.${form.period - 1 - i}`] ?? Number.NaN,
  );
  return {
    alpha,
    beta: (params.smoothing_trend ?? 0) / alpha,
    gamma: params.smoothing_seasonal ?? 0,
    phi: params.damping_trend ?? 1,
    level: params.initial_level ?? 0,
    slope: params.initial_trend ?? 0,
    season: Float64Array.from(season),
  };
}
