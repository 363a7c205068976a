import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Destination, movePositions } from '../../src/pipeline/move-positions.js';
import { readPositions } from '../../src/warehouse/stream/positions.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import {
  type LogAtHand,
  openLog,
  preparePipeline,
  type RunningPipeline,
  type RunOptions,
  runPipeline,
} from './running.js';

let database: TestDatabase;
let at: LogAtHand;
const running: RunningPipeline[] = [];
let topics = 0;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 15 });
  at = openLog(database);
});
afterAll(async () => {
  await at.close();
  await database.close();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

async function newTopic(partitions: number): Promise<string> {
  topics += 1;
  const name = `topic-${topics}`;
  await at.log.ensureTopics([{ name, partitions }]);
  return name;
}

async function run(options: RunOptions): Promise<RunningPipeline> {
  const one = await runPipeline(database, options);
  running.push(one);
  return one;
}

const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

const clicks = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    key: String(index % 13),
    value: JSON.stringify({ id: `e${from + index}`, event: 'click', user_id: index % 50, value: 1 }),
  }));

async function kept(topic: string): Promise<{ events: number; sum: number }> {
  const { rows } = await sql<{ events: number; sum: number }>`
    SELECT count(*)::int AS events, coalesce(sum(value), 0)::int AS sum FROM fact_event WHERE source = ${topic}`.execute(
    database.kysely,
  );
  return rows[0] ?? { events: 0, sum: 0 };
}

const positionsOf = async (topic: string) =>
  (await readPositions(database, 'flywheel')).filter((position) => position.topic === topic);

async function dropTopic(topic: string): Promise<void> {
  await sql`DELETE FROM log_entry WHERE topic_id = (SELECT id FROM log_topic WHERE name = ${topic})`.execute(
    database.kysely,
  );
  await sql`DELETE FROM log_topic WHERE name = ${topic}`.execute(database.kysely);
}

const move = (target: string, to: Destination) =>
  movePositions({ log: at.log, database, group: 'flywheel' }, target, to);

describe('a pipeline', () => {
  it('brings what is in the log and what comes into the warehouse, across restarts', async () => {
    const topic = await newTopic(3);
    await at.log.append(topic, clicks(0, 2_000));
    const first = await run({ topics: [topic] });
    await eventually(async () => expect(await kept(topic)).toEqual({ events: 2_000, sum: 2_000 }));
    await at.log.append(topic, clicks(2_000, 500));
    await first.close();
    await at.log.append(topic, clicks(2_500, 500));
    await run({ topics: [topic] });
    await eventually(async () => expect(await kept(topic)).toEqual({ events: 3_000, sum: 3_000 }));
    const positions = await positionsOf(topic);
    expect(positions.reduce((sum, { counts }) => sum + counts.accepted, 0)).toBe(3_000);
    expect(positions.every(({ nextOffset, endOffset }) => nextOffset === endOffset)).toBe(true);
  });

  it('shares the partitions with another, and hands them on without a repeat', async () => {
    const topic = await newTopic(4);
    const options = { topics: [topic], batchRecordsMax: 20 };
    const first = await run(options);
    const producing = (async () => {
      for (let from = 0; from < 4_000; from += 100) await at.log.append(topic, clicks(from, 100));
    })();
    const second = await run(options);
    await eventually(async () => expect(second.pipeline.status().length).toBeGreaterThan(0));
    await first.close();
    await producing;
    await eventually(async () => expect(await kept(topic)).toEqual({ events: 4_000, sum: 4_000 }));
    const positions = await positionsOf(topic);
    expect(positions.reduce((sum, { counts }) => sum + counts.repeated, 0)).toBe(0);
  });
});

