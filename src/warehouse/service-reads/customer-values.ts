// What each customer is worth to the shop: the day of the last order, the number of orders, the money.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { readRows } from './read-rows.js';

export interface CustomerValues {
  readonly code: string;
  /** Whole days (UTC) from the day of the last order to the day after the newest sale of the shop; null without an order. */
  readonly recencyDays: number | null;
  /** Orders: distinct invoices with a sale on them. */
  readonly orders: number;
  /** The sum of all amounts of the customer: sales less returns, with adjustments. */
  readonly spend: number;
  /** Whether there is an event of a customer without an order; false where there is an order. */
  readonly onlyBehaved: boolean;
}

export interface CustomerValuesRead {
  /** In the order of the codes. Codes that no customer has are left out. */
  readonly customers: readonly CustomerValues[];
  /** The oldest and the newest sale of the shop, of those that are believed; null where there is none. */
  readonly from: Date | null;
  readonly to: Date | null;
}

/**
 * Reads the customers with these codes, or all of them, in one statement, from the facts that are believed. Fails with a
 * FlywheelError: UNAVAILABLE, TIMEOUT or, when the signal comes first, CANCELLED.
 */
export async function readCustomerValues(
  database: Database,
  codes: readonly string[] | 'all',
  signal?: AbortSignal,
): Promise<CustomerValuesRead> {
  const name = codes === 'all' ? undefined : 'customer values';
  const rows = await readRows(database, statement(codes), signal, name);
  const [first] = rows;
  return {
    customers: rows.flatMap(([, , code, recencyDays, orders, spend, onlyBehaved]) =>
      typeof code === 'string'
        ? [
            {
              code,
              recencyDays: typeof recencyDays === 'number' ? recencyDays : null,
              orders: Number(orders),
              spend: Number(spend),
              onlyBehaved: onlyBehaved === true,
            },
          ]
        : [],
    ),
    from: first?.[0] instanceof Date ? first[0] : null,
    to: first?.[1] instanceof Date ? first[1] : null,
  };
}

/** Every row bears the period of the shop; without a customer there is one row, with that alone. */
function statement(codes: readonly string[] | 'all'): RawBuilder<unknown> {
  const some = codes === 'all' ? sql`` : sql`WHERE code = ANY(${[...codes]}::text[])`;
  const theirs =
    codes === 'all' ? sql`customer_id IS NOT NULL` : sql`customer_id = ANY(ARRAY(SELECT id FROM asked))`;
  // Invoices are made first: distinct ones within a customer cost a sort of every line.
  return sql`
    WITH asked AS (SELECT id, code FROM dim_customer ${some}),
    shop AS (
      SELECT min(sold_at) AS oldest, max(sold_at) AS newest, (max(sold_at) AT TIME ZONE 'UTC')::date + 1 AS today
      FROM fact_sales WHERE ${believedBy('sold_at')}
    ),
    invoice AS (
      SELECT customer_id, max(sold_at) FILTER (WHERE kind = 'SALE') AS ordered_at, sum(amount) AS amount
      FROM fact_sales WHERE ${theirs} AND ${believedBy('sold_at')}
      GROUP BY customer_id, source, invoice
    ),
    bought AS (
      SELECT customer_id, (max(ordered_at) AT TIME ZONE 'UTC')::date AS last_day, count(ordered_at)::integer AS orders,
             sum(amount) AS spend
      FROM invoice GROUP BY customer_id
    )
    SELECT shop.oldest, shop.newest, asked.code, shop.today - bought.last_day, coalesce(bought.orders, 0),
           coalesce(bought.spend, 0),
           coalesce(bought.orders, 0) = 0 AND EXISTS (
             SELECT FROM fact_event WHERE fact_event.customer_id = asked.id AND ${believedBy('occurred_at')}
           )
    FROM shop LEFT JOIN asked ON true LEFT JOIN bought ON bought.customer_id = asked.id
    ORDER BY asked.code COLLATE "C"`;
}
