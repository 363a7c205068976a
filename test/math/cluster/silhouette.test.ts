import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../../../src/core/random.js';
import { chooseClusters } from '../../../src/math/cluster/choose-clusters.js';
import { trainKMeans } from '../../../src/math/cluster/k-means.js';
import { silhouette } from '../../../src/math/cluster/silhouette.js';
import { drawNormal } from '../../../src/math/random-variates.js';
import { fitScale, scaleRows } from '../../../src/math/stats/scaling.js';
import { readCustomerTable } from '../../support/customer-table.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

const random = createRandom(1);
const exact = { sampleMax: 10_000, random };

/** The definition, row by row. */
function plainSilhouette(rows: Float64Array, labels: Int32Array) {
  const meanTo = (row: number, cluster: number) => {
    const others = [...labels.keys()].filter((other) => other !== row && labels[other] === cluster);
    const sum = others.reduce((total, other) => total + Math.abs((rows[row] ?? 0) - (rows[other] ?? 0)), 0);
    return others.length === 0 ? undefined : sum / others.length;
  };
  const clusters = [...new Set(labels)];
  const scores = [...labels.entries()].map(([row, own]) => {
    const a = meanTo(row, own);
    const b = Math.min(
      ...clusters.flatMap((cluster) => (cluster === own ? [] : [meanTo(row, cluster) ?? 0])),
    );
    return a === undefined || Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b);
  });
  const count = scores.length;
  const mean = scores.reduce((sum, score) => sum + score, 0) / count;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, count - 1);
  return { mean, standardError: Math.sqrt(variance / count) };
}

describe('the silhouette', () => {
  it('is that of its definition, clusters of one row and of like rows too', () => {
    const labelled = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(labelled, (pairs) => {
        const rows = Float64Array.from(pairs, ([value]) => value);
        const labels = Int32Array.from(pairs, ([, label]) => label);
        const found = silhouette(rows, 1, labels, exact);
        if (new Set(labels).size < 2) expect(found).toBeUndefined();
        else
          expect(found).toEqual({
            mean: expect.closeTo(plainSilhouette(rows, labels).mean, 12),
            standardError: expect.closeTo(plainSilhouette(rows, labels).standardError, 12),
            rows: pairs.length,
          });
      }),
    );
  });

  it('refuses labels that do not fit and hears a report that throws', () => {
    const rows = Float64Array.of(1, 2, 3);
    expect(() => silhouette(rows, 1, Int32Array.of(0), exact)).toThrow('1 labels do not fit 3 rows');
    const onProgress = () => {
      throw new Error('enough');
    };
    expect(() => silhouette(rows, 1, Int32Array.of(0, 1, 1), { ...exact, onProgress })).toThrow('enough');
  });
});

const reference = z.object({
  kmeans_rfm: z.object({
    k: z.record(z.string(), z.object({ inertia_best50: z.number(), silhouette: z.number() })),
  }),
});

describeWithSharedFile('reference/rfm.csv', 'the silhouette of 4,339 customers', (path) => {
  const raw = readCustomerTable(path);
  const rows = scaleRows(fitScale('log-standard', raw, 3), raw);
  const expected = reference.parse(
    JSON.parse(readFileSync(path.replace('rfm.csv', 'segment_content.json'), 'utf8')),
  ).kmeans_rfm.k;

  it('is the one of the reference to the customers by which close optima differ', () => {
    for (const clusters of [2, 4]) {
      const { labels } = trainKMeans(rows, 3, { clusters, random: createRandom(1) });
      const found = silhouette(rows, 3, labels, exact);
      expect(found?.rows).toBe(4339);
      expect(Math.abs((found?.mean ?? 0) - (expected[clusters]?.silhouette ?? 0))).toBeLessThan(0.002);
    }
  });

  it('of a sample comes close, is the same for the same seed, and chooses two groups as the reference does', () => {
    const choose = (seed: number) =>
      chooseClusters(rows, 3, {
        from: 2,
        to: 4,
        random: createRandom(seed),
        effort: { starts: 2, swaps: 2 },
        sampleMax: 1000,
      });
    const chosen = choose(1);
    expect(choose(1)).toEqual(chosen);
    expect(chosen.fit.model.sizes).toHaveLength(2);
    expect(chosen.candidates.map(({ clusters }) => clusters)).toEqual([2, 3, 4]);
    for (const { clusters, silhouette: mean } of chosen.candidates) {
      expect(Math.abs(mean - (expected[clusters]?.silhouette ?? 0))).toBeLessThan(0.03);
    }
  });
});

describe('the choice of the number of clusters', () => {
  it('finds the heaps that are there', () => {
    const source = createRandom(8);
    const rows = Float64Array.from({ length: 600 }, (_, at) =>
      drawNormal(source, 10 * (Math.floor(at / 2) % 3), 1),
    );
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const { fit, candidates } = chooseClusters(rows, 2, {
      from: 2,
      to: 6,
      random,
      sampleMax: 150,
      onProgress,
    });
    expect([...fit.model.sizes]).toEqual([100, 100, 100]);
    expect(candidates).toHaveLength(5);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('makes do with few or like rows', () => {
    const choose = (from: number, ...values: number[]) =>
      chooseClusters(Float64Array.from(values), 1, { from, to: 8, random, sampleMax: 100 });
    expect(choose(2, 7, 7, 7, 7)).toMatchObject({
      candidates: [],
      fit: { labels: Int32Array.of(0, 0, 0, 0) },
    });
    expect(choose(2, 7, 9)).toMatchObject({ candidates: [], fit: { labels: Int32Array.of(0, 0) } });
    expect(choose(4, 1, 1, 5, 5, 9, 9).candidates).toEqual([{ clusters: 3, inertia: 0, silhouette: 1 }]);
    expect(choose(5, 1, 2, 9).fit.labels).toEqual(Int32Array.of(0, 0, 1));
    expect(() => choose(1, 1, 2, 3)).toThrow('2 or more');
  });
});
