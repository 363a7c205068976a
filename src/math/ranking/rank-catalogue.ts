// Ranks the whole catalogue for many users by any model that can score it.

import { type SparseMatrix, sparseRow } from '../sparse/sparse-matrix.js';
import { type Ranked, topK } from './top-k.js';

/** Writes the score of every item for `user` into `scores`, which arrives filled with zeros. */
export type ScoreCatalogue = (user: number, scores: Float64Array) => void;

export interface RankCatalogueOptions {
  readonly k: number;
  /** Users x items: what each user has; left out of the user's list unless `keepOwned`. */
  readonly owned: SparseMatrix;
  /** Keeps what the user has in the list: right for a shop of consumables. */
  readonly keepOwned?: boolean;
  /** Hears the share that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

/** The `k` best items of each of `users` (rows of `owned`), ties by ascending index, in the order of `users`. */
export function rankCatalogue(
  users: ArrayLike<number>,
  scoreCatalogue: ScoreCatalogue,
  options: RankCatalogueOptions,
): Ranked[] {
  const { owned, onProgress } = options;
  const scores = new Float64Array(owned.columns);
  const excluded = new Uint8Array(owned.columns);
  const lists: Ranked[] = [];
  for (let at = 0; at < users.length; at += 1) {
    const user = users[at] ?? 0;
    scores.fill(0);
    scoreCatalogue(user, scores);
    const { indices } = sparseRow(owned, user);
    if (options.keepOwned !== true) for (const item of indices) excluded[item] = 1;
    lists.push(topK(scores, options.k, { excluded }));
    for (const item of indices) excluded[item] = 0;
    if (at % 64 === 63) onProgress?.((at + 1) / users.length);
  }
  return lists;
}
