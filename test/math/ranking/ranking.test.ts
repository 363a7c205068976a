import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankCatalogue } from '../../../src/math/ranking/rank-catalogue.js';
import { rankingMetrics } from '../../../src/math/ranking/ranking-metrics.js';
import { topK } from '../../../src/math/ranking/top-k.js';
import { sparseFromDense } from '../../../src/math/sparse/sparse-matrix.js';

describe('topK', () => {
  it('is a stable descending sort, cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), fc.nat(8), (values, k) => {
        const expected = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, k);
        const { indices, scores } = topK(Float64Array.from(values), k);
        expect([...indices]).toEqual(expected);
        expect([...scores]).toEqual(expected.map((index) => values[index]));
      }),
    );
  });

  it('of some candidates, whatever their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(9)), fc.nat(4), (candidates, k) => {
        const scores = Float64Array.of(1, 2, 1, 2, 0, 0, 1, 2, 1, 0);
        const expected = candidates
          .toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
          .slice(0, k);
        expect([...topK(scores, k, { candidates: Int32Array.from(candidates) }).indices]).toEqual(expected);
      }),
    );
  });

  it('leaves out what is excluded, what is no number and what is not above the bound', () => {
    const scores = Float64Array.of(3, Number.NaN, 2, 1, 0);
    expect([...topK(scores, 5, { excluded: Uint8Array.of(1, 0, 0, 0, 0) }).indices]).toEqual([2, 3, 4]);
    expect([...topK(scores, 5, { above: 1 }).indices]).toEqual([0, 2]);
  });
});

describe('rankingMetrics', () => {
  it('by hand: ranks 1 and 3 of three hit, of two that were relevant', () => {
    const metrics = rankingMetrics([Int32Array.of(4, 7, 5)], [[5, 4]], 3, 10);
    expect(metrics.recall).toBe(1);
    expect(metrics.precision).toBeCloseTo(2 / 3, 15);
    expect(metrics.ndcg).toBeCloseTo((1 + 1 / 2) / (1 + 1 / Math.log2(3)), 15);
    expect(metrics.map).toBeCloseTo((1 + 2 / 3) / 2, 15);
    expect(metrics.hitRate).toBe(1);
    expect(metrics.coverage).toBeCloseTo(0.3, 15);
    expect(metrics.ndcgStandardError).toBe(0);
  });

  it('averages over the users with something relevant', () => {
    const metrics = rankingMetrics(
      [Int32Array.of(1), Int32Array.of(2), Int32Array.of(3)],
      [[1], [], [4]],
      1,
      4,
    );
    expect(metrics.users).toBe(2);
    expect(metrics.recall).toBe(0.5);
    expect(metrics.coverage).toBe(0.5);
    expect([...metrics.ndcgOfUser]).toEqual([1, 0]);
    expect(metrics.ndcgStandardError).toBeCloseTo(0.5, 15);
  });

  it('divides by k where the list is short', () => {
    const metrics = rankingMetrics([Int32Array.of(1)], [[1, 2, 3]], 2, 4);
    expect(metrics.precision).toBe(0.5);
    expect(metrics.map).toBe(0.5);
  });

  it('refuses a test part in which nobody has anything new', () => {
    expect(() => rankingMetrics([Int32Array.of(1)], [[]], 1, 4)).toThrow('No user has a relevant item');
    expect(() => rankingMetrics([], [[1]], 1, 4)).toThrow('There are 0 lists for 1 users');
  });
});

describe('rankCatalogue', () => {
  const owned = sparseFromDense([
    [1, 0, 0],
    [0, 0, 0],
  ]);
  const scoreCatalogue = (_: number, scores: Float64Array) => scores.set([3, 1, 2]);
  const listsOf = (options: { readonly keepOwned?: boolean }) =>
    rankCatalogue([1, 0], scoreCatalogue, { k: 2, owned, ...options }).map(({ indices }) => [...indices]);

  it('leaves out what the user has, for that user alone', () => {
    expect(listsOf({})).toEqual([
      [0, 2],
      [2, 1],
    ]);
  });

  it('keeps it where asked', () => {
    expect(listsOf({ keepOwned: true })).toEqual([
      [0, 2],
      [0, 2],
    ]);
  });
});
