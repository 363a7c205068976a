// How many units of a product are there: the newest count, and what was sold since.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from '../service-reads/believed-facts.js';
import { dateOf, readRows } from '../service-reads/read-rows.js';
import type { Session } from '../session.js';

/** The channel on which it is heard that stock has changed. */
export const stockChannel = 'flywheel_stock';

/** Units of a product that were counted. */
export interface StockCount {
  readonly productId: number;
  /** As text, so that no digit is lost. */
  readonly quantity: string;
  readonly countedAtMs: number;
}

/**
 * Keeps the newest count of each product, by the moment of counting, in the caller's transaction; of two at one moment the
 * lower one, so that the order in which they come does not matter. Resolves to how many levels changed.
 */
export async function writeCounts(session: Session, counts: readonly StockCount[]): Promise<number> {
  if (counts.length === 0) return 0;
  return session.run(sql`
    INSERT INTO stock_level AS level (product_id, quantity, counted_at)
    SELECT DISTINCT ON (product_id) product_id, quantity, counted_at
    FROM unnest(
      ${counts.map(({ productId }) => productId)}::integer[], ${counts.map(({ quantity }) => quantity)}::numeric(12, 3)[],
      ${counts.map(({ countedAtMs }) => new Date(countedAtMs).toISOString())}::timestamptz[]
    ) AS given (product_id, quantity, counted_at)
    ORDER BY product_id, counted_at DESC, quantity
    ON CONFLICT (product_id) DO UPDATE SET quantity = excluded.quantity, counted_at = excluded.counted_at
    WHERE (excluded.counted_at, -excluded.quantity) > (level.counted_at, -level.quantity)`);
}

/** Tells whoever watches stock that it changed, if one of these products was ever counted. */
export async function tellOfStock(session: Session, productIds: readonly number[]): Promise<void> {
  if (productIds.length === 0) return;
  await session.run(sql`
    SELECT pg_notify(${stockChannel}, '')
    WHERE EXISTS (SELECT FROM stock_level WHERE product_id = ANY(${[...productIds]}::integer[]))`);
}

/** The last count of a product and what followed it. */
export interface StockRead {
  readonly productId: number;
  readonly code: string;
  readonly counted: number;
  readonly countedAt: Date;
  /** Units of sales after the count, less those of returns. */
  readonly soldSince: number;
  /** The last of these sales or returns; the count itself where there is none. */
  readonly movedAt: Date;
}

/** Of each product with one of these codes that was ever counted, in no order. UNAVAILABLE, TIMEOUT or CANCELLED. */
export async function readStock(
  database: Database,
  codes: readonly string[],
  signal?: AbortSignal,
): Promise<readonly StockRead[]> {
  const rows = await readRows(
    database,
    sql`SELECT ${stockColumns} FROM ${stockTables} WHERE product.code = ANY(${[...codes]}::text[])`,
    signal,
  );
  return rows.map(stockOf);
}

/** The columns of `stockOf`, of the tables of `stockTables`. */
export const stockColumns = sql`product.id, product.code, level.quantity::float8, level.counted_at,
  COALESCE(sold.units, 0)::float8, COALESCE(sold.last_at, level.counted_at)`;

/** An adjustment of the books moves no goods. */
export const stockTables: RawBuilder<unknown> = sql`stock_level AS level
  JOIN dim_product AS product ON product.id = level.product_id
  CROSS JOIN LATERAL (
    SELECT sum(sale.quantity) AS units, max(sale.sold_at) AS last_at FROM fact_sales AS sale
    WHERE sale.product_id = level.product_id AND sale.sold_at > level.counted_at
      AND sale.kind <> 'ADJUSTMENT' AND ${believedBy('sold_at')}
  ) AS sold`;

const aPast = new Date(0);

export function stockOf([id, code, counted, countedAt, sold, movedAt]: readonly unknown[]): StockRead {
  return {
    productId: Number(id),
    code: String(code),
    counted: Number(counted),
    countedAt: dateOf(countedAt) ?? aPast,
    soldSince: Number(sold),
    movedAt: dateOf(movedAt) ?? aPast,
  };
}
