// The last month of the facts, held back to choose and to judge by.

import { columnCounts, type SparseMatrix, sparseRow } from '../../math/sparse/sparse-matrix.js';
import type { HeldBack } from './tune.js';

/** With more customers than this, evenly chosen ones are judged: more would cost time and change little. */
const judgedMax = 1500;

/**
 * Judged are customers of whom something was known before, by what they came to own in the month (`owned` is what they own
 * at its end), of products that somebody had before.
 */
export function holdBack(before: Omit<HeldBack, 'customers' | 'relevant'>, owned: SparseMatrix): HeldBack {
  const known = columnCounts(before.owned);
  const customers: number[] = [];
  const relevant: Int32Array[] = [];
  for (const [customer, fresh] of newItems(before.owned, owned)) {
    if (sparseRow(before.shares, customer).indices.length === 0) continue;
    const items = fresh.filter((item) => (known[item] ?? 0) > 0);
    if (items.length === 0) continue;
    customers.push(customer);
    relevant.push(items);
  }
  const step = Math.max(1, customers.length / judgedMax);
  const places = Array.from({ length: Math.ceil(customers.length / step) }, (_, at) => Math.floor(at * step));
  return {
    ...before,
    customers: Int32Array.from(places, (place) => customers[place] ?? 0),
    relevant: places.map((place) => relevant[place] ?? new Int32Array()),
  };
}

/** What each row has later and had not before, in the order of the rows; those without are left out. */
export function newItems(before: SparseMatrix, later: SparseMatrix): ReadonlyMap<number, Int32Array> {
  const fresh = new Map<number, Int32Array>();
  for (let row = 0; row < later.rows; row += 1) {
    const had = new Set(sparseRow(before, row).indices);
    const items = sparseRow(later, row).indices.filter((item) => !had.has(item));
    if (items.length > 0) fresh.set(row, items);
  }
  return fresh;
}
