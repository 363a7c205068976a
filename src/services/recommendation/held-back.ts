// The last month of the facts, held back to choose and to judge by.

import { columnCounts, type SparseMatrix, sparseRow } from '../../math/sparse/sparse-matrix.js';
import type { Strengths } from './strengths.js';
import { sharesOf } from './strengths.js';
import type { HeldBack } from './tune.js';

/** With more customers than this, evenly chosen ones are judged: more would cost time and change little. */
const judgedMax = 1500;

/**
 * Judged are customers of whom something was known before, by what they bought or rated for the first time in the
 * month, of products that somebody had before.
 */
export function holdBack(before: Strengths, all: Strengths, recent: Float64Array): HeldBack {
  const known = columnCounts(before.owned);
  const customers: number[] = [];
  const relevant: Int32Array[] = [];
  for (let customer = 0; customer < before.stars.rows; customer += 1) {
    if (sparseRow(before.stars, customer).indices.length === 0) continue;
    const items = newIn(before.owned, all.owned, customer).filter((item) => (known[item] ?? 0) > 0);
    if (items.length === 0) continue;
    customers.push(customer);
    relevant.push(items);
  }
  const step = Math.max(1, customers.length / judgedMax);
  const places = Array.from({ length: Math.ceil(customers.length / step) }, (_, at) => Math.floor(at * step));
  return {
    shares: sharesOf(before.stars),
    owned: before.owned,
    recent,
    customers: Int32Array.from(places, (place) => customers[place] ?? 0),
    relevant: places.map((place) => relevant[place] ?? new Int32Array()),
  };
}

function newIn(before: SparseMatrix, all: SparseMatrix, row: number): Int32Array {
  const had = new Set(sparseRow(before, row).indices);
  return sparseRow(all, row).indices.filter((item) => !had.has(item));
}
