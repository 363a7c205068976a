import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forecastCroston,
  forecastCrostonOptimised,
  forecastSba,
  forecastTsb,
} from '../../../src/math/forecast/intermittent.js';
import { describeWithSharedFile } from '../../support/shared-data.js';
import { readSmoothingReference } from '../../support/smoothing-reference.js';

const demand = Float64Array.of(0, 6, 0, 0, 3, 0, 0, 0, 5);

describe('methods for demand that comes now and then', () => {
  it('smooth sizes and waiting times by hand', () => {
    // Sizes 6, 3, 5 and gaps 2, 3, 4 with weight .1: 6 -> 5.7 -> 5.63; 2 -> 2.1 -> 2.29.
    const { mean, fitted } = forecastCroston(demand, 2);
    expect([...mean]).toEqual([mean[0], mean[0]]);
    expect(mean[0]).toBeCloseTo(5.63 / 2.29, 12);
    expect([...fitted.subarray(0, 4)]).toEqual([Number.NaN, Number.NaN, 3, 3]);
    expect(forecastSba(demand, 1).mean[0]).toBeCloseTo((0.95 * 5.63) / 2.29, 12);
  });

  it('let the chance of a demand sink while nothing is sold', () => {
    const long = new Float64Array(40);
    long.set(demand);
    expect(forecastTsb(long, 1, 0.1, 0.1).mean[0]).toBeLessThan(0.1);
    expect(forecastCroston(long, 1).mean[0]).toBeCloseTo(5.63 / 2.29, 12);
  });

  it('forecast 0 where nothing was ever sold', () => {
    for (const method of [forecastCroston, forecastSba, forecastCrostonOptimised]) {
      expect([...method(new Float64Array(5), 2).mean]).toEqual([0, 0]);
    }
    expect([...forecastTsb(new Float64Array(5), 2, 0.1, 0.1).mean]).toEqual([0, 0]);
  });

  it('refuse what is no demand', () => {
    expect(() => forecastCroston(Float64Array.of(1, -1), 1)).toThrow('never below 0');
    expect(() => forecastTsb(Float64Array.of(1, -1), 1, 0.1, 0.1)).toThrow('never below 0');
  });

  it('keep to the unit of the series', () => {
    const values = fc.array(fc.nat(9), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(values, (counts) => {
        const plain = forecastCrostonOptimised(Float64Array.from(counts), 1).mean[0] ?? 0;
        const scaled = forecastCrostonOptimised(
          Float64Array.from(counts, (count) => count * 8),
          1,
        ).mean[0];
        expect(Math.abs((scaled ?? 0) - 8 * plain)).toBeLessThanOrEqual(1e-4 * plain);
      }),
    );
  });
});

describeWithSharedFile('reference/statsmodels.json', 'intermittent demand against the reference', (path) => {
  const series = readSmoothingReference(path).intermittent;
  const values = Float64Array.from(series?.y ?? []);

  it.each([
    ['croston', () => forecastCroston(values, 1), 1e-12],
    ['sba', () => forecastSba(values, 1), 1e-12],
    ['tsb_.1_.1', () => forecastTsb(values, 1, 0.1, 0.1), 1e-12],
    ['tsb_.2_.3', () => forecastTsb(values, 1, 0.2, 0.3), 1e-12],
    // Its weights are where an optimiser stopped, one ten-thousandth from the bottom of a flat valley.
    ['croston_optimized', () => forecastCrostonOptimised(values, 1), 1e-6],
  ])('gives the figure of %s', (name, forecast, tolerance) => {
    const expected = series?.intermittent?.[name]?.forecast ?? Number.NaN;
    expect(Math.abs((forecast().mean[0] ?? 0) - expected)).toBeLessThan(tolerance);
  });
});
