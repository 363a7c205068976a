// The customers' purchases of Online Retail as a recommender sees them: known before a day, new after it.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { columnCounts, type SparseMatrix, sparseFromTriples } from '../../src/math/sparse/sparse-matrix.js';

/** One bought product of a line that counts: an invoice, not cancelled, with a customer and a quantity above 0. */
interface Purchase {
  readonly customer: string;
  readonly code: string;
  readonly day: string;
  readonly price: number;
}

/** The days at which training ends and its last 30 days begin, and the first day after the test. */
export interface Window {
  readonly recentFrom: string;
  readonly trainUntil: string;
  readonly testUntil: string;
}

export const testWindow: Window = {
  recentFrom: '2011-10-10',
  trainUntil: '2011-11-09',
  testUntil: '2011-12-10',
};

export const validationWindow: Window = {
  recentFrom: '2011-09-10',
  trainUntil: '2011-10-10',
  testUntil: '2011-11-09',
};

export interface Split {
  readonly customers: readonly string[];
  readonly codes: readonly string[];
  /** Customers x products: 1 where bought in training. */
  readonly train: SparseMatrix;
  /** Customers x products: 1 where bought in the test part and never before. */
  readonly relevant: SparseMatrix;
  /** The rows of the customers with something relevant. */
  readonly testUsers: Int32Array;
  /** Distinct customers of each product in the last 30 days of training. */
  readonly recent: Float64Array;
}

const line = /^([^,]*),([^,]*),("(?:[^"]|"")*"|[^,]*),([^,]*),([^,]*),([^,]*),([^,]*),/;

/** Every line that counts, whatever was bought and for how much. */
export function readPurchases(path: string): Purchase[] {
  const purchases: Purchase[] = [];
  for (const text of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    const fields = line.exec(text);
    if (fields === null) continue;
    const [, invoice = '', stockCode = '', , quantity, date = '', price, customer = ''] = fields;
    if (customer === '' || !/^\d/.test(invoice) || !(Number(quantity) > 0)) continue;
    purchases.push({
      customer: customer.replace(/\.0$/, ''),
      code: stockCode.trim().toUpperCase(),
      day: date.slice(0, 10),
      price: Number(price),
    });
  }
  return purchases;
}

/** Customers x products in code-point order: 1 where ever bought. */
export function purchaseMatrix(purchases: readonly Purchase[]): SparseMatrix {
  const placesOf = (names: readonly string[]) =>
    new Map([...new Set(names)].sort().map((name, place) => [name, place]));
  const rows = placesOf(purchases.map(({ customer }) => customer));
  const columns = placesOf(purchases.map(({ code }) => code));
  return sparseFromTriples(
    rows.size,
    columns.size,
    {
      row: purchases.map(({ customer }) => rows.get(customer) ?? -1),
      column: purchases.map(({ code }) => columns.get(code) ?? -1),
    },
    'last',
  );
}

/** Splits by the protocol of the reference: customers and products in code-point order, each as known in training. */
export function splitPurchases(all: readonly Purchase[], window: Window): Split {
  const purchases = all.filter(({ code, price }) => /^\d{5}/.test(code) && price > 0);
  const training = purchases.filter(({ day }) => day < window.trainUntil);
  const customers = [...new Set(training.map(({ customer }) => customer))].sort();
  const codes = [...new Set(training.map(({ code }) => code))].sort();
  const rowOf = new Map(customers.map((customer, row) => [customer, row]));
  const columnOf = new Map(codes.map((code, column) => [code, column]));
  const matrixOf = (some: readonly Purchase[]) => {
    const row: number[] = [];
    const column: number[] = [];
    for (const { customer, code } of some) {
      const [r, c] = [rowOf.get(customer), columnOf.get(code)];
      if (r === undefined || c === undefined) continue;
      row.push(r);
      column.push(c);
    }
    return sparseFromTriples(customers.length, codes.length, { row, column }, 'last');
  };
  const owned = new Set(training.map(({ customer, code }) => `${customer} ${code}`));
  const train = matrixOf(training);
  const relevant = matrixOf(
    purchases.filter(
      ({ customer, code, day }) =>
        day >= window.trainUntil && day < window.testUntil && !owned.has(`${customer} ${code}`),
    ),
  );
  const testUsers = Int32Array.from(customers.keys()).filter(
    (user) => (relevant.starts[user + 1] ?? 0) > (relevant.starts[user] ?? 0),
  );
  const recent = columnCounts(matrixOf(training.filter(({ day }) => day >= window.recentFrom)));
  return { customers, codes, train, relevant, testUsers, recent };
}
