import { describe, expect, it } from 'vitest';
import { normalQuantile, studentFactor } from '../../../src/math/stats/normal-quantile.js';

describe('quantiles of the normal distribution', () => {
  it.each([
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.5, 0],
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167813],
    [1e-20, -9.262340089798409],
  ])('are those of the tables: %d', (probability, z) => {
    expect(normalQuantile(probability)).toBeCloseTo(z, 13);
  });

  it('are endless at the ends and nowhere else', () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(1.1)).toBeNaN();
  });

  it.each([
    [0.8, 1, 3.0776835],
    [0.8, 2, 1.8856181],
    [0.95, 3, 3.1824463],
    [0.8, 5, 1.475884],
    [0.99, 10, 3.1692727],
    [0.95, 30, 2.0422725],
    [0.95, Number.POSITIVE_INFINITY, 1.959963984540054],
  ])("are Student's for %d with %d degrees of freedom", (level, degrees, factor) => {
    expect(Math.abs(studentFactor(level, degrees) / factor - 1)).toBeLessThan(1e-5);
  });
});
