// The nearest rows of sparse unit vectors by cosine, without a matrix of all pairs.

import { type Ranked, topK } from '../ranking/top-k.js';
import { type SparseMatrix, type SparseVector, sparseRow, transpose } from '../sparse/sparse-matrix.js';

/** Cosines that differ by less are equal: the order in which their terms were summed must not rank them. */
const cosineStep = 1e-12;

/** The rows to search among, laid out by term. */
export interface CosineIndex {
  readonly rows: SparseMatrix;
  readonly byTerm: SparseMatrix;
}

/** Lays out rows of length 1 (or empty) for the search. */
export function indexRows(rows: SparseMatrix): CosineIndex {
  return { rows, byTerm: transpose(rows) };
}

/** What a search needs and leaves empty behind it, so that many searches share it. */
interface Workspace {
  readonly cosines: Float64Array;
  readonly touched: Int32Array;
}

function workspaceOf(index: CosineIndex): Workspace {
  return { cosines: new Float64Array(index.rows.rows), touched: new Int32Array(index.rows.rows) };
}

/** Sums the cosines of the rows that share a term with the vector, and returns how many were touched. */
function accumulate({ byTerm }: CosineIndex, vector: SparseVector, { cosines, touched }: Workspace): number {
  const { starts, indices, values } = byTerm;
  let count = 0;
  for (let at = 0; at < vector.indices.length; at += 1) {
    const term = vector.indices[at] ?? 0;
    const weight = vector.values[at] ?? 0;
    const end = starts[term + 1] ?? 0;
    for (let entry = starts[term] ?? 0; entry < end; entry += 1) {
      const row = indices[entry] ?? 0;
      const before = cosines[row] ?? 0;
      if (before === 0) {
        touched[count] = row;
        count += 1;
      }
      cosines[row] = before + weight * (values[entry] ?? 0);
    }
  }
  return count;
}

/** The best `k`, those that share nothing included: they score 0 and stand last, by ascending index. */
function search(index: CosineIndex, vector: SparseVector, k: number, own: number, space: Workspace): Ranked {
  const { cosines, touched } = space;
  const candidates = touched.subarray(0, accumulate(index, vector, space));
  for (const row of candidates)
    cosines[row] = row === own ? 0 : Math.round((cosines[row] ?? 0) / cosineStep) * cosineStep;
  const near = topK(cosines, k, { candidates, above: 0 });
  const indices = [...near.indices];
  for (let row = 0; row < cosines.length && indices.length < k; row += 1)
    if (cosines[row] === 0 && row !== own) indices.push(row);
  for (const row of candidates) cosines[row] = 0;
  const scores = new Float64Array(indices.length);
  scores.set(near.scores);
  return { indices: Int32Array.from(indices), scores };
}

/**
 * The `k` rows of the highest cosine with `vector` (of length 1, or empty), cosine descending, then index ascending;
 * rows that share no term with it score 0 and fill what is left. Row `own` is left out: the one that the vector is.
 * Cosines are rounded to 12 decimals.
 */
export function nearestRows(index: CosineIndex, vector: SparseVector, k: number, own = -1): Ranked {
  return search(index, vector, k, own, workspaceOf(index));
}

/** `nearestRows` of every row, itself left out. `onProgress` hears the share that is done, and may throw to cancel. */
export function allNearestRows(
  index: CosineIndex,
  k: number,
  onProgress?: (share: number) => void,
): Ranked[] {
  const space = workspaceOf(index);
  const { rows } = index;
  return Array.from({ length: rows.rows }, (_, row) => {
    if (row % 256 === 255) onProgress?.(row / rows.rows);
    return search(index, sparseRow(rows, row), k, row, space);
  });
}
