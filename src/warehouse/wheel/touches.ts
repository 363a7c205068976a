// What is new about decisions and not worked out yet: noted with the facts, taken by the settler.

import { type RawBuilder, sql } from 'kysely';
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
 * Notes claims and touches in the caller's transaction. An act is noted where the place of its product that was shown last
 * before it, or the last place without a product, is open at its moment: it asks for that place alone, however much was
 * shown to its customer. All others are looked for when something is shown, or closed.
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
      SELECT act.customer_id, last.product_id, act.at
      FROM (
        SELECT DISTINCT * FROM unnest(
          ${acts.map(({ customerId }) => customerId)}::integer[], ${acts.map(({ productId }) => productId)}::integer[],
          ${times(acts)}::timestamptz[]
        ) AS given (customer_id, product_id, at)
      ) AS act CROSS JOIN LATERAL (
        SELECT product_id FROM (
          ${lastShown(sql`slot.product_id = act.product_id`, true)} UNION ALL
          ${lastShown(sql`slot.product_id = act.product_id`, false)}
        ) AS slot WHERE closes_at >= act.at
        UNION
        SELECT product_id FROM (
          ${lastShown(sql`slot.product_id IS NULL`, true)} UNION ALL
          ${lastShown(sql`slot.product_id IS NULL`, false)}
        ) AS slot WHERE closes_at >= act.at
      ) AS last
      RETURNING pg_notify(${touchesChannel}, '')`);
}

function lastShown(isIt: RawBuilder<unknown>, isList: boolean): RawBuilder<unknown> {
  return sql`(SELECT product_id, closes_at FROM fact_decision_slot AS slot
    WHERE slot.customer_id = act.customer_id AND ${isIt} AND slot.is_list = ${isList} AND slot.shown_at <= act.at
    ORDER BY slot.shown_at DESC LIMIT 1)`;
}

/**
 * Notes, in the caller's transaction, all that was shown and could be answered in a range of time: facts in it have
 * changed that no batch brought, such as the sales of a file.
 */
export async function touchRange(
  session: Session,
  { first, last }: { readonly first: Date; readonly last: Date },
): Promise<void> {
  // Both parts go by the index of lessons and ends: a range is mostly of late, and then few places end behind its beginning.
  const within = sql`closes_at >= ${first.toISOString()}::timestamptz AND shown_at <= ${last.toISOString()}::timestamptz`;
  await session.run(sql`
    INSERT INTO wheel_touch (decision_id)
    SELECT decision_id FROM fact_decision_slot WHERE lesson IS NULL AND ${within}
    UNION
    SELECT decision_id FROM fact_decision_slot WHERE lesson IN ('taught', 'capped', 'none') AND ${within}`);
  await session.run(sql`SELECT pg_notify(${touchesChannel}, '')`);
}

/**
 * Notes decisions once more, in the caller's transaction, which has just seen them shown: to be taken when every
 * transaction has ended that could not see that yet. Without it, what is done in a batch that is being written at this moment
 * would be noted by nobody.
 */
export async function touchAgain(session: Session, decisions: readonly string[]): Promise<void> {
  await session.run(sql`
    INSERT INTO wheel_touch (decision_id, waits_for)
    SELECT DISTINCT unnest(${[...decisions]}::text[]), -1`);
}

/** A touch as it was noted. */
export interface Touch {
  readonly decisionId: string | null;
  readonly customerId: number | null;
  readonly productId: number | null;
  readonly at: Date | null;
}

/**
 * Takes the oldest touches that need not wait, in the caller's transaction: they are noted again when that is undone.
 * `waits` says whether others are left that do.
 */
export async function takeTouches(
  session: Session,
  most: number,
): Promise<{ readonly touches: readonly Touch[]; readonly waits: boolean }> {
  // Whoever began before now and did not see that something is shown has a lower number than the next one to begin.
  await session.run(sql`
    UPDATE wheel_touch SET waits_for = pg_snapshot_xmax(pg_current_snapshot())::text::bigint WHERE waits_for = -1`);
  const touches = await session.rows(sql<Touch>`
    DELETE FROM wheel_touch WHERE id IN (
      (SELECT id FROM wheel_touch WHERE waits_for = 0 ORDER BY id LIMIT ${most})
      UNION ALL
      (SELECT id FROM wheel_touch
      WHERE waits_for > 0 AND waits_for <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      ORDER BY waits_for, id LIMIT ${most})
      LIMIT ${most})
    RETURNING decision_id AS "decisionId", customer_id AS "customerId", product_id AS "productId", occurred_at AS at`);
  const waiting = await session.rows(sql<object>`SELECT FROM wheel_touch WHERE waits_for <> 0 LIMIT 1`);
  return { touches, waits: waiting.length > 0 };
}
