// The outbox: what a transaction wants published, written with it, appended to the log after it.

import { sql } from 'kysely';
import type { Session } from './session.js';

/** The channel on which the relay hears that there is something to do. */
export const outboxChannel = 'flywheel_outbox';

export interface OutboxEntry {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
}

/** Writes messages into the outbox, in the caller's transaction; the relay hears of them when it commits. */
export async function publish(session: Session, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const bytes = (value: Buffer | string | null) => (typeof value === 'string' ? Buffer.from(value) : value);
  const headers = (given: OutboxEntry['headers']) =>
    given === undefined
      ? null
      : JSON.stringify(
          Object.fromEntries(
            Object.entries(given).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
          ),
        );
  await session.run(sql`
    INSERT INTO outbox (topic, key, value, headers)
    SELECT * FROM unnest(
      ${entries.map(({ topic }) => topic)}::text[], ${entries.map(({ key }) => key)}::text[],
      ${entries.map(({ value }) => bytes(value))}::bytea[], ${entries.map((entry) => headers(entry.headers))}::text[])`);
  await session.run(sql`SELECT pg_notify(${outboxChannel}, '')`);
}
