// Reads the reference table of customers: recency in days, frequency in invoices, spend.

import { readFileSync } from 'node:fs';

/** Rows of three numbers one after another, in the order of the file (customer number, then the three). */
export function readCustomerTable(path: string): Float64Array {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return Float64Array.from(lines.flatMap((line) => line.split(',').slice(1).map(Number)));
}
