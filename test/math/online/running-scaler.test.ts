import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunningScaler, runningScalerLength } from '../../../src/math/online/running-scaler.js';

describe('the running scaler', () => {
  it('scales by the mean and population deviation of what it has seen', () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 50 }), value, (seen, next) => {
        const scaler = new RunningScaler([1], new Float64Array(runningScalerLength(1)));
        for (const each of seen) scaler.learn(Float64Array.of(7, each));
        const mean = seen.reduce((sum, each) => sum + each, 0) / seen.length;
        const variance = seen.reduce((sum, each) => sum + (each - mean) ** 2, 0) / seen.length;
        fc.pre(variance > 1e-3);
        const into = new Float64Array(2);
        scaler.scale(Float64Array.of(7, next), into);
        const z = Math.max(-5, Math.min(5, (next - mean) / Math.sqrt(variance)));
        expect(into[0]).toBe(7);
        expect(into[1]).toBeCloseTo(z, 8);
      }),
    );
  });

  it('gives 0 for what is missing or never varied, and does not count what is missing', () => {
    const memory = new Float64Array(runningScalerLength(1));
    const scaler = new RunningScaler([0], memory);
    const into = new Float64Array(2);
    scaler.learn(Float64Array.of(3, 0));
    scaler.learn(Float64Array.of(Number.NaN, 0));
    scaler.learn(Float64Array.of(3, 0));
    scaler.scale(Float64Array.of(9, Number.NaN), into);
    expect([...into]).toEqual([0, 0]);
    expect([...memory]).toEqual([2, 3, 0]);
    expect(() => new RunningScaler([0, 1], memory)).toThrow('has 6 numbers, not 3');
  });
});
