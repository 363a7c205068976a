// What the warehouse knew of customers and products before a moment.

import { sql } from 'kysely';
import type { Session } from '../session.js';

/** Whom or what is asked for, by its key, and the moment (milliseconds since 1970) before which it must have happened. */
export interface Moment {
  readonly id: number;
  readonly beforeMs: number;
}

export interface KnownOfProduct {
  /** The unit price of its newest sale; null when there was none. */
  readonly price: number | null;
  /** Lines that sold it in the 30 days before, counted up to 50. */
  readonly soldLately: number;
}

export interface KnownOfCustomer {
  /** Lines that the customer bought in the year before, counted up to 20. */
  readonly boughtBefore: number;
}

export interface KnownBefore {
  readonly products: ReadonlyMap<number, KnownOfProduct>;
  readonly customers: ReadonlyMap<number, KnownOfCustomer>;
}

interface KnownRow {
  readonly is_product: boolean;
  readonly id: number;
  readonly price: number | null;
  readonly sales: number;
}

const given = (moments: readonly Moment[]) => sql`
  SELECT id, to_timestamp(before_ms / 1000) AS before FROM unnest(
    ${moments.map(({ id }) => id)}::integer[], ${moments.map(({ beforeMs }) => beforeMs)}::numeric[]
  ) AS given (id, before_ms)`;

/**
 * In one statement, and bounded for each of them: all counts end somewhere, and all is read by indexes. Facts that
 * happened at the moment or later do not count, even if they are in the warehouse already.
 */
export async function readKnownBefore(
  session: Session,
  products: readonly Moment[],
  customers: readonly Moment[],
): Promise<KnownBefore> {
  const rows = await session.rows(sql<KnownRow>`
    SELECT true AS is_product, given.id, newest.unit_price::float8 AS price, sold.count AS sales
    FROM (${given(products)}) AS given
    LEFT JOIN LATERAL (
      SELECT unit_price FROM fact_sales
      WHERE product_id = given.id AND sold_at < given.before AND kind = 'SALE'
      ORDER BY sold_at DESC, id DESC LIMIT 1
    ) AS newest ON true
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT FROM fact_sales
        WHERE product_id = given.id AND sold_at < given.before AND sold_at >= given.before - interval '30 days'
          AND kind = 'SALE'
        ORDER BY sold_at DESC, id DESC LIMIT 50
      ) AS line
    ) AS sold
    UNION ALL
    SELECT false, given.id, NULL, bought.count
    FROM (${given(customers)}) AS given
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT FROM fact_sales
        WHERE customer_id = given.id AND sold_at < given.before AND sold_at >= given.before - interval '365 days'
          AND kind = 'SALE'
        ORDER BY sold_at DESC, id DESC LIMIT 20
      ) AS line
    ) AS bought`);
  return {
    products: new Map(
      rows.flatMap(({ is_product, id, price, sales }) =>
        is_product ? [[id, { price, soldLately: sales }] as const] : [],
      ),
    ),
    customers: new Map(
      rows.flatMap(({ is_product, id, sales }) =>
        is_product ? [] : [[id, { boughtBefore: sales }] as const],
      ),
    ),
  };
}
