// What each customer is worth to the shop: the day of the last order, the number of orders, the money.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { type KnownMarks, markedCustomers } from './customer-marks.js';
import { dateOf, numberOf, readRows } from './read-rows.js';

/** What stands, however much time goes by. Days are those of UTC, counted from 1970-01-01. */
export interface CustomerTotals {
  readonly code: string;
  /** The day of the last order; null without an order. */
  readonly lastDay: number | null;
  /** Orders: distinct invoices with a sale on them. */
  readonly orders: number;
  /** The sum of all amounts of the customer: sales less returns, with adjustments. */
  readonly spend: number;
  /** Whether there is an event of a customer without an order; false where there is an order. */
  readonly onlyBehaved: boolean;
}

export interface CustomerValues extends Omit<CustomerTotals, 'lastDay'> {
  /** Whole days (UTC) from the day of the last order to the day after the newest sale of the shop; null without an order. */
  readonly recencyDays: number | null;
}

/** What a customer is worth on that day; the shop's is the day after its newest sale. */
export function valuesOn(day: number | null, { lastDay, ...totals }: CustomerTotals): CustomerValues {
  return { ...totals, recencyDays: day === null || lastDay === null ? null : day - lastDay };
}

export interface CustomerValuesRead {
  /** In the order of the codes. */
  readonly customers: readonly CustomerValues[];
  /** The oldest and the newest sale of the shop, of those that are believed; null where there is none. */
  readonly from: Date | null;
  readonly to: Date | null;
}

/**
 * Reads all customers in one statement, from the facts that are believed. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT
 * or, when the signal comes first, CANCELLED.
 */
export async function readCustomerValues(
  database: Database,
  signal?: AbortSignal,
): Promise<CustomerValuesRead> {
  const rows = await readRows(
    database,
    sql`
      WITH customer AS (SELECT id, code FROM dim_customer), ${totalsOf(sql`customer_id IS NOT NULL`)}
      SELECT shop.day, ${totalColumns}, shop.oldest, shop.newest
      FROM shop LEFT JOIN customer ON true LEFT JOIN bought ON bought.customer_id = customer.id
      ORDER BY customer.code COLLATE "C"`,
    signal,
  );
  const [first] = rows;
  return {
    // Every row bears the period of the shop; without a customer there is one row, with that alone.
    customers: rows.flatMap(([day, code, ...totals]) =>
      typeof code === 'string' ? [valuesOn(numberOf(day), totalsFrom([code, ...totals]))] : [],
    ),
    from: dateOf(first?.[6]),
    to: dateOf(first?.[7]),
  };
}

export interface NewCustomerValues {
  /** The day after the newest sale of the shop; null where there is none. */
  readonly day: number | null;
  /** Customers that do not exist are left out. */
  readonly customers: ReadonlyMap<string, CustomerTotalsNews>;
}

/** What is new about a customer. */
export interface CustomerTotalsNews {
  readonly mark: string;
  /** Undefined where the mark is the known one. */
  readonly totals: CustomerTotals | undefined;
}

/** The same of the customers whose mark is another than the known one, in one statement. */
export async function readNewCustomerValues(
  database: Database,
  known: KnownMarks,
  signal?: AbortSignal,
): Promise<NewCustomerValues> {
  const rows = await readRows(
    database,
    sql`
      WITH customer AS MATERIALIZED (${markedCustomers(known)}),
      ${totalsOf(sql`customer_id = ANY(ARRAY(SELECT id FROM customer WHERE is_new))`)}
      SELECT shop.day, ${totalColumns}, customer.mark, customer.is_new
      FROM shop CROSS JOIN customer LEFT JOIN bought ON bought.customer_id = customer.id`,
    signal,
    'new customer values',
  );
  return {
    day: numberOf(rows[0]?.[0]),
    customers: new Map(
      rows.map(([, code, lastDay, orders, spend, onlyBehaved, mark, isNew]) => {
        const totals = isNew === true ? totalsFrom([code, lastDay, orders, spend, onlyBehaved]) : undefined;
        return [String(code), { mark: String(mark), totals }];
      }),
    ),
  };
}

/** From the columns below. */
function totalsFrom([code, lastDay, orders, spend, onlyBehaved]: readonly unknown[]): CustomerTotals {
  return {
    code: String(code),
    lastDay: numberOf(lastDay),
    orders: Number(orders),
    spend: Number(spend),
    onlyBehaved: onlyBehaved === true,
  };
}

const totalColumns = sql`
  customer.code, bought.last_day, coalesce(bought.orders, 0), coalesce(bought.spend, 0),
  coalesce(bought.orders, 0) = 0 AND EXISTS (
    SELECT FROM fact_event WHERE fact_event.customer_id = customer.id AND ${believedBy('occurred_at')}
  )`;

const dayOf = (moment: RawBuilder<unknown>) => sql`(${moment} AT TIME ZONE 'UTC')::date - date '1970-01-01'`;

/** The queries `shop`, of one row, and `bought`, of one for each customer with a fact that `theirs` holds for. */
function totalsOf(theirs: RawBuilder<unknown>): RawBuilder<unknown> {
  // Invoices are made first: distinct ones within a customer cost a sort of every line.
  return sql`
    shop AS (
      SELECT min(sold_at) AS oldest, max(sold_at) AS newest, ${dayOf(sql`max(sold_at)`)} + 1 AS day
      FROM fact_sales WHERE ${believedBy('sold_at')}
    ),
    invoice AS (
      SELECT customer_id, max(sold_at) FILTER (WHERE kind = 'SALE') AS ordered_at, sum(amount) AS amount
      FROM fact_sales WHERE ${theirs} AND ${believedBy('sold_at')}
      GROUP BY customer_id, source, invoice
    ),
    bought AS (
      SELECT customer_id, ${dayOf(sql`max(ordered_at)`)} AS last_day, count(ordered_at)::integer AS orders,
             sum(amount) AS spend
      FROM invoice GROUP BY customer_id
    )`;
}
