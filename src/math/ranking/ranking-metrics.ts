// How good ranked lists are against what was truly chosen afterwards.

import { FlywheelError } from '../../core/errors.js';

/** The means over the users who chose something, each from 0 to 1, and what the mean nDCG is uncertain by. */
export interface RankingMetrics {
  /** The users with at least one relevant item; the others count nowhere. */
  readonly users: number;
  readonly recall: number;
  readonly precision: number;
  readonly ndcg: number;
  /** Mean average precision. */
  readonly map: number;
  readonly hitRate: number;
  /** Distinct recommended items as a share of the catalogue. */
  readonly coverage: number;
  /** Sample deviation of the users' nDCG over the square root of their number; 0 for a single user. */
  readonly ndcgStandardError: number;
  /** The nDCG of each user that counts, in order: what a paired comparison of two models needs. */
  readonly ndcgOfUser: Float64Array;
}

interface UserQuality {
  readonly hits: number;
  readonly ndcg: number;
  readonly averagePrecision: number;
}

function qualityOf(recommended: Int32Array, relevant: ReadonlySet<number>, k: number): UserQuality {
  let hits = 0;
  let gain = 0;
  let precisions = 0;
  for (let rank = 1; rank <= Math.min(k, recommended.length); rank += 1) {
    if (!relevant.has(recommended[rank - 1] ?? -1)) continue;
    hits += 1;
    gain += 1 / Math.log2(rank + 1);
    precisions += hits / rank;
  }
  const possible = Math.min(k, relevant.size);
  let ideal = 0;
  for (let rank = 1; rank <= possible; rank += 1) ideal += 1 / Math.log2(rank + 1);
  return { hits, ndcg: gain / ideal, averagePrecision: precisions / possible };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Scores the first `k` of `recommended[u]` (item indices, best first) against the set `relevant[u]`. With h_r = 1
 * where rank r is relevant and T the relevant items: recall = sum h / |T|; precision = sum h / k;
 * nDCG = sum h_r / log2(r + 1) over the same sum for the ideal list of min(k, |T|) hits (K. Järvelin, J. Kekäläinen,
 * "Cumulated Gain-Based Evaluation of IR Techniques", ACM TOIS 20(4), 2002, binary gains);
 * AP = sum h_r (hits up to r) / r / min(k, |T|); hit = any h. A list shorter than k scores as if padded with misses.
 * Throws BAD_INPUT where nobody has a relevant item, or the two arrays differ in length.
 */
export function rankingMetrics(
  recommended: readonly Int32Array[],
  relevant: readonly ArrayLike<number>[],
  k: number,
  catalogueSize: number,
): RankingMetrics {
  if (recommended.length !== relevant.length)
    throw new FlywheelError(
      'BAD_INPUT',
      `There are ${recommended.length} lists for ${relevant.length} users; give each user one list.`,
    );
  const shown = new Set<number>();
  const ndcg: number[] = [];
  let [recall, precision, map, hit] = [0, 0, 0, 0];
  for (const [user, list] of recommended.entries()) {
    const truth = new Set(Array.from(relevant[user] ?? []));
    if (truth.size === 0) continue;
    const quality = qualityOf(list, truth, k);
    ndcg.push(quality.ndcg);
    recall += quality.hits / truth.size;
    precision += quality.hits / k;
    map += quality.averagePrecision;
    hit += quality.hits > 0 ? 1 : 0;
    for (const item of list.subarray(0, k)) shown.add(item);
  }
  const users = ndcg.length;
  if (users === 0)
    throw new FlywheelError(
      'BAD_INPUT',
      'No user has a relevant item in the test part; choose a split whose test part has new items of known users.',
    );
  const ndcgOfUser = Float64Array.from(ndcg);
  const mean = meanOf(ndcgOfUser);
  const spread = ndcgOfUser.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, users - 1);
  return {
    users,
    recall: recall / users,
    precision: precision / users,
    ndcg: mean,
    map: map / users,
    hitRate: hit / users,
    coverage: shown.size / catalogueSize,
    ndcgStandardError: Math.sqrt(spread / users),
    ndcgOfUser,
  };
}
