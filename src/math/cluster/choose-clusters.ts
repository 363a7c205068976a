// How many groups a table has: K-means for each number of clusters, judged by the silhouette.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { rowCount } from '../stats/row-count.js';
import { type KMeansEffort, type KMeansFit, trainKMeans } from './k-means.js';
import { silhouette } from './silhouette.js';

export interface ChooseClustersOptions {
  /** The least and the most clusters that are tried, at least 2. */
  readonly from: number;
  readonly to: number;
  readonly random: Random;
  readonly effort?: KMeansEffort;
  /** Rows that the silhouette looks at; beyond, it takes a sample. */
  readonly sampleMax: number;
  /** Told the share that is done; it may throw to cancel. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface ClusterCandidate {
  readonly clusters: number;
  readonly inertia: number;
  readonly silhouette: number;
}

export interface ChosenClusters {
  readonly fit: KMeansFit;
  /** What was tried, in ascending order; empty where the rows are all alike or fewer than three. */
  readonly candidates: readonly ClusterCandidate[];
}

/**
 * The fit with the highest mean silhouette, the fewest clusters where two are alike. At most one cluster less than there
 * are rows, and as many as there are distinct rows, are tried, even where `from` is more; where that leaves fewer than
 * two, all rows are one cluster. The training of each number depends on the seed and that number alone.
 */
export function chooseClusters(
  rows: Float64Array,
  columns: number,
  options: ChooseClustersOptions,
): ChosenClusters {
  const { from, to, random, effort, sampleMax, onProgress } = options;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 2 || to < from) {
    throw new FlywheelError(
      'BAD_INPUT',
      'Give the least (2 or more) and the most clusters as whole numbers in order.',
    );
  }
  const candidates: ClusterCandidate[] = [];
  let best: { readonly fit: KMeansFit; readonly silhouette: number } | undefined;
  const most = Math.min(to, rowCount(rows, columns) - 1);
  const least = Math.max(2, Math.min(from, most));
  for (let clusters = least; clusters <= most; clusters += 1) {
    // Training and judging are about alike in time.
    const report = (part: number) => (share: number) =>
      onProgress?.((clusters - least + (part + share) / 2) / (most - least + 1));
    const source = random.stream(`clusters ${clusters}`);
    const fit = trainKMeans(rows, columns, {
      clusters,
      random: source.stream('start'),
      ...effort,
      onProgress: report(0),
    });
    const made = fit.model.sizes.length;
    if (made < clusters && candidates.length > 0) break;
    const judged = silhouette(rows, columns, fit.labels, {
      sampleMax,
      random: source.stream('sample'),
      onProgress: report(1),
    });
    if (judged === undefined) break;
    candidates.push({ clusters: made, inertia: fit.model.inertia, silhouette: judged.mean });
    if (best === undefined || judged.mean > best.silhouette) best = { fit, silhouette: judged.mean };
    if (made < clusters) break;
  }
  return { fit: best?.fit ?? trainKMeans(rows, columns, { clusters: 1, random }), candidates };
}
