import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../../../src/core/random.js';
import { clusterMeans } from '../../../src/math/cluster/cluster-means.js';
import { type KMeansFit, nearestClusters, trainKMeans } from '../../../src/math/cluster/k-means.js';
import { descend } from '../../../src/math/cluster/k-means-descent.js';
import { drawNormal } from '../../../src/math/random-variates.js';
import { shareBelow } from '../../../src/math/stats/quantile.js';
import { fitScale, scaleRows } from '../../../src/math/stats/scaling.js';
import { readCustomerTable } from '../../support/customer-table.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

const fiveCustomers = Float64Array.of(5, 500, 10, 2, 100, 40, 10, 1200, 5, 1, 50, 90, 4, 300, 20);

/** The rows of each cluster, counted from 1, in the order of their first row. */
function groupsOf({ labels, model }: KMeansFit): number[][] {
  const groups = Array.from(model.sizes, (): number[] => []);
  labels.forEach((label, row) => {
    groups[label]?.push(row + 1);
  });
  return groups.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

describe('K-means of five customers in three groups', () => {
  it('finds {1,5} {2,4} {3} as they are', () => {
    const fit = trainKMeans(fiveCustomers, 3, { clusters: 3, random: createRandom(0) });
    expect(groupsOf(fit)).toEqual([[1, 5], [2, 4], [3]]);
    expect(fit.model.inertia).toBeCloseTo(22551, 9);
    expect([...fit.model.centroids]).toEqual([1.5, 75, 65, 4.5, 400, 15, 10, 1200, 5]);
    expect([...fit.model.sizes]).toEqual([2, 2, 1]);
  });

  it('finds {1,2,5} {3} {4} once they are standardised', () => {
    const rows = scaleRows(fitScale('standard', fiveCustomers, 3), fiveCustomers);
    const fit = trainKMeans(rows, 3, { clusters: 3, random: createRandom(0) });
    expect(groupsOf(fit)).toEqual([[1, 2, 5], [3], [4]]);
    expect(fit.model.inertia).toBeCloseTo(1.423229284449488, 12);
  });

  it('finds them whatever the seed', () => {
    const rows = scaleRows(fitScale('standard', fiveCustomers, 3), fiveCustomers);
    const inertias = Array.from({ length: 300 }, (_, seed) => {
      return trainKMeans(rows, 3, { clusters: 3, random: createRandom(seed) }).model.inertia;
    });
    expect(Math.max(...inertias)).toBeCloseTo(1.423229284449488, 12);
  });
});

const reference = z.object({
  kmeans_rfm: z.object({
    k: z.record(
      z.string(),
      z.object({
        inertia_best50: z.number(),
        sizes: z.array(z.number()),
        centres_raw_mean_RFM: z.array(z.array(z.number())),
      }),
    ),
  }),
});

describeWithSharedFile('reference/rfm.csv', 'K-means of 4,339 customers', (path) => {
  const raw = readCustomerTable(path);
  const rows = scaleRows(fitScale('log-standard', raw, 3), raw);
  const expected = reference.parse(
    JSON.parse(readFileSync(path.replace('rfm.csv', 'segment_content.json'), 'utf8')),
  ).kmeans_rfm.k;

  it.each([2, 3, 4, 5, 6, 7, 8])(
    "comes within 0.05 % of the best of scikit-learn's 50 starts for %d clusters",
    (clusters) => {
      const fit = trainKMeans(rows, 3, { clusters, random: createRandom(1).stream(`${clusters}`) });
      expect(fit.model.inertia / (expected[clusters]?.inertia_best50 ?? 0)).toBeLessThan(1.0005);
      expect(fit.model.sizes.reduce((sum, size) => sum + size, 0)).toBe(4339);
      // A model at rest: each row is at its nearest centroid, and each centroid is the mean of its rows.
      expect(nearestClusters(fit.model, rows)).toEqual(fit.labels);
      clusterMeans(rows, 3, fit.labels, clusters).forEach((mean, at) => {
        expect(mean).toBeCloseTo(fit.model.centroids[at] ?? 0, 12);
      });
    },
  );

  it('finds the four groups of the reference, from the most to the least recent', () => {
    const fit = trainKMeans(rows, 3, { clusters: 4, random: createRandom(1) });
    const means = clusterMeans(raw, 3, fit.labels, 4);
    expected[4]?.centres_raw_mean_RFM.flat().forEach((mean, at) => {
      // Optima close to each other differ by a few customers.
      expect(Math.abs((means[at] ?? 0) / mean - 1)).toBeLessThan(0.02);
    });
    expected[4]?.sizes.forEach((size, cluster) => {
      expect(Math.abs((fit.model.sizes[cluster] ?? 0) - size)).toBeLessThan(20);
    });
    // Where each group stands among all customers: recent or not, and worth more or less than half of them.
    const ranks = [0, 1, 2].map((column) => {
      const sorted = raw.filter((_, at) => at % 3 === column).sort();
      return [0, 1, 2, 3].map((cluster) => shareBelow(sorted, means[cluster * 3 + column] ?? 0));
    });
    const worth = [0, 1, 2, 3].map(
      (cluster) => ((ranks[1]?.[cluster] ?? 0) + (ranks[2]?.[cluster] ?? 0)) / 2,
    );
    expect(ranks[0]?.map((rank) => rank > 0.5)).toEqual([false, false, true, true]);
    expect(worth.map((share) => Math.floor(share * 4))).toEqual([3, 1, 2, 1]);
  });
});

const tables = fc
  .array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((rows) => Float64Array.from(rows.flat()));

/** Lloyd's iteration without bounds, to the end; undefined where a centroid loses all its rows on the way. */
function plainLloyd(rows: Float64Array, seeds: Float64Array): Float64Array | undefined {
  let centroids = seeds;
  for (;;) {
    const model = { columns: 2, centroids, sizes: new Int32Array(0), inertia: 0 };
    const labels = nearestClusters(model, rows);
    if (new Set(labels).size < centroids.length / 2) return undefined;
    const means = clusterMeans(rows, 2, labels, centroids.length / 2);
    if (means.every((mean, at) => mean === centroids[at])) return centroids;
    centroids = means;
  }
}

describe('K-means', () => {
  it("goes Lloyd's way, whatever the bounds pass over", () => {
    let compared = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const random = createRandom(seed);
      const rows = Float64Array.from({ length: 120 }, () => drawNormal(random, 0, 1));
      const seeds = rows.slice(0, 2 * (2 + (seed % 6)));
      const plain = plainLloyd(rows, seeds);
      if (plain === undefined) continue;
      const found = descend(rows, 2, seeds, { tolerance: 0, iterations: 500 });
      expect([...found.centroids]).toEqual(Array.from(plain, (value) => expect.closeTo(value, 9)));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(280);
  });

  it('is the same for the same seed, leaves no cluster empty and no row far from its own', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 6 }), fc.nat(), (rows, clusters, seed) => {
        const train = () => trainKMeans(rows, 2, { clusters, random: createRandom(seed), starts: 4 });
        const { model, labels } = train();
        expect(train()).toEqual({ model, labels });
        const distinct = new Set(Array.from(labels, (_, row) => `${rows[2 * row]} ${rows[2 * row + 1]}`))
          .size;
        expect(model.sizes).toHaveLength(Math.min(clusters, distinct));
        expect(Math.min(...model.sizes)).toBeGreaterThan(0);
        expect(nearestClusters(model, rows)).toEqual(labels);
        if (clusters >= distinct) expect(model.inertia).toBe(0);
      }),
    );
  });

  it('gives a centroid that no row is nearest to the row that is furthest from its own', () => {
    const rows = Float64Array.of(0, 0, 1, 0, 10, 0, 50, 0);
    const found = descend(rows, 2, Float64Array.of(0, 0, 1000, 1000), { tolerance: 0, iterations: 10 });
    expect([...found.centroids]).toEqual([11 / 3, 0, 50, 0]);
    expect([...found.labels]).toEqual([0, 0, 0, 1]);
  });

  it('reports progress up to 1, and ends where the report throws', () => {
    const shares: number[] = [];
    const rows = Float64Array.from({ length: 60 }, (_, at) => (at * 37) % 101);
    const onProgress = (share: number) => shares.push(share);
    trainKMeans(rows, 2, { clusters: 3, random: createRandom(1), starts: 5, onProgress });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    const cancel = () => {
      throw new Error('enough');
    };
    expect(() => trainKMeans(rows, 2, { clusters: 3, random: createRandom(1), onProgress: cancel })).toThrow(
      'enough',
    );
  });

  it('refuses what it cannot group', () => {
    const random = createRandom(1);
    expect(() => trainKMeans(fiveCustomers, 3, { clusters: 0, random })).toThrow(
      'clusters and starts of at least 1',
    );
    expect(() => trainKMeans(fiveCustomers, 2, { clusters: 2, random })).toThrow('no whole number of rows');
    expect(() => trainKMeans(Float64Array.of(Number.NaN), 1, { clusters: 1, random })).toThrow('not finite');
  });
});
