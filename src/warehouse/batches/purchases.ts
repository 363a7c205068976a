// What customers bought, summed up: from sales or from lines of files, through a staging table into `fact_customer_purchase`.

import { type RawBuilder, sql } from 'kysely';
import { copyText, type Session } from '../session.js';
import { copyRows } from '../stream/copy-rows.js';

/** The columns of a staging table that holds one row for each customer; the code is empty for purchases without one. */
export const purchaseColumns = ['code', 'total', 'orders', 'first_purchase', 'last_purchase'] as const;

/** Amounts are held to the millionth: each is rounded there before it is summed. */
export const amountPlaces = 6;

/** Makes the staging table. Its key refuses what a part of a run that is done over would bring twice. */
export function createPurchaseStage(table: string): RawBuilder<unknown> {
  return sql`CREATE UNLOGGED TABLE ${sql.table(table)} (code text PRIMARY KEY, total numeric(38, 6) NOT NULL,
    orders bigint NOT NULL, first_purchase timestamptz, last_purchase timestamptz)`;
}

function fill(table: string, select: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`INSERT INTO ${sql.table(table)} (${sql.join(purchaseColumns.map((column) => sql.ref(column)))}) ${select}`;
}

/** Sums up all sales of the warehouse; orders are invoices with a sale on them. */
export function sumUpSales(table: string): RawBuilder<unknown> {
  const sold = sql`FILTER (WHERE s.kind = 'SALE')`;
  return fill(
    table,
    sql`SELECT coalesce(c.code, ''), sum(s.amount), count(DISTINCT (s.source, s.invoice)) ${sold},
      coalesce(min(s.sold_at) ${sold}, min(s.sold_at)), coalesce(max(s.sold_at) ${sold}, max(s.sold_at))
    FROM fact_sales AS s LEFT JOIN dim_customer AS c ON c.id = s.customer_id GROUP BY 1`,
  );
}

/** A line of a file: texts as they stand there, checked; the order is null where the file names none. */
export interface PurchaseLine {
  readonly code: string;
  readonly amount: string;
  readonly at: string | null;
  readonly order: string | null;
}

const linesTable = 'batch_purchase_line';
const lineColumns = ['code', 'amount', 'at', 'order_code'] as const;

/** A table of lines that the transaction takes with it. */
export async function createPurchaseLines(session: Session): Promise<void> {
  await session.run(sql`SELECT set_config('TimeZone', 'UTC', true)`);
  await session.run(sql`CREATE TEMPORARY TABLE ${sql.table(linesTable)}
    (code text NOT NULL, amount numeric NOT NULL, at timestamptz, order_code text) ON COMMIT DROP`);
}

export function copyPurchaseLines(session: Session, lines: readonly PurchaseLine[]): Promise<void> {
  return copyRows(
    session,
    linesTable,
    lineColumns,
    lines,
    ({ code, amount, at, order }) =>
      `${copyText(code)}\t${amount}\t${at === null ? '\\N' : at}\t${copyText(order)}\n`,
  );
}

/** Sums up the lines; every line that names no order is one. */
export function sumUpLines(table: string, hasOrders: boolean): RawBuilder<unknown> {
  const orders = hasOrders
    ? sql`count(DISTINCT order_code) + count(*) FILTER (WHERE order_code IS NULL)`
    : sql`count(*)`;
  return fill(
    table,
    sql`SELECT code, sum(round(amount, ${sql.lit(amountPlaces)})), ${orders}, min(at), max(at)
      FROM ${sql.table(linesTable)} GROUP BY code`,
  );
}

/** A score from 1 to 5 by fifths of all customers; those who are alike have the same. */
function fifth(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`1 + (5 * (rank() OVER (PARTITION BY code = '' ORDER BY ${value}) - 1)
    / count(*) OVER (PARTITION BY code = ''))::int`;
}

const figures = [
  'customer_id',
  'total',
  'orders',
  'first_purchase',
  'last_purchase',
  'recency_days',
  'recency_score',
  'frequency_score',
  'monetary_score',
] as const;

const figureRefs = (alias: string) => sql.join(figures.map((name) => sql.ref(`${alias}.${name}`)));

/**
 * Makes the rows of the source what the staging table says, customers that nobody knew included; rows that say so already
 * stay as they are. How many rows there are then, and how many were added, changed or taken away.
 */
export async function replacePurchases(
  session: Session,
  table: string,
  source: string,
): Promise<{ readonly rows: number; readonly changed: number }> {
  const stage = sql.table(table);
  await session.run(sql`INSERT INTO dim_customer (code) SELECT s.code FROM ${stage} AS s
    WHERE s.code <> '' AND NOT EXISTS (SELECT FROM dim_customer AS c WHERE c.code = s.code)
    ORDER BY s.code ON CONFLICT DO NOTHING`);
  const written = await session.run(sql`
    WITH scored AS (
      SELECT s.code, s.total, s.orders, s.first_purchase::timestamptz(3), s.last_purchase::timestamptz(3),
        floor(extract(epoch FROM max(s.last_purchase) OVER () - s.last_purchase) / 86400)::int AS recency_days,
        CASE WHEN s.code <> '' AND s.last_purchase IS NOT NULL THEN ${fifth(sql`s.last_purchase NULLS FIRST`)} END AS recency_score,
        CASE WHEN s.code <> '' THEN ${fifth(sql`s.orders`)} END AS frequency_score,
        CASE WHEN s.code <> '' THEN ${fifth(sql`s.total`)} END AS monetary_score
      FROM ${stage} AS s
    ), known AS (SELECT scored.*, c.id AS customer_id FROM scored LEFT JOIN dim_customer AS c ON c.code = scored.code)
    INSERT INTO fact_customer_purchase AS p (source, code, as_of, ${sql.join(figures.map((name) => sql.ref(name)))})
    SELECT ${source}, k.code, coalesce(k.last_purchase, now()), ${figureRefs('k')} FROM known AS k
    ON CONFLICT (source, code) DO UPDATE SET as_of = excluded.as_of, computed_at = now(),
      ${sql.join(figures.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`))}
    WHERE (${figureRefs('p')}) IS DISTINCT FROM (${figureRefs('excluded')})`);
  const gone = await session.run(sql`DELETE FROM fact_customer_purchase AS p WHERE p.source = ${source}
    AND NOT EXISTS (SELECT FROM ${stage} AS s WHERE s.code = p.code)`);
  const [count] = await session.rows(
    sql<{
      rows: number;
    }>`SELECT count(*)::float8 AS rows FROM fact_customer_purchase WHERE source = ${source}`,
  );
  return { rows: count?.rows ?? 0, changed: written + gone };
}
