import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Adwin, adwinDefaults, adwinLength } from '../../../src/math/online/adwin.js';
import { createLcg } from '../../support/lcg.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

/** The streams of the reference: seed, length, and the value of a draw `u` at time `t`. */
const streams: Record<string, [number, number, (u: number, t: number) => number]> = {
  'bernoulli_.2_to_.8_at_1000': [11, 2000, (u, t) => (u < (t < 1000 ? 0.2 : 0.8) ? 1 : 0)],
  'bernoulli_.2_to_.3_at_2000': [12, 6000, (u, t) => (u < (t < 2000 ? 0.2 : 0.3) ? 1 : 0)],
  'uniform_shift_.3_at_1000': [13, 2000, (u, t) => u + (t < 1000 ? 0 : 0.3)],
  gradual_1000_2000: [14, 3000, (u, t) => u + 0.5 * Math.min(1, Math.max(0, (t - 1000) / 1000))],
  stationary_uniform: [15, 20_000, (u) => u],
  'stationary_bernoulli_.5': [16, 20_000, (u) => (u < 0.5 ? 1 : 0)],
  two_changes: [17, 3000, (u, t) => u + ([0, 0.4, 0.1][Math.floor(t / 1000)] ?? 0)],
};

function valuesOf(name: string): number[] {
  const [seed, length, valueAt] = streams[name] ?? [0, 0, () => 0];
  const { uniform } = createLcg(seed);
  return Array.from({ length }, (_, t) => valueAt(uniform(), t));
}

const run = z.object({
  kwargs: z.object({ clock: z.number().optional(), delta: z.number().optional() }),
  detections: z.array(z.object({ index: z.number(), width_after: z.number(), estimation_after: z.number() })),
  final_width: z.number(),
  final_estimation: z.number(),
});
const referenceFile = z.object({
  adwin: z.object({
    streams: z.record(z.string(), z.object({ sum: z.number(), default: run, clock1: run, 'delta.05': run })),
  }),
});

describeWithSharedFile('reference/online.json', 'ADWIN beside River', (path) => {
  it.each(Object.keys(streams))('sees the changes of %s where River sees them', (name) => {
    const reference = referenceFile.parse(JSON.parse(readFileSync(path, 'utf8'))).adwin.streams[name];
    if (reference === undefined) throw new Error(`The reference has no stream ${name}.`);
    const values = valuesOf(name);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(reference.sum, 9);
    for (const expected of [reference.default, reference.clock1, reference['delta.05']]) {
      const { clock = adwinDefaults.clock, delta = adwinDefaults.delta } = expected.kwargs;
      const adwin = new Adwin({ ...adwinDefaults, clock, delta });
      const seen = values.flatMap((value, index) =>
        adwin.update(value) ? [{ index, width: adwin.width(), mean: adwin.mean() }] : [],
      );
      expect(seen).toEqual(
        expected.detections.map((detection) => ({
          index: detection.index,
          width: detection.width_after,
          mean: expect.closeTo(detection.estimation_after, 9),
        })),
      );
      expect(adwin.width()).toBe(expected.final_width);
      expect(adwin.mean()).toBeCloseTo(expected.final_estimation, 9);
    }
  });
});

describe('ADWIN', () => {
  it('sees a jump of the error rate and none in a stream that stays as it is', () => {
    const jump = new Adwin();
    const seen = valuesOf('bernoulli_.2_to_.8_at_1000').flatMap((value, t) =>
      jump.update(value) ? [t] : [],
    );
    expect(seen).toEqual([1055]);
    const calm = new Adwin();
    expect(valuesOf('stationary_uniform').some((value) => calm.update(value))).toBe(false);
  });

  it('holds the mean of all that came while nothing changes, whatever the buckets', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.4, max: 0.6, noNaN: true }), { maxLength: 300 }), (values) => {
        const adwin = new Adwin();
        expect(values.some((value) => adwin.update(value))).toBe(false);
        expect(adwin.width()).toBe(values.length);
        const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
        expect(adwin.mean()).toBeCloseTo(mean, 12);
      }),
    );
  });

  it('goes on from a copy of its memory to the last bit, also over a change', () => {
    const values = valuesOf('two_changes');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: values.length }), (cut) => {
        const whole = new Float64Array(adwinLength(adwinDefaults));
        const throughout = new Adwin(adwinDefaults, whole);
        for (const value of values) throughout.update(value);
        const first = new Float64Array(adwinLength(adwinDefaults));
        const before = new Adwin(adwinDefaults, first);
        for (const value of values.slice(0, cut)) before.update(value);
        const second = first.slice();
        const after = new Adwin(adwinDefaults, second);
        for (const value of values.slice(cut)) after.update(value);
        expect(second).toEqual(whole);
      }),
      { numRuns: 30, examples: [[1055], [1056], [2047], [2048]] },
    );
  });

  it('refuses parameters that mean nothing and a memory of another size', () => {
    expect(() => new Adwin({ ...adwinDefaults, delta: 0 })).toThrow('delta between 0 and 1');
    expect(() => new Adwin(adwinDefaults, new Float64Array(3))).toThrow('has 3 numbers');
  });
});
