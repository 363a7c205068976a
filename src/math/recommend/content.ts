// Recommendation by content: what reads like the things that the user has.

import { type SparseMatrix, type SparseVector, sparseRow } from '../sparse/sparse-matrix.js';
import { rowTimesDense, timesVectors } from '../sparse/times-dense.js';

/** The sum of the basket's rows, each times its weight, over all columns. */
function profileOf(rows: SparseMatrix, basket: SparseVector): Float64Array {
  const profile = new Float64Array(rows.columns);
  for (const [at, item] of basket.indices.entries()) {
    const { indices, values } = sparseRow(rows, item);
    for (const [entry, column] of indices.entries())
      profile[column] = (profile[column] ?? 0) + (basket.values[at] ?? 0) * (values[entry] ?? 0);
  }
  return profile;
}

/**
 * Adds to `scores[j]` the sum over the basket's items i of cosine(i, j) x weight(i). `rows` holds the items as vectors of
 * length 1 (or empty), as `fitTfIdf` gives them.
 */
export function scoreContent(rows: SparseMatrix, basket: SparseVector, scores: Float64Array): void {
  const [cosines] = timesVectors(rows, [profileOf(rows, basket)]);
  for (const [item, cosine] of cosines?.entries() ?? []) scores[item] = (scores[item] ?? 0) + cosine;
}

/** What each item of the basket adds to the score of `item`, at the basket's positions: why it is recommended. */
export function explainContent(rows: SparseMatrix, basket: SparseVector, item: number): Float64Array {
  const one = { indices: Int32Array.of(item), values: Float64Array.of(1) };
  const profile = profileOf(rows, one);
  const cosine = new Float64Array(1);
  return basket.values.map((weight, at) => {
    rowTimesDense(rows, basket.indices[at] ?? 0, profile, 1, cosine);
    return weight * (cosine[0] ?? 0);
  });
}
