import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/stream/event-log.js';
import { pruneLog } from '../../src/stream/postgres-retention.js';
import { collect } from '../contracts/log-readers.js';
import { eventually, newName, newTopic, numbered, numbers } from '../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openLog } from './postgres-server.js';

let database: TestDatabase;
let log: EventLog;

beforeAll(async () => {
  database = await createTestDatabase();
  log = openLog(database.url);
});

afterAll(async () => {
  await log.close();
  await database.close();
});

const hourMs = 3_600_000;

/** Makes the records of the topic before that place look as if they had been appended that long ago. */
async function age(topic: string, before: number, hours: number): Promise<void> {
  await database.pool.query(
    `UPDATE log_entry SET appended_at = now() - $3::int * interval '1 hour'
     FROM log_topic WHERE log_topic.id = topic_id AND log_topic.name = $1 AND place < $2`,
    [topic, before, hours],
  );
}

describe('retention', () => {
  it('lets go of what is older than asked for, in steps, and nothing else', async () => {
    const topic = await newTopic(log, 2);
    await log.append(topic, numbered(1_000, { keys: 200 }));
    const before = await log.ends(topic);
    await age(topic, 300, 5);
    expect(await pruneLog({ pool: database.pool, retentionMs: 4 * hourMs, stepRecords: 70 })).toBe(600);
    const after = await log.ends(topic);
    expect(after.map(({ start, end }) => [start, end])).toEqual(before.map(({ end }) => [300n, end]));
    expect(await pruneLog({ pool: database.pool, retentionMs: 4 * hourMs })).toBe(0);

    const { records, tail } = await collect(log, [topic], 'start', new Map());
    await eventually(() => expect([...records.values()].flat()).toHaveLength(400));
    expect([...records.values()].map((list) => list[0]?.offset)).toEqual([300n, 300n]);
    await tail.close();
  });

  it('can let go of everything, and places go on', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(50));
    await age(topic, 50, 5);
    await pruneLog({ pool: database.pool, retentionMs: 4 * hourMs });
    expect(await log.ends(topic)).toMatchObject([{ start: 50n, end: 50n }]);
    await log.append(topic, numbered(1));
    expect(await log.ends(topic)).toMatchObject([{ start: 50n, end: 51n }]);
  });

  it('stops between steps when it is told to', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(50));
    await age(topic, 50, 5);
    const deleted = await pruneLog({
      pool: database.pool,
      retentionMs: 4 * hourMs,
      signal: AbortSignal.abort(),
    });
    expect(deleted).toBe(0);
  });

  it('asks a reader that it has overtaken for its position, who then sees the start beyond it', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(30));
    const asked: bigint[][] = [];
    const read: bigint[] = [];
    let pruned = false;
    const consumer = await log.consume({
      group: newName('group'),
      topics: [topic],
      batchRecordsMax: 10,
      position: async (partitions) => {
        asked.push(partitions.map(({ start }) => start));
        return partitions.map(({ start }) => (start === 0n ? 0n : null));
      },
      async handle({ records }) {
        read.push(...records.map(({ offset }) => offset));
        if (pruned) return;
        pruned = true;
        await age(topic, 25, 5);
        await pruneLog({ pool: database.pool, retentionMs: 4 * hourMs });
      },
    });
    await eventually(() => expect(asked).toEqual([[0n], [25n]]));
    expect(read).toEqual(numbers(0, 10).map(BigInt));
    await consumer.close();
  });
});
