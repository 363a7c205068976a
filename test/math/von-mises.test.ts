import { describe, expect, it } from 'vitest';
import { besselI0, circularSwell } from '../../src/math/von-mises.js';

describe('besselI0', () => {
  it.each([
    // Abramowitz and Stegun, table 9.8 (which gives exp(-x) I0(x)) and SciPy's i0.
    [0, 1],
    [1, 1.2660658777520084],
    [3, 4.880792585865024],
    [10, 2815.716628466254],
  ])('at %d', (x, expected) => {
    expect(besselI0(x) / expected).toBeCloseTo(1, 13);
  });
});

describe('circularSwell', () => {
  it.each([0, 0.5, 3.2])('has a mean of 1 over the circle at concentration %d', (concentration) => {
    const steps = 720;
    let sum = 0;
    for (let step = 0; step < steps; step += 1)
      sum += circularSwell((2 * Math.PI * step) / steps, concentration);
    expect(sum / steps).toBeCloseTo(1, 12);
  });

  it('is largest at angle 0', () => {
    expect(circularSwell(0, 0.5)).toBeCloseTo(1.5503, 3);
    expect(circularSwell(Math.PI, 0.5)).toBeCloseTo(0.5703, 3);
  });
});
