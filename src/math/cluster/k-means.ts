// K-means: groups rows around centroids so that the sum of squared distances is least, and finds the group of new rows.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { columnMoments } from '../stats/column-moments.js';
import { rowCount } from '../stats/row-count.js';
import { squaredDistance } from './distance.js';
import { type Descent, descend } from './k-means-descent.js';
import { seedCentroids } from './k-means-plus-plus.js';

export interface KMeansEffort {
  /** From how many seedings the best goes on. */
  readonly starts?: number;
  /** How often two centroids of the best are put elsewhere to see whether that is better. */
  readonly swaps?: number;
}

export interface KMeansOptions extends KMeansEffort {
  /** How many groups; fewer are made where the rows have fewer distinct ones. */
  readonly clusters: number;
  readonly random: Random;
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

/**
 * Enough for the best known inertia of thousands of customers in up to eight groups, seed after seed. Swaps find it sooner
 * than more starts: they keep what is well placed already.
 */
const usualEffort = { starts: 6, swaps: 10 } as const;
/** For fewer rows than this, where each way costs little and one row may decide: five rows need it, one seed in 80. */
const fewRows = 500;
const effortForFew = { starts: 40, swaps: 40 } as const;
const swappedAtOnce = 2;

/** Ways are compared when their centroids rest to this part of the variance; only the best goes on to the end. */
const roughTolerance = 1e-4;
const iterationsMax = 1000;

/**
 * Minimises the inertia, sum over rows of min over clusters |x - c|^2: K-means++ seedings go downhill to a local
 * minimum; the lowest is then improved by random swaps (P. Fränti, "Efficiency of Random Swap Clustering", J. Big Data
 * 5:13, 2018), where two of its centroids at random give way to two that are seeded anew, kept if that ends lower. The
 * same rows, options and seed give the same model.
 *
 * `rows` holds rows of `columns` finite numbers one after another. No row, a number that is not finite, or no cluster
 * is BAD_INPUT.
 */
export function trainKMeans(rows: Float64Array, columns: number, options: KMeansOptions): KMeansFit {
  const effort = rows.length / columns < fewRows ? effortForFew : usualEffort;
  const { clusters, random, starts = effort.starts, swaps = effort.swaps, onProgress } = options;
  if (!(isCount(clusters, 1) && isCount(starts, 1) && isCount(swaps, 0))) {
    throw new FlywheelError(
      'BAD_INPUT',
      'K-means needs whole numbers: clusters and starts of at least 1, swaps of at least 0.',
    );
  }
  const { deviations } = columnMoments(rows, columns);
  const variance = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0) / columns;
  const descendFrom = (seeds: Float64Array, tolerance: number, share: number): Descent => {
    const onIteration = () => onProgress?.(share);
    return descend(rows, columns, seeds, { tolerance, iterations: iterationsMax, onIteration });
  };

  // One cluster has one minimum.
  const ways = clusters === 1 ? 1 : starts + swaps;
  let best: Descent | undefined;
  for (let way = 0; way < ways && best?.inertia !== 0; way += 1) {
    const kept = best !== undefined && way >= starts ? thinOut(best.centroids, columns, random) : noCentroids;
    const seeds = seedCentroids(rows, columns, clusters, random, kept);
    const found = descendFrom(seeds, roughTolerance * variance, way / ways);
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  return inOrder(descendFrom(best?.centroids ?? noCentroids, 0, 1), columns);
}

const noCentroids = new Float64Array(0);

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

/** The centroids without two of them at random, but with at least one. */
function thinOut(centroids: Float64Array, columns: number, random: Random): Float64Array {
  const left = Array.from({ length: centroids.length / columns }, (_, cluster) => cluster);
  for (let gone = 0; gone < swappedAtOnce && left.length > 1; gone += 1) {
    left.splice(random.integer(left.length), 1);
  }
  return Float64Array.from(
    left.flatMap((cluster) => Array.from(centroids.subarray(cluster * columns, (cluster + 1) * columns))),
  );
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
