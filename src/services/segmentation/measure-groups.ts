// How good groups are for customers that they were not learned from.

import type { Random } from '../../core/random.js';
import { nearestClusters, trainKMeans } from '../../math/cluster/k-means.js';
import { type Silhouette, silhouette } from '../../math/cluster/silhouette.js';
import { fitScale, type ScalingMethod, scaleRows } from '../../math/stats/scaling.js';

/** Customers that a silhouette looks at; the work grows with the square of their number. */
export const silhouetteSampleMax = 5_000;

/** One customer in so many is held back to measure by; where there are fewer than the least, all are learned from. */
const heldBack = { oneIn: 5, rowsMin: 50 } as const;

export interface MeasureGroupsOptions {
  readonly scaling: ScalingMethod;
  readonly clusters: number;
  readonly random: Random;
  /** Told the share that is done; it may throw to cancel. */
  readonly onProgress: (share: number) => void;
}

export interface MeasuredGroups {
  /** The rows that were held back, or all where none were. */
  readonly judged: Int32Array;
  /** The quality of as many groups, found without the rows held back: the mean silhouette of these. */
  readonly quality: number;
  /** The same of other groups, given as the label of each judged row, on the same scale; undefined for one group. */
  readonly silhouetteOf: (labels: Int32Array) => Silhouette | undefined;
}

/** Measures by rows as they were measured, at least one. All rows in one group have a quality of 0. */
export function measureGroups(
  rows: Float64Array,
  columns: number,
  { scaling, clusters, random, onProgress }: MeasureGroupsOptions,
): MeasuredGroups {
  const { learned, judged } = splitRows(rows.length / columns, random.stream('held back'));
  const scale = fitScale(scaling, pick(rows, columns, learned), columns);
  const scaled = scaleRows(scale, rows);
  const source = random.stream('learned');
  const { model } = trainKMeans(pick(scaled, columns, learned), columns, {
    clusters,
    random: source,
    onProgress,
  });
  const table = pick(scaled, columns, judged);
  const silhouetteOf = (labels: Int32Array) =>
    silhouette(table, columns, labels, { sampleMax: silhouetteSampleMax, random: random.stream('judged') });
  return { judged, quality: silhouetteOf(nearestClusters(model, table))?.mean ?? 0, silhouetteOf };
}

/** Both in ascending order. */
function splitRows(count: number, random: Random): { learned: Int32Array; judged: Int32Array } {
  const all = Int32Array.from({ length: count }, (_, row) => row);
  if (count < heldBack.rowsMin) return { learned: all, judged: all };
  const isHeld = all.map(() => (random.integer(heldBack.oneIn) === 0 ? 1 : 0));
  return {
    learned: all.filter((row) => isHeld[row] === 0),
    judged: all.filter((row) => isHeld[row] === 1),
  };
}

/** The rows at these places, one after another. */
function pick(table: Float64Array, columns: number, places: Int32Array): Float64Array {
  const picked = new Float64Array(places.length * columns);
  places.forEach((row, place) => {
    picked.set(table.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  return picked;
}
