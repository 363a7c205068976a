import { describe, expect, it } from 'vitest';
import { armAt, armOf, pointOf } from '../../../src/math/decide/assign-arm.js';

const units = 100_000;
const numbers = Array.from({ length: units }, (_, at) => at);

/** Pearson's statistic of counts that should all be `expected`. */
const chiSquaredOf = (counts: readonly number[], expected: number) =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

describe('the point of a unit', () => {
  it('is the number that anybody computes from SHA-256', () => {
    // printf '["holdout","customer-1"]' | sha256sum begins with 8d19248a441b9719; over 2^64, to 53 bits.
    expect(pointOf('holdout', 'customer-1')).toBe(0.5511648972782939);
  });

  it.each<[string, (at: number) => string]>([
    ['whole numbers', (at) => String(at)],
    ['numbers that differ far behind', (at) => `customer-00000000-${at * 1000}`],
    ['hexadecimal ids', (at) => (0x5eed_0000_0000 + at * 0x1_0001).toString(16).padStart(32, '0')],
    ['addresses', (at) => `${['ann', 'bo', 'çelik', '李'][at % 4]}.${at >>> 2}@example.com`],
    ['runs of one letter and a number', (at) => 'x'.repeat(at % 50) + String(Math.floor(at / 50))],
  ])('spreads %s evenly', (_, idOf) => {
    const counts = new Array<number>(100).fill(0);
    for (const at of numbers) {
      const cell = Math.floor(pointOf('layout', idOf(at)) * 100);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    expect(counts).toHaveLength(100);
    // 99 degrees of freedom: above 148.2 in one of a thousand cases.
    expect(chiSquaredOf(counts, units / 100)).toBeLessThan(148.2);
  });

  it('in one experiment says nothing about that in another', () => {
    // All 100 pairs of tenths are equally likely when both are uniform and independent: 99 degrees of freedom.
    for (const [one, other] of [
      ['layout', 'price'],
      ['test-1', 'test-2'],
      ['a', 'a '],
    ] as const) {
      const counts = new Array<number>(100).fill(0);
      for (let at = 0; at < units / 2; at += 1) {
        const unit = `customer-${at}`;
        const cell = 10 * Math.floor(pointOf(one, unit) * 10) + Math.floor(pointOf(other, unit) * 10);
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
      expect(chiSquaredOf(counts, units / 200)).toBeLessThan(148.2);
    }
  });

  it('keeps pairs apart that look alike when written one after the other', () => {
    const pairs = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['a","b', 'c'],
      ['a', 'b","c'],
      ['', 'abc'],
      ['abc', ''],
      // Halves of a letter, which are all alike as UTF-8.
      ['a', '\ud800'],
      ['a', '\ud801'],
      ['a', '\ufffd'],
    ] as const;
    expect(new Set(pairs.map(([experiment, unit]) => pointOf(experiment, unit))).size).toBe(pairs.length);
  });
});

describe('the arm of a unit', () => {
  const shares = [0.1, 0.6, 0.3];

  it('is the stretch that its point lies in', () => {
    for (let at = 0; at < 2_000; at += 1) {
      const point = pointOf('layout', `u${at}`);
      expect(armOf('layout', `u${at}`, shares)).toBe(point < 0.1 ? 0 : point < 0.7 ? 1 : 2);
    }
  });

  it('holds its share of the units', () => {
    const counts = [0, 0, 0];
    for (const at of numbers) {
      const arm = armOf('layout', `customer-${at}`, shares);
      counts[arm] = (counts[arm] ?? 0) + 1;
    }
    const chiSquared = counts.reduce((sum, count, arm) => {
      const expected = (shares[arm] ?? 0) * units;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    // Two degrees of freedom: above 13.8 in one of a thousand cases.
    expect(chiSquared).toBeLessThan(13.8);
  });

  it('changes only for those who must move when the holdout grows or shrinks', () => {
    for (let at = 0; at < 20_000; at += 1) {
      const unit = String(at);
      const small = armOf('holdout', unit, [0.1, 0.9]);
      const large = armOf('holdout', unit, [0.3, 0.7]);
      // Nobody leaves a holdout that grows, and those who join it stood in the stretch that it grew by.
      if (small === 0) expect(large).toBe(0);
      const point = pointOf('holdout', unit);
      if (small !== large) expect(point >= 0.1 && point < 0.3).toBe(true);
    }
  });

  it('does not change with the share of a holdout that is an experiment of its own', () => {
    const armIn = (unit: string, held: number) =>
      armOf('holdout', unit, [held, 1 - held]) === 0 ? -1 : armOf('layout', unit, [0.2, 0.5, 0.3]);
    let moved = 0;
    const tried = 20_000;
    for (let at = 0; at < tried; at += 1) {
      const [before, after] = [armIn(String(at), 0.1), armIn(String(at), 0.2)];
      if (before === after) continue;
      moved += 1;
      expect(after).toBe(-1);
    }
    // A tenth of all must move.
    expect(Math.abs(moved / tried - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / tried));
  });

  it('begins where the one before it ends, and is never one without a share', () => {
    expect([0, 0.2499, 0.25, 0.7499, 0.75].map((point) => armAt(point, [0.25, 0.5, 0.25]))).toEqual([
      0, 0, 1, 1, 2,
    ]);
    expect([0, 0.49, 0.5, 0.99].map((point) => armAt(point, [0, 0.5, 0, 0.5, 0]))).toEqual([1, 1, 3, 3]);
    expect(armAt(0.3, [1])).toBe(0);
  });

  it('is the last with a share where rounding leaves a hair', () => {
    // Ten tenths sum to 1 - 2^-53, which is itself the last point.
    const tenths = new Array<number>(10).fill(0.1);
    expect(tenths.reduce((sum, share) => sum + share, 0)).toBe(1 - 2 ** -53);
    expect(armAt(1 - 2 ** -53, [...tenths, 0])).toBe(9);
    expect(armAt(1 - 2 ** -53, [0.5, 0.5 - 5e-10, 0])).toBe(1);
  });

  it.each([-0.1, 1, Number.NaN])('is none for the point %d', (point) => {
    expect(() => armAt(point, [0.5, 0.5])).toThrow(RangeError);
  });

  it.each([
    [[]],
    [[0.5, 0.4]],
    [[0.5, 0.6]],
    [[1.5, -0.5]],
    [[Number.NaN, 1]],
    [[Number.POSITIVE_INFINITY]],
    [[0, 0]],
  ])('needs shares that sum to 1, not %j', (bad) => {
    expect(() => armOf('x', 'u', bad)).toThrow(RangeError);
  });
});
