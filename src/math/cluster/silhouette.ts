// How well rows fit their cluster compared with the next one: the silhouette.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { squaredDistance } from './distance.js';

export interface SilhouetteOptions {
  /** Of more rows than this a sample is taken without replacement; the work grows with the square of their number. */
  readonly sampleMax: number;
  readonly random: Random;
  /** Called now and then with the share that is done; it may throw to cancel. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface Silhouette {
  /** The mean over rows, from -1 to 1. */
  readonly mean: number;
  /** How far chance takes the mean: the sample deviation over the square root of the rows; 0 for a single row. */
  readonly standardError: number;
  /** How many rows it is the mean of: all, or those of the sample. */
  readonly rows: number;
}

/** Rows between two reports of progress. */
const reportEvery = 256;

/**
 * The mean silhouette coefficient s = (b - a) / max(a, b): a is the mean distance of a row to the others of its
 * cluster, b the least mean distance to the rows of another cluster; 0 for a row that is alone in its cluster
 * (P. J. Rousseeuw, "Silhouettes: A Graphical Aid to the Interpretation and Validation of Cluster Analysis",
 * J. Computational and Applied Mathematics 20, 1987). Exact up to `sampleMax` rows, and of the sampled rows among
 * themselves beyond. Undefined where fewer than two clusters have rows, which leaves nothing to compare.
 */
export function silhouette(
  rows: Float64Array,
  columns: number,
  labels: Int32Array,
  { sampleMax, random, onProgress }: SilhouetteOptions,
): Silhouette | undefined {
  if (rows.length !== labels.length * columns) {
    throw new FlywheelError('BAD_INPUT', `${labels.length} labels do not fit ${rows.length / columns} rows.`);
  }
  const { table, starts } = byCluster(rows, columns, labels, chooseRows(labels.length, sampleMax, random));
  const count = table.length / columns;
  const clusters = starts.length - 1;
  if (clusters < 2) return undefined;
  // Sums of distances from each row to each cluster; every pair is looked at once.
  const sums = new Float64Array(clusters * count);
  let own = 0;
  for (let row = 0; row < count; row += 1) {
    if (row % reportEvery === 0) onProgress?.(1 - (1 - row / count) ** 2);
    while (row >= (starts[own + 1] ?? 0)) own += 1;
    for (let other = own; other < clusters; other += 1) {
      const end = starts[other + 1] ?? 0;
      let sum = 0;
      for (let pair = Math.max(row + 1, starts[other] ?? 0); pair < end; pair += 1) {
        const apart = Math.sqrt(squaredDistance(table, row * columns, table, pair * columns, columns));
        sum += apart;
        sums[own * count + pair] = (sums[own * count + pair] ?? 0) + apart;
      }
      sums[other * count + row] = (sums[other * count + row] ?? 0) + sum;
    }
  }
  onProgress?.(1);
  return { ...summaryOf(coefficients(sums, starts)), rows: count };
}

function summaryOf(values: Float64Array): Omit<Silhouette, 'rows'> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}

/** The coefficient of each row. */
function coefficients(sums: Float64Array, starts: Int32Array): Float64Array {
  const clusters = starts.length - 1;
  const count = sums.length / clusters;
  const values = new Float64Array(count);
  let own = 0;
  for (let row = 0; row < count; row += 1) {
    while (row >= (starts[own + 1] ?? 0)) own += 1;
    let within = 0;
    let between = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      const size = (starts[cluster + 1] ?? 0) - (starts[cluster] ?? 0);
      const sum = sums[cluster * count + row] ?? 0;
      if (cluster !== own) between = Math.min(between, sum / size);
      else within = size === 1 ? Number.NaN : sum / (size - 1);
    }
    // Alone in a cluster, or on the very spot of all others: neither fits better.
    const scale = Math.max(within, between);
    if (scale > 0) values[row] = (between - within) / scale;
  }
  return values;
}

/** All rows, or `sampleMax` of them at random, in ascending order (a partial Fisher-Yates shuffle). */
function chooseRows(count: number, sampleMax: number, random: Random): Int32Array {
  const chosen = Int32Array.from({ length: count }, (_, row) => row);
  if (count <= sampleMax) return chosen;
  for (let place = 0; place < sampleMax; place += 1) {
    const other = place + random.integer(count - place);
    const row = chosen[place] ?? 0;
    chosen[place] = chosen[other] ?? 0;
    chosen[other] = row;
  }
  return chosen.slice(0, sampleMax).sort();
}

/** The chosen rows one cluster after another, and where each cluster that has any begins (and the last one ends). */
function byCluster(rows: Float64Array, columns: number, labels: Int32Array, chosen: Int32Array) {
  const ordered = Array.from(chosen).sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0));
  const table = new Float64Array(ordered.length * columns);
  const starts: number[] = [];
  ordered.forEach((row, place) => {
    table.set(rows.subarray(row * columns, (row + 1) * columns), place * columns);
    if (place === 0 || labels[row] !== labels[ordered[place - 1] ?? 0]) starts.push(place);
  });
  return { table, starts: Int32Array.of(...starts, ordered.length) };
}
