// Results of live windows, put where the closer puts them: into the table of windows and into the results topic.

import type { ResultMessage } from '../../../src/metrics/live.js';
import { windowKey } from '../../../src/metrics/live-update.js';
import { createPostgresEventLog } from '../../../src/stream/postgres-event-log.js';
import { createListener } from '../../../src/stream/postgres-listener.js';
import type { TestDatabase } from '../../support/postgres.js';

export const resultsTopic = 'flywheel.results';

export interface ResultDraft {
  /** `Event/MINUTE/` unless given. */
  readonly cut?: string;
  /** Minutes since 2026-01-01; undefined for the window without end. */
  readonly minute?: number | undefined;
  readonly key?: readonly (string | null)[];
  /** Of EVENTS, as decimal text. */
  readonly value: number;
  readonly final?: boolean;
  /** Whether more distinct members came than are counted; the value is null then. */
  readonly refused?: boolean;
}

const firstMinuteMs = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

function timeOf(minute: number): string {
  return new Date(firstMinuteMs + minute * minuteMs).toISOString();
}

function recordOf(message: ResultMessage) {
  return { key: windowKey(message), value: JSON.stringify(message) };
}

export interface Results {
  /** Stores and publishes the next revision of a window. */
  publish(...drafts: readonly ResultDraft[]): Promise<void>;
  /** Stores the next revisions, and publishes them only when the returned function is called. */
  store(...drafts: readonly ResultDraft[]): Promise<() => Promise<void>>;
  /** Publishes the next revisions without storing them. */
  announce(...drafts: readonly ResultDraft[]): Promise<void>;
  /** Publishes again what was published before, as a relay does after a fault. */
  repeat(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Stands in for the closer and the relay of a database. */
export function openResults(database: TestDatabase): Results {
  const listener = createListener({ url: database.url });
  const log = createPostgresEventLog({ pool: database.pool, url: database.url, listener });
  const revisions = new Map<string, number>();
  const published: ResultMessage[] = [];

  function messageOf({
    cut = 'Event/MINUTE/',
    minute,
    key = [],
    value,
    final = false,
    refused = false,
  }: ResultDraft) {
    const start = minute === undefined ? null : timeOf(minute);
    const window = windowKey({ cut, start, key });
    const revision = (revisions.get(window) ?? 0) + 1;
    revisions.set(window, revision);
    const message: ResultMessage = {
      cut,
      start,
      end: minute === undefined ? null : timeOf(minute + 1),
      key,
      labels: key,
      values: { EVENTS: refused ? null : String(value) },
      ...(refused ? { refused: ['EVENTS'] } : {}),
      final,
      revision,
      watermark: start,
    };
    return message;
  }

  /** Stores the window and its result as one step, as the closer does; resolves to the place in the outbox. */
  async function keep(message: ResultMessage): Promise<string> {
    const { cut, start, end, key, revision, final } = message;
    const record = recordOf(message);
    const { rows } = await database.pool.query<{ id: string }>(
      `WITH stored AS (
         INSERT INTO live_window (cut, window_start, key, window_end, message, revision, final)
         VALUES ($1, coalesce($2, '1970-01-01T00:00:00Z'::timestamptz), $3, $4, $5, $6, $7)
         ON CONFLICT (cut, window_start, key) DO UPDATE
         SET message = excluded.message, revision = excluded.revision, final = excluded.final)
       INSERT INTO outbox (topic, key, value) VALUES ($8, $9, $10) RETURNING id`,
      [
        cut,
        start,
        JSON.stringify(key),
        end,
        record.value,
        revision,
        final,
        resultsTopic,
        record.key,
        Buffer.from(record.value),
      ],
    );
    return rows[0]?.id ?? '';
  }

  async function append(messages: readonly ResultMessage[]): Promise<void> {
    published.push(...messages);
    await log.append(resultsTopic, messages.map(recordOf));
  }

  /** The result stands in the outbox until it is on the log, so that a snapshot knows that it is still to come. */
  async function store(...drafts: readonly ResultDraft[]) {
    const messages = drafts.map(messageOf);
    const latest = new Map(messages.map((message) => [windowKey(message), message]));
    const ids: string[] = [];
    for (const message of latest.values()) ids.push(await keep(message));
    return async () => {
      await append(messages);
      await database.pool.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [ids]);
    };
  }

  return {
    store,
    publish: async (...drafts) => (await store(...drafts))(),
    announce: (...drafts) => append(drafts.map(messageOf)),
    repeat: (count) => append(published.slice(-count)),
    async close() {
      await log.close();
      await listener.close();
    },
  };
}