it('gives up joining when it is told to', async () => {
  const topic = await newTopic(1);
  const stop = new AbortController();
  stop.abort();
  const { pipeline, close } = preparePipeline(database, { topics: [topic] });
  await expect(pipeline.start(stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  await close();
});

describe('a topic that was made anew', () => {
  it('is left unread until it is reset, and then read by the pipeline that runs', async () => {
    const topic = await newTopic(2);
    await at.log.append(topic, clicks(0, 100));
    const first = await run({ topics: [topic] });
    await eventually(async () => expect((await kept(topic)).events).toBe(100));
    await first.close();
    await dropTopic(topic);
    await at.log.ensureTopics([{ name: topic, partitions: 3 }]);
    await at.log.append(topic, clicks(1_000, 60));

    const { pipeline } = await run({ topics: [topic] });
    await eventually(async () => {
      await expect(pipeline.check()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(`"flywheel positions reset ${topic}/2"`),
      });
    });
    expect(pipeline.status().map(({ stopped }) => stopped)).toEqual([true, true, true]);
    const stopped = (await positionsOf(topic)).map((position) => position.stopped);
    expect(stopped).toHaveLength(5);
    expect(stopped.every((sentence) => sentence?.includes('was made anew'))).toBe(true);
    expect((await kept(topic)).events).toBe(100);

    await move(`${topic}/2`, 'start');
    await move(topic, 'start');
    await eventually(async () => expect((await kept(topic)).events).toBe(160));
    await pipeline.check();
    expect(await positionsOf(topic)).toHaveLength(3);
  });

  it('is read from its end on after it is skipped', async () => {
    const topic = await newTopic(1);
    await at.log.append(topic, clicks(0, 10));
    const first = await run({ topics: [topic] });
    await eventually(async () => expect((await kept(topic)).events).toBe(10));
    await first.close();
    await dropTopic(topic);
    await at.log.ensureTopics([{ name: topic, partitions: 1 }]);
    await at.log.append(topic, clicks(100, 10));
    const { pipeline } = await run({ topics: [topic] });
    await eventually(async () => {
      await expect(pipeline.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
    await move(topic, 'end');
    await eventually(() => pipeline.check());
    await at.log.append(topic, clicks(200, 5));
    await eventually(async () => expect((await kept(topic)).events).toBe(15));
  });
});

describe('a log that lost its place', () => {
  it.each([
    ['no longer holds what comes next', 5, 10],
    ['was cut', 0, 2],
  ])('%s, and is left unread', async (words, startOffset, endOffset) => {
    const topic = await newTopic(1);
    await at.log.append(topic, clicks(0, 4));
    const first = await run({ topics: [topic] });
    await eventually(async () => expect((await kept(topic)).events).toBe(4));
    await first.close();
    await sql`UPDATE log_partition SET start_offset = ${startOffset}, end_offset = ${endOffset}
      WHERE topic_id = (SELECT id FROM log_topic WHERE name = ${topic})`.execute(database.kysely);
    const { pipeline } = await run({ topics: [topic] });
    await eventually(async () => {
      await expect(pipeline.check()).rejects.toMatchObject({ message: expect.stringContaining(words) });
    });
    expect((await positionsOf(topic))[0]?.stopped).toContain(`"flywheel positions skip ${topic}/0"`);
  });
});

describe('moving positions', () => {
  it('lets an idle pipeline read again what it has, and counts it as repeats', async () => {
    const topic = await newTopic(2);
    await at.log.append(topic, clicks(0, 50));
    await run({ topics: [topic] });
    await eventually(async () => expect((await kept(topic)).events).toBe(50));
    expect(await move(topic, 'start')).toEqual([
      { topic, partition: 0, offset: 0n },
      { topic, partition: 1, offset: 0n },
    ]);
    await eventually(async () => {
      const repeats = (await positionsOf(topic)).reduce((sum, { counts }) => sum + counts.repeated, 0);
      expect(repeats).toBe(50);
    });
    expect(await kept(topic)).toEqual({ events: 50, sum: 50 });
  });

  it('names the partitions that there are', async () => {
    const topic = await newTopic(2);
    await expect(move(`${topic}/7`, 'end')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no partition ${topic}/7; topic ${topic} has ${topic}/0, ${topic}/1.`,
    });
    await expect(move('nowhere', 'end')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
