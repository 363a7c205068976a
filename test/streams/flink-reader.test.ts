// Holds where the reading of Flink's windows goes on, and what is said of those that nobody has read.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../src/core/log.js';
import { definitions } from '../../src/metrics/definitions.js';
import { planFlinkFacts } from '../../src/metrics/flink-facts.js';
import { createFlinkWindowReader } from '../../src/metrics/flink-windows.js';
import { planLiveCuts } from '../../src/metrics/live-cuts.js';
import { openFlinkReader } from '../../src/pipeline/flink-reader.js';
import type { TailOptions } from '../../src/stream/event-log.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const lease = { name: 'flink', number: 1n, lost: new AbortController().signal };
const place = { clusterId: 'c', topicId: 't', topic: 'windows' };
let database: TestDatabase;
let generation: number;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start) VALUES ('flink', 1, 'h', 'infinity', 1, now())`,
  );
  const { rows } = await database.pool.query(
    `INSERT INTO flink_generation (fact, starts, clock_ms, last_id, ready) VALUES ('Event', '{}', 0, 0, true) RETURNING generation`,
  );
  generation = rows[0].generation;
});
afterAll(() => database?.close());

/** A topic whose partitions hold what lies between these places. */
async function open(...ranges: readonly (readonly [bigint, bigint])[]) {
  let tail: TailOptions | undefined;
  const partitions = ranges.map(([start, end], partition) => ({ ...place, partition, start, end }));
  const reader = await openFlinkReader({
    log: {
      ends: async () => partitions,
      tail: async (options) => {
        tail = options;
        return { close: async () => {} };
      },
    },
    database,
    windows: createFlinkWindowReader(planFlinkFacts(planLiveCuts(catalogue, definitions))),
    topic: place.topic,
    group: 'g',
    lease,
    logger: createLog({ level: 'silent' }),
  });
  const say = async (partition: number, offset: bigint, rows: number) => {
    const value = { cut: 'Event/ALL/', start: 0, key: '', generation, rows, states: [String(rows)] };
    const record = {
      offset,
      key: null,
      value: Buffer.from(JSON.stringify(value)),
      headers: {},
      appendedAtMs: 0,
    };
    const batch = { ...place, partition, records: [record], nextOffset: offset + 1n, endOffset: offset + 1n };
    await tail?.handle(batch);
  };
  return { reader, partitions, say, from: tail?.from };
}

const stale = async () =>
  (await database.pool.query('SELECT stale FROM flink_generation')).rows.map((row) => row.stale);

it('knows which windows count less than they did, in the generation in which they do', async () => {
  const { reader, say } = await open([0n, 0n]);
  await say(0, 0n, 5);
  expect(reader.isBehind('Event', generation)).toBe(false);
  await say(0, 1n, 3);
  expect(reader.isBehind('Event', generation)).toBe(true);
  expect(reader.isBehind('Sale', generation)).toBe(false);
  // What was behind before a generation began says nothing of it, even if the window never comes again.
  expect(reader.isBehind('Event', generation + 1)).toBe(false);
});

it('reads partitions that are added', async () => {
  const { reader, partitions, say } = await open([0n, 2n]);
  partitions.push({ ...place, partition: 1, start: 0n, end: 1n });
  expect(reader.hasRead(partitions)).toBe(false);
  await say(1, 0n, 9);
  expect(reader.hasRead(partitions)).toBe(true);
  expect(await stale()).toEqual([null]);
});

it('goes on where it was, and begins the windows anew where the topic let go of what it had not read', async () => {
  const { from } = await open([0n, 4n], [0n, 1n]);
  expect(from).toEqual(
    new Map([
      ['windows/0', 2n],
      ['windows/1', 1n],
    ]),
  );
  expect(await stale()).toEqual([null]);
  const { from: later } = await open([3n, 4n], [0n, 1n]);
  expect(later?.get('windows/0')).toBe(3n);
  expect(await stale()).toEqual(['The log let go of what Flink said of windows before it was read.']);
});
