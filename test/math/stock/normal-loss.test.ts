import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../../src/math/stats/normal-quantile.js';
import { normalDensity, normalLoss, normalUpperTail } from '../../../src/math/stock/normal-loss.js';

describe('the upper tail of the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1, 0.15865525393145705],
    [1.959963984540054, 0.025],
    [2, 0.02275013194817921],
    [3, 0.0013498980316300946],
    [6, 9.865876450376981e-10],
    [-1, 0.8413447460685429],
  ])('is that of the tables at %d', (z, tail) => {
    expect(Math.abs(normalUpperTail(z) / tail - 1)).toBeLessThan(1e-13);
  });

  it('undoes the quantile', () => {
    for (let percent = 1; percent <= 99; percent += 1) {
      expect(1 - normalUpperTail(normalQuantile(percent / 100))).toBeCloseTo(percent / 100, 13);
    }
  });

  it('ends', () => {
    expect(normalUpperTail(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalUpperTail(Number.NEGATIVE_INFINITY)).toBe(1);
  });
});

describe('the loss of the normal distribution', () => {
  // The figures of the tables of G in books on stock, with the digits that they give.
  it.each([
    [0, 0.398942],
    [0.5, 0.197797],
    [1, 0.083315],
    [1.5, 0.029307],
    [2, 0.008491],
    [2.5, 0.002004],
    [3, 0.000382],
    [-1, 1.083315],
  ])('is that of the tables at %d', (z, loss) => {
    expect(Math.abs(normalLoss(z) - loss)).toBeLessThan(6e-7);
  });

  it('is the area under the tail', () => {
    // G(z) is the integral of P(Z > x) from z on: Simpson's rule with steps of .01, up to where the tail is nothing.
    // Its error is step^4 / 180 times the fourth derivative, z^4 times the value or so: 1e-8 at the last z.
    for (const z of [-1.3, 0.4, 1.99, 2.01, 3.7]) {
      let area = 0;
      for (let step = 0; step < 500; step += 1) {
        const x = z + step * 0.02;
        const middle = 4 * normalUpperTail(x + 0.01);
        area += (0.02 / 6) * (normalUpperTail(x) + middle + normalUpperTail(x + 0.02));
      }
      expect(Math.abs(normalLoss(z) / area - 1)).toBeLessThan(2e-8);
    }
  });

  it('keeps its digits far out', () => {
    // f(z) / z^2 (1 - 3 / z^2 + 15 / z^4 - 105 / z^6 + ...): the first term left out, 945 / z^8, is 1e-13 at z = 100.
    const series =
      (normalDensity(30) / 900) * (1 - 3 / 900 + 15 / 900 ** 2 - 105 / 900 ** 3 + 945 / 900 ** 4);
    expect(Math.abs(normalLoss(30) / series - 1)).toBeLessThan(2e-11);
    expect(normalLoss(Number.POSITIVE_INFINITY)).toBe(0);
  });
});
