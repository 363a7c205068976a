// What rules find in events: noted with the facts, decided once, however often and late events come.

import { sql } from 'kysely';
import type { Session } from '../session.js';

/** The channel on which it is heard that something waits to be decided. */
export const triggersChannel = 'flywheel_triggers';

/** A view of a product by a customer. */
export interface View {
  readonly customerId: number;
  readonly productId: number;
  readonly atMs: number;
}

/** Of one customer so many events are looked at, the newest first: a flood of one must not hold up the others. */
const eventsMax = 1_000;

/**
 * Notes, in the caller's transaction, of which of these views one is the third within `windowMs` after the last purchase
 * of the product: by when things happened, whatever the order in which they come. A customer and product are noted
 * once in that time, so neither further views nor late ones note a second one. Nothing while deciding is switched off.
 */
export async function noteThirdViews(
  session: Session,
  rule: string,
  views: readonly View[],
  windowMs: number,
): Promise<void> {
  if (views.length === 0) return;
  const span = sql`${windowMs} * interval '1 millisecond'`;
  await session.run(sql`
    WITH viewed AS (
      SELECT customer_id, product_id, min(at) AS first_at, max(at) AS last_at
      FROM unnest(
        ${views.map(({ customerId }) => customerId)}::integer[], ${views.map(({ productId }) => productId)}::integer[],
        ${views.map(({ atMs }) => new Date(atMs).toISOString())}::timestamptz[]
      ) AS given (customer_id, product_id, at)
      GROUP BY customer_id, product_id
    ), pair AS (
      SELECT * FROM viewed
      WHERE NOT EXISTS (SELECT FROM wheel_switch WHERE action = 'RECOMMEND' AND NOT "on")
        AND NOT EXISTS (SELECT FROM wheel_trigger AS known WHERE known.rule = ${rule}
          AND known.customer_id = viewed.customer_id AND known.product_id = viewed.product_id
          AND known.occurred_at >= viewed.last_at - ${span})
    ), customer AS (
      SELECT customer_id, min(first_at) - ${span} AS begins, max(last_at) + ${span} AS ends FROM pair GROUP BY customer_id
    ), done AS MATERIALIZED (
      SELECT event.* FROM customer CROSS JOIN LATERAL (
        SELECT event.customer_id, event.product_id, event.type, event.source, event.event_id, event.occurred_at AS at
        FROM fact_event AS event
        WHERE event.customer_id = customer.customer_id AND event.occurred_at BETWEEN customer.begins AND customer.ends
        ORDER BY event.occurred_at DESC LIMIT ${eventsMax}
      ) AS event JOIN pair ON pair.customer_id = event.customer_id AND pair.product_id = event.product_id
    ), often AS (
      SELECT customer_id, product_id, min(at) AS first_at, max(at) AS last_at,
        max(at) FILTER (WHERE type = 'purchase') AS bought_at
      FROM done GROUP BY customer_id, product_id HAVING count(*) FILTER (WHERE type = 'view') >= 3
    ), bought AS (
      SELECT customer_id, product_id, greatest(bought_at, (
        SELECT max(sale.sold_at) FROM fact_sales AS sale
        WHERE sale.customer_id = often.customer_id AND sale.product_id = often.product_id AND sale.kind = 'SALE'
          AND sale.sold_at BETWEEN often.first_at AND often.last_at + ${span}
      )) AS at FROM often
    ), view AS (
      SELECT done.*, lag(done.at, 2) OVER (
        PARTITION BY customer_id, product_id ORDER BY done.at, done.source, done.event_id) AS second_before
      FROM done JOIN bought USING (customer_id, product_id)
      WHERE done.type = 'view' AND (bought.at IS NULL OR done.at > bought.at)
    ), third AS (
      SELECT DISTINCT ON (customer_id, product_id) view.*
      FROM view JOIN pair USING (customer_id, product_id)
      LEFT JOIN wheel_trigger AS known ON known.rule = ${rule} AND known.customer_id = view.customer_id
        AND known.product_id = view.product_id
      WHERE view.second_before >= view.at - ${span} AND view.at >= pair.first_at
        AND (known.occurred_at IS NULL OR view.at > known.occurred_at + ${span})
      ORDER BY customer_id, product_id, view.at, view.source, view.event_id
    )
    INSERT INTO wheel_trigger AS known (rule, customer_id, product_id, source, event_id, occurred_at, is_open)
    SELECT ${rule}, customer_id, product_id, source, event_id, at, true FROM third
    ORDER BY customer_id, product_id
    ON CONFLICT (rule, customer_id, product_id) DO UPDATE
    SET source = excluded.source, event_id = excluded.event_id, occurred_at = excluded.occurred_at, is_open = true
    WHERE excluded.occurred_at > known.occurred_at + ${span}
    RETURNING pg_notify(${triggersChannel}, '')`);
}

/** What a rule found, by the codes of customer and product. */
export interface Trigger {
  readonly customer: string;
  readonly product: string;
  readonly source: string;
  readonly eventId: string;
  readonly occurredAt: Date;
}

/** Takes the oldest that wait, in the caller's transaction: they wait again when that is undone. */
export async function takeTriggers(
  session: Session,
  rule: string,
  most: number,
): Promise<readonly Trigger[]> {
  return session.rows(sql<Trigger>`
    UPDATE wheel_trigger AS taken SET is_open = false
    FROM (
      SELECT rule, customer_id, product_id FROM wheel_trigger WHERE is_open AND rule = ${rule}
      ORDER BY occurred_at LIMIT ${most} FOR UPDATE
    ) AS waiting
    JOIN dim_customer AS customer ON customer.id = waiting.customer_id
    JOIN dim_product AS product ON product.id = waiting.product_id
    WHERE taken.rule = waiting.rule AND taken.customer_id = waiting.customer_id AND taken.product_id = waiting.product_id
    RETURNING customer.code AS customer, product.code AS product, taken.source, taken.event_id AS "eventId",
      taken.occurred_at AS "occurredAt"`);
}
