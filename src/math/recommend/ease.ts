// EASE: the linear model in which every product is predicted from all the others, in closed form.

import { FlywheelError } from '../../core/errors.js';
import { invertPositiveDefinite } from '../dense/invert-positive-definite.js';
import { topK } from '../ranking/top-k.js';
import { addGramRow } from '../sparse/gram.js';
import {
  columnCounts,
  type SparseMatrix,
  type SparseVector,
  selectColumns,
  transpose,
} from '../sparse/sparse-matrix.js';

/** The weights among the items of the model; what is not among them is neither read nor recommended. */
export interface EaseModel {
  /** The items (columns of the training matrix), ascending. */
  readonly items: Int32Array;
  /** The place of each column in `items`, or -1. */
  readonly placeOf: Int32Array;
  /** items x items by rows: what having item i adds to the score of item j. The diagonal is 0. */
  readonly weights: Float32Array;
}

export interface EaseOptions {
  /** The ridge penalty lambda, above 0: more of it trusts rare coincidences less. */
  readonly regularisation: number;
  /** Only the items that most users have, at most so many: time grows with the cube, memory with the square. */
  readonly bestSellers?: number;
  /** Hears the share that is done, from 0 to 1; may throw to cancel. */
  readonly onProgress?: (share: number) => void;
}

/** The work of the Gram matrix, by and large, as a share of all of it. */
const gramShare = 0.2;

/** The regularised Gram matrix B'B + lambda I, dense. */
function regularisedGram(
  interactions: SparseMatrix,
  regularisation: number,
  onProgress: (share: number) => void,
): Float64Array {
  const byItem = transpose(interactions);
  const size = byItem.rows;
  const gram = new Float64Array(size * size);
  for (let item = 0; item < size; item += 1) {
    const row = gram.subarray(item * size, (item + 1) * size);
    addGramRow(byItem, interactions, item, row);
    row[item] = (row[item] ?? 0) + regularisation;
    if (item % 64 === 63) onProgress((item + 1) / size);
  }
  return gram;
}

/**
 * Trains on users x items B: with P = (B'B + lambda I)^-1, the weights are W_ij = -P_ij / P_jj and W_jj = 0, the exact
 * minimum of |B - B W|^2 + lambda |W|^2 under a zero diagonal. H. Steck, "Embarrassingly Shallow Autoencoders for Sparse
 * Data", WWW 2019. Throws BAD_INPUT where the regularisation is not above 0.
 */
export function trainEase(interactions: SparseMatrix, options: EaseOptions): EaseModel {
  if (!(options.regularisation > 0))
    throw new FlywheelError(
      'BAD_INPUT',
      `The regularisation of EASE is ${options.regularisation}; give a number above 0, 300 for instance.`,
    );
  const limit = options.bestSellers ?? interactions.columns;
  const items = topK(columnCounts(interactions), limit).indices.sort();
  const size = items.length;
  const report = (from: number, to: number) => (share: number) =>
    options.onProgress?.(from + (to - from) * share);
  const inverse = regularisedGram(
    selectColumns(interactions, items),
    options.regularisation,
    report(0, gramShare),
  );
  if (!invertPositiveDefinite(inverse, size, report(gramShare, 1)))
    throw new FlywheelError(
      'BAD_INPUT',
      `A regularisation of ${options.regularisation} is too small for these data; give a larger one.`,
    );
  const weights = new Float32Array(size * size);
  const diagonal = Float64Array.from(items, (_, item) => inverse[item * size + item] ?? 1);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1)
      weights[i * size + j] = i === j ? 0 : -(inverse[i * size + j] ?? 0) / (diagonal[j] ?? 1);
  }
  const placeOf = new Int32Array(interactions.columns).fill(-1);
  for (const [place, item] of items.entries()) placeOf[item] = place;
  return { items, placeOf, weights };
}

/** What of the basket the model knows. */
function knownOf({ placeOf }: EaseModel, basket: SparseVector): { places: Int32Array; values: Float64Array } {
  const places = new Int32Array(basket.indices.length);
  const values = new Float64Array(basket.indices.length);
  let count = 0;
  for (let at = 0; at < basket.indices.length; at += 1) {
    const place = placeOf[basket.indices[at] ?? 0] ?? -1;
    if (place < 0) continue;
    places[count] = place;
    values[count] = basket.values[at] ?? 0;
    count += 1;
  }
  return { places: places.subarray(0, count), values: values.subarray(0, count) };
}

/** Adds to `scores[j]` the sum over the basket's items i of W_ij x weight(i). Scores may be below 0. */
export function scoreEase(model: EaseModel, basket: SparseVector, scores: Float64Array): void {
  const { items, weights } = model;
  const size = items.length;
  const sums = new Float64Array(size);
  const { places, values } = knownOf(model, basket);
  let at = 0;
  // Four rows at a time, so that each sum is fetched and stored once for all of them.
  for (; at + 4 <= places.length; at += 4) {
    const a = (places[at] ?? 0) * size;
    const b = (places[at + 1] ?? 0) * size;
    const c = (places[at + 2] ?? 0) * size;
    const d = (places[at + 3] ?? 0) * size;
    const u = values[at] ?? 0;
    const v = values[at + 1] ?? 0;
    const w = values[at + 2] ?? 0;
    const x = values[at + 3] ?? 0;
    for (let j = 0; j < size; j += 1)
      sums[j] =
        (sums[j] ?? 0) +
        (u * (weights[a + j] ?? 0) + v * (weights[b + j] ?? 0)) +
        (w * (weights[c + j] ?? 0) + x * (weights[d + j] ?? 0));
  }
  for (; at < places.length; at += 1) {
    const value = values[at] ?? 0;
    const start = (places[at] ?? 0) * size;
    for (let j = 0; j < size; j += 1) sums[j] = (sums[j] ?? 0) + value * (weights[start + j] ?? 0);
  }
  for (let j = 0; j < size; j += 1) {
    const item = items[j] ?? 0;
    scores[item] = (scores[item] ?? 0) + (sums[j] ?? 0);
  }
}

/** What each item of the basket adds to the score of `item`, at the basket's positions: why it is recommended. */
export function explainEase(model: EaseModel, basket: SparseVector, item: number): Float64Array {
  const size = model.items.length;
  const column = model.placeOf[item] ?? -1;
  const shares = new Float64Array(basket.indices.length);
  if (column < 0) return shares;
  for (let at = 0; at < shares.length; at += 1) {
    const place = model.placeOf[basket.indices[at] ?? 0] ?? -1;
    if (place >= 0) shares[at] = (basket.values[at] ?? 0) * (model.weights[place * size + column] ?? 0);
  }
  return shares;
}
