// What sells: how many customers each product had in a period, and which period there are facts of.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { readRows } from './read-rows.js';

/** The oldest and the newest moment at which something was bought or rated; null where nothing was. */
export interface BuyingPeriod {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** What counts as having a product: to have bought or rated it, by a fact that is believed. */
const sold = sql`
  SELECT product_id, customer_id, sold_at AS at FROM fact_sales
  WHERE kind = 'SALE' AND amount > 0 AND customer_id IS NOT NULL AND ${believedBy('sold_at')}`;
const rated = sql`
  SELECT product_id, customer_id, occurred_at AS at FROM fact_event
  WHERE type IN ('purchase', 'rating') AND product_id IS NOT NULL AND customer_id IS NOT NULL
        AND ${believedBy('occurred_at')}`;

/** The ends of each of the two are looked up in an index; those of both at once would need a pass over all facts. */
const buyingPeriod = sql`
  SELECT min(oldest) AS oldest, max(newest) AS newest FROM (
    SELECT min(at) AS oldest, max(at) AS newest FROM (${sold}) AS sold
    UNION ALL
    SELECT min(at), max(at) FROM (${rated}) AS rated
  ) AS ends`;

export async function readBuyingPeriod(database: Database, signal?: AbortSignal): Promise<BuyingPeriod> {
  const [row] = await readRows(database, buyingPeriod, signal);
  const [from, to] = row ?? [];
  return { from: from instanceof Date ? from : null, to: to instanceof Date ? to : null };
}

/** Distinct customers who bought or rated each product from `from` on and before `until`; products without are left out. */
export async function readPopularity(
  database: Database,
  from: Date,
  until: Date,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const rows = await readRows(
    database,
    popularityOf(sql`SELECT ${from}::timestamptz AS begun, ${until}::timestamptz AS ended`),
    signal,
  );
  return new Map(rows.map(([code, customers]) => [String(code), Number(customers)]));
}

/** The products that most customers bought or rated in the last `days` days (UTC, that of the newest included), the most popular first. */
export async function readBestSellers(
  database: Database,
  days: number,
  first: number,
  signal?: AbortSignal,
): Promise<readonly { readonly product: string; readonly customers: number }[]> {
  // Days of UTC have 24 hours each; an interval of days would follow the clocks of the session.
  const period = sql`
    SELECT date_trunc('day', newest, 'UTC') - (${days}::integer - 1) * interval '24 hours' AS begun,
           newest + interval '1 ms' AS ended
    FROM (${buyingPeriod}) AS bought`;
  const rows = await readRows(database, sql`${popularityOf(period)} LIMIT ${first}`, signal);
  return rows.map(([code, customers]) => ({ product: String(code), customers: Number(customers) }));
}

function popularityOf(period: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    WITH period AS MATERIALIZED (${period}),
    recent AS (
      SELECT product_id, count(DISTINCT customer_id)::integer AS customers
      FROM (${sold} UNION ALL ${rated}) AS bought
      WHERE at >= (SELECT begun FROM period) AND at < (SELECT ended FROM period)
      GROUP BY product_id
    )
    SELECT product.code, recent.customers
    FROM recent JOIN dim_product AS product ON product.id = recent.product_id
    ORDER BY recent.customers DESC, product.code COLLATE "C"`;
}
