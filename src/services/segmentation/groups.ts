// What becomes of the clusters of a training: groups with numbers that last, and names.

import { clusterMeans } from '../../math/cluster/cluster-means.js';
import type { KMeansFit } from '../../math/cluster/k-means.js';
import { matchClusters } from '../../math/cluster/match-clusters.js';
import { shareBelow } from '../../math/stats/quantile.js';
import { type Scale, scaleRows, unscaleRows } from '../../math/stats/scaling.js';
import { centroidsOf, featureColumns, type Group, type SegmentationModel, scaleOf } from './model.js';
import { nameGroup, type Standing } from './naming.js';

const columns = featureColumns.length;

/** The row of three numbers at a place. */
export function tripleAt(table: Float64Array, place: number): [number, number, number] {
  const start = place * columns;
  return [table[start] ?? 0, table[start + 1] ?? 0, table[start + 2] ?? 0];
}

/**
 * The groups of a fit, in the order of their numbers. `rows` are its customers as they were measured. A group goes on
 * from the nearest one of the model `before`, with its number, and its name while that fits; the others get numbers
 * that no group of either has.
 */
export function groupsOf(
  rows: Float64Array,
  { model, labels }: KMeansFit,
  scale: Scale,
  before: SegmentationModel | undefined,
): Group[] {
  const means = clusterMeans(rows, columns, labels, model.sizes.length);
  const standingOf = standings(rows);
  const origins = originsOf(model.centroids, scale, before);
  const taken = new Set(before?.groups.map(({ number }) => number));
  const groups = Array.from(model.sizes, (size, cluster): Group => {
    const origin = before?.groups[origins[cluster] ?? -1];
    const measured = tripleAt(means, cluster);
    return {
      number: origin?.number ?? takeNumber(taken),
      name: nameGroup(standingOf(measured), origin?.name),
      size,
      centroid: tripleAt(model.centroids, cluster),
      means: measured,
    };
  });
  return groups.sort((a, b) => a.number - b.number);
}

/** For each cluster the place of the group that it goes on from, or -1. */
function originsOf(centroids: Float64Array, scale: Scale, before: SegmentationModel | undefined): Int32Array {
  if (before === undefined) return new Int32Array(centroids.length / columns).fill(-1);
  const measured = unscaleRows(scaleOf(before), centroidsOf(before));
  return matchClusters(scaleRows(scale, measured), centroids, columns);
}

/** The least number from 1 that is free; it is taken then. */
function takeNumber(taken: Set<number>): number {
  let number = 1;
  while (taken.has(number)) number += 1;
  taken.add(number);
  return number;
}

function standings(rows: Float64Array): (means: readonly [number, number, number]) => Standing {
  const sorted = featureColumns.map((_, column) => rows.filter((_, at) => at % columns === column).sort());
  const shareOf = (column: number, value: number) => shareBelow(sorted[column] ?? new Float64Array(0), value);
  return ([recency, frequency, spend]) => ({
    recency: shareOf(0, recency),
    value: (shareOf(1, frequency) + shareOf(2, spend)) / 2,
  });
}
