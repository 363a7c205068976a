// What customers did with products: one row for each customer, product and kind of behaviour.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { type KnownMarks, markedCustomers } from './customer-marks.js';
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
 * Reads purchases and the events of these types, of all customers, in one statement and in no order. Sales that cost
 * nothing are left out: they are corrections. So are facts that are not believed yet. Fails with a FlywheelError:
 * UNAVAILABLE, TIMEOUT or, when the signal comes first, CANCELLED.
 */
export async function readInteractions(
  database: Database,
  types: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Interaction[]> {
  const rows = await readRows(
    database,
    sql`
      SELECT ${columnsWith(sql`product.code`)}
      FROM (${doneBy(sql`customer_id IS NOT NULL`, types)}) AS done
      JOIN dim_customer AS customer ON customer.id = done.customer_id
      JOIN dim_product AS product ON product.id = done.product_id`,
    signal,
  );
  return rows.map(interactionOf);
}

/** What is new about a customer. */
export interface CustomerNews {
  readonly mark: string;
  /** All that the customer did; undefined where the mark is the known one. */
  readonly interactions: Interaction[] | undefined;
}

/**
 * The same of the customers whose mark is another than the known one, in one statement; the others are told apart from
 * those that do not exist, which are left out.
 */
export async function readNewInteractions(
  database: Database,
  known: KnownMarks,
  types: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, CustomerNews>> {
  // Looked up where there is one: a join would lay out the whole catalogue, mostly for nothing.
  const product = sql`(SELECT code FROM dim_product WHERE id = done.product_id)`;
  const theirs = sql`customer_id = ANY(ARRAY(SELECT id FROM customer WHERE is_new))`;
  const rows = await readRows(
    database,
    sql`
      WITH customer AS MATERIALIZED (${markedCustomers(known)})
      SELECT ${columnsWith(product)}, customer.mark, customer.is_new
      FROM customer LEFT JOIN (${doneBy(theirs, types)}) AS done ON done.customer_id = customer.id`,
    signal,
    'new interactions',
  );
  const news = new Map<string, CustomerNews>();
  for (const row of rows) {
    const [code, bought, , , , , mark, isNew] = row;
    const told = news.get(String(code)) ?? {
      mark: String(mark),
      interactions: isNew === true ? [] : undefined,
    };
    news.set(String(code), told);
    if (bought !== null) told.interactions?.push(interactionOf(row));
  }
  return news;
}

const ms = (moment: RawBuilder<unknown>) => sql`(extract(epoch FROM ${moment}) * 1000)::float8`;

const columnsWith = (product: RawBuilder<unknown>) => sql`
  customer.code, ${product}, done.behaviour, done.value::float8, ${ms(sql`done.first_at`)}, ${ms(sql`done.last_at`)}`;

function interactionOf([
  customer,
  product,
  behaviour,
  value,
  firstAt,
  lastAt,
]: readonly unknown[]): Interaction {
  return {
    customer: String(customer),
    product: String(product),
    behaviour: String(behaviour),
    value: typeof value === 'number' ? value : null,
    firstAtMs: Number(firstAt),
    lastAtMs: Number(lastAt),
  };
}

/** One row for each customer, product and behaviour, of the facts that are believed and that `theirs` holds for. */
function doneBy(theirs: RawBuilder<unknown>, types: readonly string[]): RawBuilder<unknown> {
  return sql`
    SELECT customer_id, product_id, 'purchase' AS behaviour, NULL::numeric AS value,
           min(sold_at) AS first_at, max(sold_at) AS last_at
    FROM fact_sales WHERE kind = 'SALE' AND amount > 0 AND ${believedBy('sold_at')} AND ${theirs}
    GROUP BY customer_id, product_id
    UNION ALL
    SELECT customer_id, product_id, type,
           (array_agg(value ORDER BY occurred_at DESC, id DESC) FILTER (WHERE value IS NOT NULL))[1],
           min(occurred_at), max(occurred_at)
    FROM fact_event
    WHERE product_id IS NOT NULL AND type = ANY(${[...types]}::text[]) AND ${believedBy('occurred_at')} AND ${theirs}
    GROUP BY customer_id, product_id, type`;
}
