// Item-based nearest neighbours: what is bought by the same customers.

import { topK } from '../ranking/top-k.js';
import { addGramRow } from '../sparse/gram.js';
import { type SparseMatrix, type SparseVector, squaredRowNorms, transpose } from '../sparse/sparse-matrix.js';

/** Which items are alike, both ways round. */
export interface ItemKnnModel {
  /** Items x items: row j holds the items that j keeps as its nearest, with their similarity. */
  readonly neighbours: SparseMatrix;
  /** The transpose: row i holds the items that keep i. */
  readonly keepers: SparseMatrix;
}

export interface ItemKnnOptions {
  /** How many neighbours each item keeps; 0 keeps all. */
  readonly neighbours: number;
  /** Added to the denominator of the cosine: distrust of items that few have. Default 0. */
  readonly shrink?: number;
  /** Hears the share that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Trains on users x items: with S = B'B, the similarity of i and j is S_ij / (sqrt(S_ii S_jj) + shrink), and each item
 * keeps those with the highest that is above 0 (equal ones: the lower index).
 * M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", ACM TOIS 22(1), 2004.
 * Time grows with the sum over users of the square of what they have.
 */
export function trainItemKnn(interactions: SparseMatrix, options: ItemKnnOptions): ItemKnnModel {
  const byItem = transpose(interactions);
  const items = byItem.rows;
  const norms = squaredRowNorms(byItem);
  const shrink = options.shrink ?? 0;
  const kept = options.neighbours === 0 ? items : options.neighbours;
  const starts = new Int32Array(items + 1);
  const rows: SparseVector[] = [];
  const sums = new Float64Array(items);
  for (let item = 0; item < items; item += 1) {
    sums.fill(0);
    addGramRow(byItem, interactions, item, sums);
    const norm = norms[item] ?? 0;
    for (let other = 0; other < items; other += 1) {
      const sum = sums[other] ?? 0;
      if (sum !== 0) sums[other] = sum / (Math.sqrt(norm * (norms[other] ?? 0)) + shrink);
    }
    sums[item] = 0;
    const nearest = topK(sums, kept, { above: 0 }).indices.sort();
    rows.push({ indices: nearest, values: Float64Array.from(nearest, (other) => sums[other] ?? 0) });
    starts[item + 1] = (starts[item] ?? 0) + nearest.length;
    if (item % 64 === 63) options.onProgress?.((item + 1) / items);
  }
  const neighbours = concatenated(starts, rows);
  return { neighbours, keepers: transpose(neighbours) };
}

function concatenated(starts: Int32Array, rows: readonly SparseVector[]): SparseMatrix {
  const count = starts[rows.length] ?? 0;
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  for (const [row, entries] of rows.entries()) {
    indices.set(entries.indices, starts[row]);
    values.set(entries.values, starts[row]);
  }
  return { rows: rows.length, columns: rows.length, starts, indices, values };
}

/** Adds to `scores[j]` the sum over the basket's items i that j keeps of similarity(j, i) x weight(i). */
export function scoreItemKnn(model: ItemKnnModel, basket: SparseVector, scores: Float64Array): void {
  const { starts, indices, values } = model.keepers;
  for (let at = 0; at < basket.indices.length; at += 1) {
    const item = basket.indices[at] ?? 0;
    const weight = basket.values[at] ?? 0;
    const end = starts[item + 1] ?? 0;
    for (let entry = starts[item] ?? 0; entry < end; entry += 1) {
      const other = indices[entry] ?? 0;
      scores[other] = (scores[other] ?? 0) + weight * (values[entry] ?? 0);
    }
  }
}

/** What each item of the basket adds to the score of `item`, at the basket's positions: why it is recommended. */
export function explainItemKnn(model: ItemKnnModel, basket: SparseVector, item: number): Float64Array {
  const { starts, indices, values } = model.neighbours;
  const shares = new Float64Array(basket.indices.length);
  const end = starts[item + 1] ?? 0;
  let entry = starts[item] ?? 0;
  // Both ascend.
  for (let at = 0; at < shares.length; at += 1) {
    const own = basket.indices[at] ?? 0;
    while (entry < end && (indices[entry] ?? 0) < own) entry += 1;
    if (entry < end && indices[entry] === own) shares[at] = (basket.values[at] ?? 0) * (values[entry] ?? 0);
  }
  return shares;
}
