// What was bought in Online Retail, as the models see it and as files for `flywheel evaluate`.
import { dist } from '../lib/places.mjs';
import { sharedFile } from './shared-data.mjs';

/** @typedef {{ customer: string, code: string, time: string, price: number }} Purchase */
/** @typedef {{ rows: number, columns: number, starts: Int32Array, indices: Int32Array, values: Float64Array }} Matrix */

/** The first day after the training part, of the protocol of the reference. */
export const trainUntil = '2011-11-09';

/** Every line that counts: of an invoice that is no cancellation, with a customer and a quantity above 0. */
export async function readPurchases() {
  const { readTable } = await import(dist('cli/evaluate/read-table.js'));
  /** @type {{ rows: string[][] }} */
  const { rows } = await readTable(sharedFile('data/online-retail.csv.gz'));
  /** @type {Purchase[]} */
  const purchases = [];
  for (const [invoice, stockCode, , quantity, time, price, customer] of rows) {
    if (customer === '' || !/^\d/.test(invoice) || !(Number(quantity) > 0)) continue;
    purchases.push({
      customer: customer.replace(/\.0$/, ''),
      code: stockCode.trim().toUpperCase(),
      time,
      price: Number(price),
    });
  }
  return purchases;
}

/** Of products, not of postage and fees, and paid for. @param {Purchase[]} purchases */
export const ofProducts = (purchases) =>
  purchases.filter(({ code, price }) => /^\d{5}/.test(code) && price > 0);

/** Customers × products, 1 where ever bought. @param {Purchase[]} purchases @returns {Promise<Matrix>} */
export async function purchaseMatrix(purchases) {
  const { sparseFromTriples } = await import(dist('math/sparse/sparse-matrix.js'));
  /** @param {'customer' | 'code'} of */
  const placesOf = (of) =>
    new Map([...new Set(purchases.map((each) => each[of]))].sort().map((name, place) => [name, place]));
  const [customers, codes] = [placesOf('customer'), placesOf('code')];
  const triples = {
    row: purchases.map(({ customer }) => customers.get(customer) ?? -1),
    column: purchases.map(({ code }) => codes.get(code) ?? -1),
  };
  return sparseFromTriples(customers.size, codes.size, triples, 'last');
}

/** The matrix as peer.py reads it. @param {Matrix} matrix */
export function forPeer({ rows, columns, starts, indices }) {
  const row = Array.from({ length: rows }, (_, at) => new Array(starts[at + 1] - starts[at]).fill(at)).flat();
  return { rows, columns, row, column: [...indices] };
}
