// What the warehouse knew of customers and products before a moment.

import { type RawBuilder, sql } from 'kysely';
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

export interface KnownRow {
  readonly is_product: boolean;
  readonly key: number;
  readonly price: number | null;
  readonly sales: number;
}

/** Lines without units or money are corrections and losses, even where their source calls them sales. */
const isBought = sql`kind = 'SALE' AND quantity > 0 AND amount > 0`;

/** Of 24 hours each; days of the calendar would be as long as the time zone of the session makes them. */
const days = (count: number) => sql`${sql.lit(24 * count)} * interval '1 hour'`;

/**
 * One statement, with a row for each that `products` and `customers` give: those are queries for `key`, which comes back
 * with it, `id`, which is null for what the warehouse does not have, and `before`. It is bounded for each of them: all
 * counts end somewhere, and all is read by indexes. Facts that happened at the moment or later do not count, even if they
 * are in the warehouse already. The columns are those of KnownRow, in its order.
 */
export function knownBefore(
  products: RawBuilder<unknown>,
  customers: RawBuilder<unknown>,
): RawBuilder<KnownRow> {
  return sql<KnownRow>`
    SELECT true AS is_product, given.key, newest.unit_price::float8 AS price, sold.count AS sales
    FROM (${products}) AS given
    LEFT JOIN LATERAL (
      SELECT unit_price FROM fact_sales
      WHERE product_id = given.id AND sold_at < given.before AND ${isBought}
      ORDER BY sold_at DESC, id DESC LIMIT 1
    ) AS newest ON true
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT FROM fact_sales
        WHERE product_id = given.id AND sold_at < given.before AND sold_at >= given.before - ${days(30)}
          AND ${isBought}
        ORDER BY sold_at DESC, id DESC LIMIT 50
      ) AS line
    ) AS sold
    UNION ALL
    SELECT false, given.key, NULL, bought.count
    FROM (${customers}) AS given
    CROSS JOIN LATERAL (
      SELECT count(*)::integer AS count FROM (
        SELECT FROM fact_sales
        WHERE customer_id = given.id AND sold_at < given.before AND sold_at >= given.before - ${days(365)}
          AND ${isBought}
        ORDER BY sold_at DESC, id DESC LIMIT 20
      ) AS line
    ) AS bought`;
}

/** What the rows of that statement say, by their keys. */
export function knownByKey(rows: readonly KnownRow[]): KnownBefore {
  const products = new Map<number, KnownOfProduct>();
  const customers = new Map<number, KnownOfCustomer>();
  for (const { is_product, key, price, sales } of rows) {
    if (is_product) products.set(key, { price, soldLately: sales });
    else customers.set(key, { boughtBefore: sales });
  }
  return { products, customers };
}

const given = (moments: readonly Moment[]) => sql`
  SELECT id AS key, id, to_timestamp(before_ms / 1000) AS before FROM unnest(
    ${moments.map(({ id }) => id)}::integer[], ${moments.map(({ beforeMs }) => beforeMs)}::numeric[]
  ) AS given (id, before_ms)`;

/** What was known of each, by its key in the warehouse; each may be asked for once. */
export async function readKnownBefore(
  session: Session,
  products: readonly Moment[],
  customers: readonly Moment[],
): Promise<KnownBefore> {
  return knownByKey(await session.rows(knownBefore(given(products), given(customers))));
}
