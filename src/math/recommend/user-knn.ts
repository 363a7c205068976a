// User-based collaborative filtering: what customers of like taste have.

import { type Ranked, topK } from '../ranking/top-k.js';
import {
  type SparseMatrix,
  type SparseVector,
  sparseRow,
  squaredRowNorms,
  transpose,
} from '../sparse/sparse-matrix.js';

/** The users to compare with; nothing is fitted. */
export interface UserKnnModel {
  /** Users x items. */
  readonly interactions: SparseMatrix;
  readonly byItem: SparseMatrix;
  /** The squared length of each user's row. */
  readonly norms: Float64Array;
}

/** Lays out users x items for the search of like users. */
export function trainUserKnn(interactions: SparseMatrix): UserKnnModel {
  return { interactions, byItem: transpose(interactions), norms: squaredRowNorms(interactions) };
}

/**
 * The `k` users of the highest cosine with the basket (0 takes all), of those who share an item with it; equal ones by
 * ascending index. `self` is left out: the row of the user to whom the basket belongs.
 */
export function nearestUsers(model: UserKnnModel, basket: SparseVector, k: number, self?: number): Ranked {
  const { starts, indices, values } = model.byItem;
  const users = model.interactions.rows;
  const cosines = new Float64Array(users);
  let norm = 0;
  for (let at = 0; at < basket.indices.length; at += 1) {
    const item = basket.indices[at] ?? 0;
    const weight = basket.values[at] ?? 0;
    norm += weight * weight;
    const end = starts[item + 1] ?? 0;
    for (let entry = starts[item] ?? 0; entry < end; entry += 1) {
      const user = indices[entry] ?? 0;
      cosines[user] = (cosines[user] ?? 0) + weight * (values[entry] ?? 0);
    }
  }
  for (let user = 0; user < users; user += 1) {
    const dot = cosines[user] ?? 0;
    if (dot !== 0) cosines[user] = dot / Math.sqrt(norm * (model.norms[user] ?? 0));
  }
  if (self !== undefined) cosines[self] = 0;
  return topK(cosines, k === 0 ? users : k, { above: 0 });
}

/**
 * How the nearest users' rows become scores: `mean` is their plain mean, in which who lacks an item counts 0 for it;
 * `similarity` is their sum, each times its cosine.
 */
export type UserKnnWeighting = 'mean' | 'similarity';

/** Adds to `scores` what the nearest users have, what the basket itself holds included. */
export function scoreUserKnn(
  model: UserKnnModel,
  nearest: Ranked,
  weighting: UserKnnWeighting,
  scores: Float64Array,
): void {
  for (let at = 0; at < nearest.indices.length; at += 1) {
    const share = weighting === 'mean' ? 1 / nearest.indices.length : (nearest.scores[at] ?? 0);
    const { indices, values } = sparseRow(model.interactions, nearest.indices[at] ?? 0);
    for (let entry = 0; entry < indices.length; entry += 1) {
      const item = indices[entry] ?? 0;
      scores[item] = (scores[item] ?? 0) + share * (values[entry] ?? 0);
    }
  }
}
