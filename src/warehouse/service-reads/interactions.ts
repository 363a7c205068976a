// What customers did with products: one row for each customer, product and kind of behaviour.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { readRows } from './read-rows.js';

/** Sales count as purchases; whatever else is taken from events by their type. */
export interface Interaction {
  readonly customer: string;
  readonly product: string;
  readonly behaviour: string;
  /** The number that the latest such event bears, such as the stars of a rating; null without one. */
  readonly value: number | null;
  /** When it was done first and last, in milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/**
 * Reads purchases and the events of these types, of the customers with these codes or of all, in one statement and in no
 * order. Sales that cost nothing are left out: they are corrections. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT or,
 * when the signal comes first, CANCELLED.
 */
export async function readInteractions(
  database: Database,
  codes: readonly string[] | 'all',
  types: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Interaction[]> {
  const rows = await readRows(database, statement(codes, types), signal);
  return rows.map(([customer, product, behaviour, value, firstAt, lastAt]) => ({
    customer: String(customer),
    product: String(product),
    behaviour: String(behaviour),
    value: typeof value === 'number' ? value : null,
    firstAtMs: Number(firstAt),
    lastAtMs: Number(lastAt),
  }));
}

function statement(codes: readonly string[] | 'all', types: readonly string[]): RawBuilder<unknown> {
  const theirs =
    codes === 'all'
      ? sql`customer_id IS NOT NULL`
      : sql`customer_id = ANY(ARRAY(SELECT id FROM dim_customer WHERE code = ANY(${[...codes]}::text[])))`;
  const ms = (moment: RawBuilder<unknown>) => sql`(extract(epoch FROM ${moment}) * 1000)::float8`;
  return sql`
    SELECT customer.code, product.code, done.behaviour, done.value::float8,
           ${ms(sql`done.first_at`)}, ${ms(sql`done.last_at`)}
    FROM (
      SELECT customer_id, product_id, 'purchase' AS behaviour, NULL::numeric AS value,
             min(sold_at) AS first_at, max(sold_at) AS last_at
      FROM fact_sales WHERE kind = 'SALE' AND amount > 0 AND ${theirs}
      GROUP BY customer_id, product_id
      UNION ALL
      SELECT customer_id, product_id, type,
             (array_agg(value ORDER BY occurred_at DESC, id DESC) FILTER (WHERE value IS NOT NULL))[1],
             min(occurred_at), max(occurred_at)
      FROM fact_event WHERE product_id IS NOT NULL AND type = ANY(${[...types]}::text[]) AND ${theirs}
      GROUP BY customer_id, product_id, type
    ) AS done
    JOIN dim_customer AS customer ON customer.id = done.customer_id
    JOIN dim_product AS product ON product.id = done.product_id`;
}
