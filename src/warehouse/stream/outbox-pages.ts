// The outbox as the relay reads it: in order, in pages of a bounded size.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import type { OutboxEntry } from '../outbox.js';

export interface WaitingMessage extends OutboxEntry {
  readonly id: string;
}

export interface PageBounds {
  readonly messages: number;
  readonly bytes: number;
}

interface OutboxRow {
  readonly id: string;
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: string | null;
}

/**
 * The first messages that wait, in the order in which they were written; at least one if there is any. The table is
 * read once and joined with nothing: it grows and empties faster than the planner learns of it.
 */
export async function readOutbox(
  { kysely }: Pick<Database, 'kysely'>,
  bounds: PageBounds,
): Promise<readonly WaitingMessage[]> {
  const { rows } = await sql<OutboxRow>`
    SELECT id, topic, key, value, headers
    FROM (
      SELECT first.*, sum(length) OVER (ORDER BY id) - length AS before
      FROM (
        SELECT id, topic, key, value, headers, coalesce(octet_length(value), 0) AS length
        FROM outbox ORDER BY id LIMIT ${bounds.messages}
      ) AS first
    ) AS page
    WHERE before < ${bounds.bytes}
    ORDER BY id`.execute(kysely);
  return rows.map(({ id, topic, key, value, headers }) => ({
    id,
    topic,
    key,
    value,
    ...(headers === null ? {} : { headers: headersOf(headers) }),
  }));
}

function headersOf(json: string): Readonly<Record<string, Buffer>> {
  const encoded: Readonly<Record<string, string>> = JSON.parse(json);
  return Object.fromEntries(
    Object.entries(encoded).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  );
}

/** Removes exactly these messages. */
export async function deleteFromOutbox(
  { kysely }: Pick<Database, 'kysely'>,
  messages: readonly WaitingMessage[],
): Promise<void> {
  const ids = messages.map(({ id }) => id);
  await sql`DELETE FROM outbox WHERE id = ANY(${ids}::bigint[])`.execute(kysely);
}

/** How many messages wait. */
export async function countOutbox({ kysely }: Pick<Database, 'kysely'>): Promise<number> {
  const { rows } = await sql<{ count: string }>`SELECT count(*) FROM outbox`.execute(kysely);
  return Number(rows[0]?.count ?? 0);
}
