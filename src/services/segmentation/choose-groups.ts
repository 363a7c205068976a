// How many groups there are to be, and which.

import type { Random } from '../../core/random.js';
import { type ClusterCandidate, chooseClusters } from '../../math/cluster/choose-clusters.js';
import { type KMeansFit, trainKMeans } from '../../math/cluster/k-means.js';
import { silhouetteSampleMax } from './measure-groups.js';

/** How many groups are tried where no number is given. */
const tried = { from: 3, to: 8 } as const;

/** How much better another number of groups must be, as a silhouette, before it replaces the one that is in use. */
const changeGain = 0.01;

export interface ChooseGroupsOptions {
  /** The number of groups, where it is given. */
  readonly clusters: number | undefined;
  /** The number that is in use. */
  readonly inUse: number | undefined;
  readonly random: Random;
  /** Told the share that is done; it may throw to cancel. */
  readonly onProgress: (share: number) => void;
}

export interface ChosenGroups {
  readonly fit: KMeansFit;
  /** What was tried; empty where the number was given. */
  readonly candidates: readonly ClusterCandidate[];
}

/** Groups a scaled table, at least one row: into the given number, or into that with the best silhouette. */
export function chooseGroups(
  table: Float64Array,
  columns: number,
  { clusters, inUse, random, onProgress }: ChooseGroupsOptions,
): ChosenGroups {
  const fitWith = (count: number): KMeansFit =>
    trainKMeans(table, columns, { clusters: count, random: random.stream('given'), onProgress });
  if (clusters !== undefined) return { fit: fitWith(clusters), candidates: [] };
  const sampleMax = silhouetteSampleMax;
  const { fit, candidates } = chooseClusters(table, columns, { ...tried, random, sampleMax, onProgress });
  const chosen = candidates.find((candidate) => candidate.clusters === fit.model.sizes.length);
  const kept = candidates.find((candidate) => candidate.clusters === inUse);
  if (chosen === undefined || kept === undefined || kept === chosen) return { fit, candidates };
  const isClose = kept.silhouette >= chosen.silhouette - changeGain;
  return { fit: isClose ? fitWith(kept.clusters) : fit, candidates };
}
