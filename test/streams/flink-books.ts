// What a test may know of windows on Flink: when everything has come through, and whether the law holds then.

import { partitionKey } from '../../src/stream/event-log.js';
import { createTestKafkaLog } from '../support/kafka.js';
import type { TestDatabase } from '../support/postgres.js';
import { findWindowDisagreements } from '../torture/verify-windows.js';
import type { Site } from './site.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Generation {
  readonly fact: string;
  readonly generation: number;
  readonly ready: boolean;
  readonly stale: string | null;
}

export async function generationsOf({ pool }: TestDatabase): Promise<readonly Generation[]> {
  const { rows } = await pool.query(
    'SELECT fact, generation, ready, stale FROM flink_generation ORDER BY fact',
  );
  return rows;
}

async function one({ pool }: TestDatabase, text: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await pool.query(`SELECT (${text})::text AS value`, [...values]);
  return rows[0]?.value ?? '';
}

/** Resolves when so many records have been written or refused. */
export async function taken({ database }: Pick<Site, 'database'>, records: number): Promise<void> {
  const sum = 'SELECT coalesce(sum(accepted + repeated + dead), 0) FROM stream_position';
  while (Number(await one(database, sum)) < records) await pause(100);
}

const isQuiet = 'SELECT NOT EXISTS (SELECT FROM live_change) AND NOT EXISTS (SELECT FROM outbox)';

/** Resolves when all changes of windows so far are in the log. */
export async function published({ database }: Pick<Site, 'database'>): Promise<void> {
  while ((await one(database, isQuiet)) !== 'true') await pause(200);
}

/** Resolves when Flink has counted all that has been written by now, and everything that follows is published. */
export async function confirmed({ database }: Pick<Site, 'database'>): Promise<void> {
  const clocks = 'SELECT json_object_agg(name, watermark) FROM live_clock';
  while ((await one(database, clocks)) === '') await pause(100);
  // Clocks of partitions that have nothing more go on, so what is confirmed of later than now was asked for later than now.
  const now = await one(database, clocks);
  const isOpen = 'SELECT count(*) = 3 AND bool_and(ready AND stale IS NULL) FROM flink_generation';
  const isPast = `
    SELECT bool_and(coalesce(g.confirmed > c.watermark::timestamptz, false)) FROM flink_generation AS g
    JOIN json_each_text($1) AS c (name, watermark)
      ON c.name = CASE g.fact WHEN 'Measurement' THEN 'measurement' ELSE 'behaviour' END`;
  const isDone = async () =>
    (await one(database, isOpen)) === 'true' &&
    (await one(database, isPast, [now])) === 'true' &&
    (await one(database, isQuiet)) === 'true';
  while (!(await isDone())) await pause(200);
}

/** Appends what the topic holds once more, as a relay that died before it had noted what it sent; how many records. */
export async function repeatAll({ topics }: Pick<Site, 'topics'>, topic: string): Promise<number> {
  const log = createTestKafkaLog((topics.settings.KAFKA_BROKERS ?? '').split(','));
  try {
    const ranges = await log.ends(topic);
    const values: string[] = [];
    const tail = await log.tail({
      topics: [topic],
      from: new Map(ranges.map(({ partition, start }) => [partitionKey(topic, partition), start])),
      elsewhere: 'start',
      handle: async ({ records }) => void values.push(...records.map(({ value }) => String(value))),
      onFault: () => undefined,
    });
    const count = ranges.reduce((sum, { start, end }) => sum + Number(end - start), 0);
    while (values.length < count) await pause(100);
    await tail.close();
    await topics.send(topic, ...values);
    return count;
  } finally {
    await log.close();
  }
}

/** Where the windows differ from the facts, or what was published from the windows. */
export async function disagreements(site: Pick<Site, 'database' | 'topics'>): Promise<readonly string[]> {
  const log = createTestKafkaLog((site.topics.settings.KAFKA_BROKERS ?? '').split(','));
  try {
    return await findWindowDisagreements(site.database, log, site.topics.results);
  } finally {
    await log.close();
  }
}
