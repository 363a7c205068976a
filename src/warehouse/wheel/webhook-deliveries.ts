// What is on its way to webhooks: the table `webhook_delivery`, from which a delivery goes when it has arrived.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import type { Session } from '../session.js';
import { rowsOf } from './rows-of.js';

/** The channel on which it is told that something is due, or that a webhook is not what it was. */
export const webhookChannel = 'flywheel_webhook';

type Connections = Pick<Database, 'kysely'>;

/** What a webhook wants: the names of kinds, or all for none. */
export interface Wish {
  readonly webhookId: string;
  readonly kinds: readonly string[];
}

/** What every webhook wants; none of them can be removed until the end of the transaction. */
export async function lockWishes(session: Session): Promise<readonly Wish[]> {
  return session.rows(sql<Wish>`
    SELECT id AS "webhookId", kinds::text[] AS kinds FROM webhook ORDER BY id FOR KEY SHARE`);
}

export interface NewDelivery {
  readonly webhookId: string;
  readonly decisionId: string;
  /** What is sent, as JSON text. */
  readonly body: string;
}

/** Adds deliveries that are due at once, and tells of it when they are committed; none is added twice. */
export async function addDeliveries(session: Session, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await session.run(sql`
    WITH added AS (
      INSERT INTO webhook_delivery (webhook_id, decision_id, body)
      SELECT * FROM unnest(
        ${deliveries.map(({ webhookId }) => webhookId)}::uuid[],
        ${deliveries.map(({ decisionId }) => decisionId)}::text[], ${deliveries.map(({ body }) => body)}::text[]
      ) ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT pg_notify(${webhookChannel}, '') WHERE EXISTS (SELECT FROM added)`);
}

/** When a webhook has something to do. */
export interface NextDue {
  readonly webhookId: string;
  /** In so many milliseconds; 0 or less when it is due. */
  readonly inMs: number;
}

/** When the next delivery of each webhook is due that has any. */
export async function readNextDue(database: Connections): Promise<readonly NextDue[]> {
  return rowsOf(
    database,
    sql<NextDue>`
      SELECT webhook.id AS "webhookId", (extract(epoch FROM next.due_at - now()) * 1000)::float8 AS "inMs"
      FROM webhook CROSS JOIN LATERAL (
        SELECT due_at FROM webhook_delivery
        WHERE webhook_id = webhook.id AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
      ) AS next`,
  );
}

/** One that is due, with all that it takes to make an attempt. */
export interface DueDelivery {
  readonly id: string;
  readonly decisionId: string;
  readonly body: string;
  /** How many there were before. */
  readonly attempts: number;
  readonly url: string;
  /** What it is signed with, the newest first. */
  readonly secrets: readonly string[];
}

/** What has been due longest to a webhook, at most so many; found by the index, however much there is. */
export async function readDue(
  database: Connections,
  webhookId: string,
  most: number,
): Promise<readonly DueDelivery[]> {
  return rowsOf(
    database,
    sql<DueDelivery>`
      SELECT delivery.id, decision_id AS "decisionId", body, attempts, url, secrets
      FROM webhook_delivery AS delivery JOIN webhook ON webhook.id = delivery.webhook_id
      WHERE webhook_id = ${webhookId}::uuid AND due_at <= now() ORDER BY due_at LIMIT ${most}::int`,
  );
}

/** Forgets one that has arrived. */
export async function endDelivery(database: Connections, id: string): Promise<void> {
  await rowsOf(database, sql`DELETE FROM webhook_delivery WHERE id = ${id}::bigint`);
}

/** What a failed attempt leaves: when the next one is due, null for never, and why it failed. */
export interface FailedAttempt {
  readonly retryInMs: number | null;
  readonly fault: string;
}

/** Counts a failed attempt, unless another process has counted one since the delivery was read. */
export async function noteFailure(
  database: Connections,
  { id, attempts }: Pick<DueDelivery, 'id' | 'attempts'>,
  { retryInMs, fault }: FailedAttempt,
): Promise<void> {
  await rowsOf(
    database,
    sql`UPDATE webhook_delivery SET attempts = attempts + 1, fault = ${fault},
      due_at = now() + ${retryInMs}::float8 * interval '1 millisecond'
      WHERE id = ${id}::bigint AND attempts = ${attempts}::int AND due_at IS NOT NULL`,
  );
}

/** A delivery that was given up. */
export interface DeadLetterRow {
  readonly decisionId: string;
  readonly attempts: number;
  readonly fault: string | null;
  readonly createdAt: Date;
}

/** The newest dead letters of a webhook, at most so many. */
export async function readDeadRows(
  database: Connections,
  webhookId: string,
  first: number,
): Promise<readonly DeadLetterRow[]> {
  return rowsOf(
    database,
    sql<DeadLetterRow>`
      SELECT decision_id AS "decisionId", attempts, fault, created_at AS "createdAt" FROM webhook_delivery
      WHERE webhook_id = ${webhookId}::uuid AND due_at IS NULL ORDER BY id DESC LIMIT ${first}::int`,
  );
}

/**
 * Makes dead letters due as if they were new: those of these decisions, or all for null. Tells of it at once.
 */
export async function reviveDead(
  database: Connections,
  webhookId: string,
  decisionIds: readonly string[] | null,
): Promise<void> {
  await rowsOf(
    database,
    sql`WITH revived AS (
        UPDATE webhook_delivery SET due_at = now(), attempts = 0
        WHERE webhook_id = ${webhookId}::uuid AND due_at IS NULL
          AND (${decisionIds}::text[] IS NULL OR decision_id = ANY (${decisionIds}::text[]))
        RETURNING id
      )
      SELECT pg_notify(${webhookChannel}, '') WHERE EXISTS (SELECT FROM revived)`,
  );
}

/** How many deliveries there are of each state, for all webhooks together. */
export async function countDeliveries(
  database: Connections,
): Promise<{ readonly waiting: number; readonly dead: number }> {
  const [counts] = await rowsOf(
    database,
    sql<{ waiting: number; dead: number }>`
      SELECT count(due_at)::int AS waiting, (count(*) - count(due_at))::int AS dead FROM webhook_delivery`,
  );
  return counts ?? { waiting: 0, dead: 0 };
}
