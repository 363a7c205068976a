// K-means: groups rows around centroids so that the sum of squared distances is least, and finds the group of new rows.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { columnMoments } from '../stats/column-moments.js';
import { rowCount } from '../stats/row-count.js';
import { squaredDistance } from './distance.js';
import { type Descent, descend } from './k-means-descent.js';
import { seedCentroids } from './k-means-plus-plus.js';

export interface KMeansOptions {
  /** How many groups; fewer are made where the rows have fewer distinct ones. */
  readonly clusters: number;
  readonly random: Random;
  /** From how many seedings the best is taken. */
  readonly starts?: number;
  /** Told the share that is done, before each iteration; it may throw to cancel. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What a new row is compared with. */
export interface KMeansModel {
  readonly columns: number;
  /** One row of `columns` numbers per cluster, in ascending order of the first column, then of the next. */
  readonly centroids: Float64Array;
  /** How many of the rows that were learned belong to each cluster. */
  readonly sizes: Int32Array;
  /** The sum of squared distances from those rows to their centroids. */
  readonly inertia: number;
}

export interface KMeansFit {
  readonly model: KMeansModel;
  /** The cluster of each row. */
  readonly labels: Int32Array;
}

/** Enough for the best known inertia on customer tables of up to eight clusters, seed after seed. */
const startsByDefault = 20;

/** Starts are compared when their centroids rest to this part of the variance; only the best goes on to the end. */
const startTolerance = 1e-4;
const iterationsMax = 1000;

/**
 * Minimises the inertia, sum over rows of min over clusters |x - c|^2, by K-means++ seedings that go downhill to a
 * local minimum, of which the lowest is kept. The same rows, options and seed give the same model.
 *
 * `rows` holds rows of `columns` finite numbers one after another. No row, a number that is not finite, or no cluster
 * is BAD_INPUT.
 */
export function trainKMeans(rows: Float64Array, columns: number, options: KMeansOptions): KMeansFit {
  const { clusters, random, starts = startsByDefault, onProgress } = options;
  if (!Number.isInteger(clusters) || clusters < 1 || !Number.isInteger(starts) || starts < 1) {
    throw new FlywheelError(
      'BAD_INPUT',
      'K-means needs a whole number of clusters and of starts, at least 1 each.',
    );
  }
  const { deviations } = columnMoments(rows, columns);
  const variance = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0) / columns;
  const run = (seeds: Float64Array, tolerance: number, share: number): Descent =>
    descend(rows, columns, seeds, {
      tolerance,
      iterations: iterationsMax,
      onIteration: () => onProgress?.(share),
    });

  let best: Descent | undefined;
  for (let start = 0; start < starts; start += 1) {
    const seeds = seedCentroids(rows, columns, clusters, random);
    const found = run(seeds, startTolerance * variance, start / starts);
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  if (best === undefined) throw new FlywheelError('INTERNAL', 'K-means made no start.');
  // To rest, and once more from there: the second way begins with exact sums, where the first has rounded on its way.
  for (let way = 0; way < 2; way += 1) best = run(best.centroids, 0, 1);
  return inOrder(best, columns);
}

/** Numbers the clusters by their centroids, so that the same groups have the same numbers whatever the seeding. */
function inOrder({ centroids, labels, sizes, inertia }: Descent, columns: number): KMeansFit {
  const rowOf = (cluster: number) => centroids.subarray(cluster * columns, (cluster + 1) * columns);
  const order = Array.from(sizes.keys()).sort((a, b) => compareRows(rowOf(a), rowOf(b)));
  const rank = new Int32Array(order.length);
  const sorted = new Float64Array(centroids.length);
  order.forEach((cluster, index) => {
    rank[cluster] = index;
    sorted.set(rowOf(cluster), index * columns);
  });
  return {
    model: {
      columns,
      centroids: sorted,
      sizes: Int32Array.from(order, (cluster) => sizes[cluster] ?? 0),
      inertia,
    },
    labels: labels.map((label) => rank[label] ?? 0),
  };
}

/** Negative where a comes before b: by the first column in which they differ. */
function compareRows(a: Float64Array, b: Float64Array): number {
  const differing = a.findIndex((value, column) => value !== b[column]);
  return differing < 0 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}

/**
 * The cluster whose centroid is nearest to each row, the lower number where two are alike. `rows` is laid out and
 * scaled as the rows that the model was trained on.
 */
export function nearestClusters({ columns, centroids }: KMeansModel, rows: Float64Array): Int32Array {
  const labels = new Int32Array(rowCount(rows, columns));
  for (let row = 0; row < labels.length; row += 1) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster * columns < centroids.length; cluster += 1) {
      const apart = squaredDistance(rows, row * columns, centroids, cluster * columns, columns);
      if (apart < nearest) {
        nearest = apart;
        labels[row] = cluster;
      }
    }
  }
  return labels;
}
