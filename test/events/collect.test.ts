// Events that are handed over become durable, or are refused with a reason; what cannot be taken now is said.

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { type CollectorDeps, createCollector } from '../../src/events/collect.js';
import { createDecoder } from '../../src/events/decode.js';
import { type Appender, createAppender } from '../../src/stream/postgres-append.js';
import { makeTopics } from '../../src/stream/postgres-topics.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { testTopics as topics } from '../support/services.js';

let database: TestDatabase;
let log: Appender;

beforeAll(async () => {
  database = await createTestDatabase();
  await makeTopics(
    database.pool,
    Object.values(topics).map((name) => ({ name, partitions: 2 })),
  );
  log = createAppender({ pool: database.pool, onFault: () => undefined });
});
afterAll(async () => {
  await log?.close();
  await database?.close();
});

const inputOf = (value: unknown, headers: Record<string, Buffer> = {}) => ({
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers,
});

function collector(options: Partial<CollectorDeps> = {}) {
  return createCollector({ log, topics, timeZone: 'UTC', clock: systemClock, ...options });
}

interface Entry {
  readonly name: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: string | null;
}

/** What the log holds, and then no longer holds. */
async function takeEntries(): Promise<readonly Entry[]> {
  const { rows } = await database.pool.query<Entry>(
    `SELECT topic.name, entry.key, entry.value, entry.headers
     FROM log_entry entry JOIN log_topic topic ON topic.id = entry.topic_id
     ORDER BY topic.name, entry.value`,
  );
  await database.pool.query('DELETE FROM log_entry');
  return rows;
}

/** Keeps every append waiting until it is called off. */
async function holdAppends(): Promise<() => Promise<void>> {
  const client: pg.PoolClient = await database.pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM log_partition FOR UPDATE');
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}

describe('collect', () => {
  it('appends the good ones as they came, and says what is wrong with the others', async () => {
    const click =
      '{"event": "click", "user_id": 1, "item_id": 2, "timestamp": "2024-09-09 12:00:00", "x": 1.0}';
    const measured = '{"event_id":3,"event_time":1725868800.0,"value":300,"device":"d1"}';
    const structured = { 'content-type': Buffer.from('application/cloudevents+json') };
    const cloud = { specversion: '1.0', id: 'a', source: '/s', type: 'x.view', data: {} };
    const collected = await collector().collect([
      inputOf(click),
      inputOf('nonsense'),
      inputOf(measured),
      inputOf({ event: 'purchase', items: 5, ts: 1 }),
      inputOf(cloud, structured),
    ]);
    expect(collected.accepted).toBe(3);
    expect(collected.rejected).toEqual([
      { index: 1, reason: expect.stringContaining('It is not JSON') },
      { index: 3, reason: '"items" is 5; it must be a list of {item_id, quantity, price}.' },
    ]);
    const entries = await takeEntries();
    expect(entries.map(({ name, key, value }) => [name, key?.toString(), value.toString()])).toEqual([
      [topics.measurement, 'd1', measured],
      [topics.behaviour, '1', click],
      [topics.behaviour, undefined, JSON.stringify(cloud)],
    ]);
    expect(entries[2]?.headers).toContain('content-type');
  });

  it('keeps examples of nobody in their order, whichever learner they are for', async () => {
    const example = (model: string) => inputOf({ event: 'example', model, features: [1, 2], value: 3 });
    await collector().collect([example('line'), example('curve'), inputOf({ event: 'view' })]);
    const entries = await takeEntries();
    expect(entries.map(({ key }) => key?.toString())).toEqual(['example', 'example', undefined]);
  });

  it('takes an event without a time for one of now', async () => {
    expect(await collector().collect([inputOf({ event: 'view' })])).toEqual({ accepted: 1, rejected: [] });
    const [entry] = await takeEntries();
    const decode = createDecoder({ timeZone: 'UTC' });
    expect(decode({ value: entry?.value ?? null, headers: {}, appendedAtMs: 7 })).toMatchObject({
      event: { occurredAtMs: 7 },
    });
  });

  it('takes nothing, and many', async () => {
    const { collect, pending } = collector();
    expect(await collect([])).toEqual({ accepted: 0, rejected: [] });
    const many = Array.from({ length: 2_500 }, (_, place) =>
      inputOf(place % 2 === 0 ? { event: 'view', id: place, ts: 1 } : { event: 5 }),
    );
    const { accepted, rejected } = await collect(many);
    expect([accepted, rejected.length, rejected[0]?.index]).toEqual([1_250, 1_250, 1]);
    expect(pending()).toEqual({ events: 0, bytes: 0 });
    expect(await takeEntries()).toHaveLength(1_250);
  });

  it('refuses more than may wait, and goes on when the log has caught up', async () => {
    const { collect, pending } = collector({ pendingEventsMax: 3 });
    const view = inputOf({ event: 'view', ts: 1 });
    const release = await holdAppends();
    const first = collect([view, view]);
    const refused = await collect([view, view]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1_000 } });
    const second = collect([view]);
    expect(pending().events).toBe(3);
    await release();
    expect([await first, await second].map(({ accepted }) => accepted)).toEqual([2, 1]);
    // More than may ever wait is taken when nothing else does.
    expect(await collect([view, view, view, view])).toMatchObject({ accepted: 4 });
    expect(await takeEntries()).toHaveLength(7);
  });

  it('bounds the bytes that wait', async () => {
    const { collect } = collector({ pendingBytesMax: 100 });
    const long = inputOf({ event: 'view', ts: 1, note: 'x'.repeat(200) });
    const release = await holdAppends();
    const first = collect([long]);
    await expect(collect([inputOf({ event: 'view' })])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await release();
    await first;
    await takeEntries();
  });

  it('gives up on a log that is away, and then has nothing pending', async () => {
    const { collect, pending } = collector({ patienceMs: 50 });
    const release = await holdAppends();
    await expect(collect([inputOf({ event: 'view' })])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pending()).toEqual({ events: 0, bytes: 0 });
    await release();
  });

  it('says so when the topic is missing', async () => {
    const { collect } = collector({ topics: { ...topics, behaviour: 'none' } });
    await expect(collect([inputOf({ event: 'view' })])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
