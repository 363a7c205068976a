// What customers did with products: one row for each customer, product and kind of behaviour.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { type KnownMarks, markedCustomers } from './customer-marks.js';
import { numberOf, readRows } from './read-rows.js';

/** Sales count as purchases; whatever else is taken from events by their type. */
export interface Interaction {
  readonly customer: string;
  readonly product: string;
  readonly behaviour: string;
  /** The number that the latest such event bears, such as the stars of a rating; null without one. */
  readonly value: number | null;
}

export interface InteractionsRead {
  /** All that was done. */
  readonly all: readonly Interaction[];
  /** What had been done before the moment, with the values of then; nothing where it is null. */
  readonly before: readonly Interaction[];
}

/**
 * Reads purchases and the events of these types, of all customers, in one statement and in no order, and what of it was
 * known before a moment. Sales that cost nothing are left out: they are corrections. So are facts that are not believed
 * yet. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT or, when the signal comes first, CANCELLED.
 */
export async function readInteractions(
  database: Database,
  types: readonly string[],
  before: Date | null,
  signal?: AbortSignal,
): Promise<InteractionsRead> {
  const rows = await readRows(
    database,
    sql`
      SELECT ${columnsWith(sql`product.code`)}, done.was_before, done.value_before::float8
      FROM (${doneBy(sql`customer_id IS NOT NULL`, types, before)}) AS done
      JOIN dim_customer AS customer ON customer.id = done.customer_id
      JOIN dim_product AS product ON product.id = done.product_id`,
    signal,
  );
  const all = rows.map(interactionOf);
  const early = rows.flatMap(([, , , value, wasBefore, valueBefore], place) => {
    const done = all[place];
    if (done === undefined || wasBefore !== true) return [];
    return valueBefore === value ? done : { ...done, value: numberOf(valueBefore) };
  });
  return { all, before: early };
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
    const [code, bought, , , mark, isNew] = row;
    const told = news.get(String(code)) ?? {
      mark: String(mark),
      interactions: isNew === true ? [] : undefined,
    };
    news.set(String(code), told);
    if (bought !== null) told.interactions?.push(interactionOf(row));
  }
  return news;
}

const columnsWith = (product: RawBuilder<unknown>) => sql`
  customer.code, ${product}, done.behaviour, done.value::float8`;

function interactionOf([customer, product, behaviour, value]: readonly unknown[]): Interaction {
  return {
    customer: String(customer),
    product: String(product),
    behaviour: String(behaviour),
    value: numberOf(value),
  };
}

/**
 * One row for each customer, product and behaviour, of the facts that are believed and that `theirs` holds for; with
 * `before` also whether it was done before that moment, and the value of then.
 */
function doneBy(
  theirs: RawBuilder<unknown>,
  types: readonly string[],
  before?: Date | null,
): RawBuilder<unknown> {
  const latest = (which: RawBuilder<unknown>) =>
    sql`(array_agg(value ORDER BY occurred_at DESC, id DESC) FILTER (WHERE value IS NOT NULL AND ${which}))[1]`;
  const early = (moment: RawBuilder<unknown>) => sql`${moment} < ${before}::timestamptz`;
  const [boughtThen, actedThen] =
    before === undefined
      ? [sql``, sql``]
      : [
          sql`, ${early(sql`min(sold_at)`)} AS was_before, NULL::numeric AS value_before`,
          sql`, ${early(sql`min(occurred_at)`)}, ${latest(early(sql`occurred_at`))}`,
        ];
  return sql`
    SELECT customer_id, product_id, 'purchase' AS behaviour, NULL::numeric AS value${boughtThen}
    FROM fact_sales WHERE kind = 'SALE' AND amount > 0 AND ${believedBy('sold_at')} AND ${theirs}
    GROUP BY customer_id, product_id
    UNION ALL
    SELECT customer_id, product_id, type, ${latest(sql`true`)}${actedThen}
    FROM fact_event
    WHERE product_id IS NOT NULL AND type = ANY(${[...types]}::text[]) AND ${believedBy('occurred_at')} AND ${theirs}
    GROUP BY customer_id, product_id, type`;
}
