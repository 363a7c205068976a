// What is new about decisions and not worked out yet: noted with the facts, taken by the settler.

import { sql } from 'kysely';
import type { Session } from '../session.js';

/** The channel on which the settler hears that something is new. */
export const touchesChannel = 'flywheel_touches';

/** An event that names a decision. */
export interface Claim {
  readonly source: string;
  readonly eventId: string;
  readonly decisionId: string;
  readonly type: string;
  readonly customerId: number | null;
  readonly productId: number | null;
  readonly atMs: number;
}

/** Something that a customer did. */
export interface Act {
  readonly customerId: number;
  /** Null where the event names no product. */
  readonly productId: number | null;
  readonly atMs: number;
}

export interface NewTouches {
  readonly claims: readonly Claim[];
  readonly acts: readonly Act[];
  /** The ids of new decisions. */
  readonly decisions: readonly string[];
}

const times = (given: readonly { readonly atMs: number }[]) =>
  given.map(({ atMs }) => new Date(atMs).toISOString());

/**
 * Notes claims and touches in the caller's transaction. Acts are noted only of customers to whom the product, or
 * something without a product, was shown and is open: all others are looked for when something is shown, or closed.
 */
export async function addTouches(session: Session, { claims, acts, decisions }: NewTouches): Promise<void> {
  if (claims.length > 0)
    await session.run(sql`
      INSERT INTO decision_claim (source, event_id, decision_id, type, customer_id, product_id, occurred_at)
      SELECT * FROM unnest(
        ${claims.map(({ source }) => source)}::text[], ${claims.map(({ eventId }) => eventId)}::text[],
        ${claims.map(({ decisionId }) => decisionId)}::text[], ${claims.map(({ type }) => type)}::text[],
        ${claims.map(({ customerId }) => customerId)}::integer[],
        ${claims.map(({ productId }) => productId)}::integer[], ${times(claims)}::timestamptz[])
      ON CONFLICT DO NOTHING`);
  const named = [...new Set([...decisions, ...claims.map(({ decisionId }) => decisionId)])];
  if (named.length > 0)
    await session.run(sql`
      INSERT INTO wheel_touch (decision_id) SELECT unnest(${named}::text[])
      RETURNING pg_notify(${touchesChannel}, '')`);
  if (acts.length > 0)
    await session.run(sql`
      INSERT INTO wheel_touch (customer_id, product_id, occurred_at)
      SELECT act.customer_id, slot.product_id, act.at
      FROM unnest(
        ${acts.map(({ customerId }) => customerId)}::integer[], ${acts.map(({ productId }) => productId)}::integer[],
        ${times(acts)}::timestamptz[]
      ) AS act (customer_id, product_id, at)
      CROSS JOIN LATERAL (
        (SELECT product_id FROM fact_decision_slot AS slot
        WHERE slot.customer_id = act.customer_id AND slot.product_id = act.product_id
          AND slot.shown_at <= act.at AND slot.closes_at >= act.at LIMIT 1)
        UNION ALL
        (SELECT product_id FROM fact_decision_slot AS slot
        WHERE slot.customer_id = act.customer_id AND slot.product_id IS NULL
          AND slot.shown_at <= act.at AND slot.closes_at >= act.at LIMIT 1)
      ) AS slot
      RETURNING pg_notify(${touchesChannel}, '')`);
}

/**
 * Notes, in the caller's transaction, all that was shown and could be answered in a range of time: facts in it have
 * changed that no batch brought, such as the sales of a file.
 */
export async function touchRange(
  session: Session,
  { first, last }: { readonly first: Date; readonly last: Date },
): Promise<void> {
  await session.run(sql`
    INSERT INTO wheel_touch (customer_id, product_id, occurred_at)
    SELECT customer_id, product_id, min(shown_at) FROM fact_decision_slot
    WHERE customer_id IS NOT NULL AND shown_at <= ${last.toISOString()}::timestamptz
      AND closes_at >= ${first.toISOString()}::timestamptz
    GROUP BY customer_id, product_id`);
  await session.run(sql`SELECT pg_notify(${touchesChannel}, '')`);
}

/** A touch as it was noted. */
export interface Touch {
  readonly decisionId: string | null;
  readonly customerId: number | null;
  readonly productId: number | null;
  readonly at: Date | null;
}

/** Takes the oldest touches, in the caller's transaction: they are noted again when that is undone. */
export async function takeTouches(session: Session, most: number): Promise<readonly Touch[]> {
  return session.rows(sql<Touch>`
    DELETE FROM wheel_touch WHERE id IN (SELECT id FROM wheel_touch ORDER BY id LIMIT ${most})
    RETURNING decision_id AS "decisionId", customer_id AS "customerId", product_id AS "productId", occurred_at AS at`);
}
