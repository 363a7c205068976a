// How many groups there are to be, and how good they are for customers that were not learned from.

import type { Random } from '../../core/random.js';
import { chooseClusters } from '../../math/cluster/choose-clusters.js';
import { nearestClusters, trainKMeans } from '../../math/cluster/k-means.js';
import { silhouette } from '../../math/cluster/silhouette.js';
import { fitScale, type ScalingMethod, scaleRows } from '../../math/stats/scaling.js';

/** How many groups are tried where no number is given. */
const tried = { from: 3, to: 8 } as const;

/** Customers that a silhouette looks at; the work grows with the square of their number. */
const sampleMax = 5_000;

/** One customer in so many is held back to measure by; where there are fewer than the least, all are learned from. */
const heldBack = { oneIn: 5, rowsMin: 50 } as const;

export interface ChooseGroupsOptions {
  readonly scaling: ScalingMethod;
  /** The number of groups, where it is given. */
  readonly clusters: number | undefined;
  readonly random: Random;
  /** Told the share that is done; it may throw to cancel. */
  readonly onProgress: (share: number) => void;
}

export interface ChosenGroups {
  readonly clusters: number;
  /** What was tried; empty where the number was given. */
  readonly candidates: readonly { clusters: number; inertia: number; silhouette: number }[];
  /** The rows that were held back, or all where none were. */
  readonly judged: Int32Array;
  /** The quality of the groups that were found without the rows held back. */
  readonly quality: number;
  /** The quality of other groups, given as the label of each judged row: their mean silhouette on the same scale. */
  readonly qualityOf: (labels: Int32Array) => number;
}

/** Chooses by the silhouette, and measures. `rows` are customers as they were measured, at least one. */
export function chooseGroups(
  rows: Float64Array,
  columns: number,
  { scaling, clusters, random, onProgress }: ChooseGroupsOptions,
): ChosenGroups {
  const { learned, judged } = splitRows(rows.length / columns, random.stream('held back'));
  const scale = fitScale(scaling, pick(rows, columns, learned), columns);
  const scaled = scaleRows(scale, rows);
  const table = pick(scaled, columns, learned);
  const { fit, candidates } =
    clusters === undefined
      ? chooseClusters(table, columns, { ...tried, random: random.stream('choose'), sampleMax, onProgress })
      : {
          fit: trainKMeans(table, columns, { clusters, random: random.stream('given'), onProgress }),
          candidates: [],
        };
  const judgedTable = pick(scaled, columns, judged);
  const qualityOf = (labels: Int32Array) =>
    silhouette(judgedTable, columns, labels, { sampleMax, random: random.stream('judge') })?.mean ?? 0;
  return {
    clusters: clusters ?? fit.model.sizes.length,
    candidates,
    judged,
    quality: qualityOf(nearestClusters(fit.model, judgedTable)),
    qualityOf,
  };
}

/** Both in ascending order. */
function splitRows(count: number, random: Random): { learned: Int32Array; judged: Int32Array } {
  const all = Int32Array.from({ length: count }, (_, row) => row);
  if (count < heldBack.rowsMin) return { learned: all, judged: all };
  const isHeld = all.map(() => (random.integer(heldBack.oneIn) === 0 ? 1 : 0));
  return { learned: all.filter((row) => isHeld[row] === 0), judged: all.filter((row) => isHeld[row] === 1) };
}

/** The rows at these places, one after another. */
function pick(table: Float64Array, columns: number, places: Int32Array): Float64Array {
  const picked = new Float64Array(places.length * columns);
  places.forEach((row, place) => {
    picked.set(table.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  return picked;
}
