import { describe, expect, it } from 'vitest';
import { logHeight, peakOf, reachOf } from '../../../src/math/decide/beta-curve.js';

describe('the curve of a beta distribution over log-odds', () => {
  it('is the density times the derivative of the rate, over that of the peak', () => {
    // With x = 1 / (1 + e^-t) and dx/dt = x (1 - x), the density over t is x^alpha (1 - x)^beta up to a factor.
    const posterior = { alpha: 3, beta: 5 };
    const heightAt = (t: number) => {
      const x = 1 / (1 + Math.exp(-t));
      return x ** 3 * (1 - x) ** 5;
    };
    const peak = peakOf(posterior);
    expect(peak).toBeCloseTo(Math.log(3 / 5), 14);
    for (const d of [-6, -1, -0.01, 0, 0.01, 1, 6])
      expect(Math.exp(logHeight(posterior, d))).toBeCloseTo(heightAt(peak + d) / heightAt(peak), 12);
  });

  it('keeps its digits after a billion trials', () => {
    // Around the peak -n p q d^2 / 2, with n = 1e12 and p = q = 1/2; the next term, in d^4, is below 1e-12.
    expect(logHeight({ alpha: 5e11, beta: 5e11 }, 1e-6)).toBeCloseTo(-0.125, 8);
    expect(logHeight({ alpha: 5e11, beta: 5e11 }, -2e-6)).toBeCloseTo(-0.5, 8);
  });

  it('keeps its digits where success is all but certain', () => {
    // For beta far below alpha its logarithm is beta (1 - d - e^-d), to beta^2 e^-2d / (2 alpha) < 1e-9.
    const sure = { alpha: 1e12, beta: 0.3 };
    for (const d of [-5, -1, 0.5, 3]) expect(logHeight(sure, d)).toBeCloseTo(0.3 * (1 - d - Math.exp(-d)), 8);
  });

  it('falls like its tails, far from the peak, and never overflows', () => {
    const thin = { alpha: 0.001, beta: 4 };
    // One step of d costs alpha on the left and beta on the right.
    expect(logHeight(thin, -5001) - logHeight(thin, -5000)).toBeCloseTo(-0.001, 10);
    expect(logHeight(thin, 5001) - logHeight(thin, 5000)).toBeCloseTo(-4, 10);
    // Where the leading terms take over there is no step.
    expect(logHeight(thin, 500) - logHeight(thin, 500 - 1e-9)).toBeCloseTo(-4e-9, 10);
  });

  it.each([
    [1, 1],
    [0.001, 1000],
    [1e12, 0.001],
    [1e12, 1e12],
    [30, 400],
  ])('ends where it has all but vanished: (%d, %d)', (alpha, beta) => {
    for (const sign of [-1, 1] as const) {
      const reach = reachOf({ alpha, beta }, sign);
      expect(Math.sign(reach)).toBe(sign);
      expect(logHeight({ alpha, beta }, reach)).toBeLessThanOrEqual(-40);
      expect(logHeight({ alpha, beta }, 0.9 * reach)).toBeGreaterThan(-41);
    }
  });
});
