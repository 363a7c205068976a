// Whether anything is new about customers: a mark for each that changes with every fact of theirs.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { readRows } from './read-rows.js';

/**
 * The mark of each of these customers: what it says is nobody's business, but equal marks mean equal sales and events.
 * Customers that do not exist are left out. The keys of the facts alone are read, from their indexes.
 */
export async function readCustomerMarks(
  database: Database,
  codes: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const rows = await readRows(
    database,
    sql`
      SELECT customer.code, concat_ws(' ', sold.mark, done.mark)
      FROM dim_customer AS customer
      CROSS JOIN LATERAL (
        SELECT concat_ws(' ', count(*), max(id), sum(id)) AS mark FROM fact_sales WHERE customer_id = customer.id
      ) AS sold
      CROSS JOIN LATERAL (
        SELECT concat_ws(' ', count(*), max(id), sum(id)) AS mark FROM fact_event WHERE customer_id = customer.id
      ) AS done
      WHERE customer.code = ANY(${[...codes]}::text[])`,
    signal,
  );
  return new Map(rows.map(([code, mark]) => [String(code), String(mark)]));
}
