// Holds that what became of a transaction is told from what it wrote, since a server that was killed gives its number out again.

import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { layOut, type WrittenMark, wasCommitted, write } from '../../src/stream/postgres-flush.js';
import { newTopic } from '../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openLog } from './postgres-server.js';

let database: TestDatabase;
let topic: { readonly name: string; readonly topicId: string; readonly partitions: number };

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.close();
});

beforeEach(async () => {
  const log = openLog(database.url);
  const name = await newTopic(log, 2);
  const [range] = await log.ends(name);
  await log.close();
  topic = { name, topicId: range?.topicId ?? '', partitions: 2 };
});

/** Writes three records through a client whose COMMIT does `how` instead; resolves to what the caller knows of it. */
async function writeWithout(how: (commit: () => Promise<unknown>) => Promise<unknown>): Promise<WrittenMark> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    Object.assign(client, {
      query: async (...all: Parameters<typeof query>) => {
        if (String(all[0]) !== 'COMMIT') return query(...all);
        await how(() => query('COMMIT'));
        throw new Error('The connection broke.');
      },
    });
  });
  const records = [1, 2, 3].map((value) => ({ key: null, value: String(value) }));
  let spread = 0;
  const outcome = await write(
    pool,
    layOut(topic, records, () => spread++),
  );
  await pool.end();
  if (outcome.kind !== 'unknown') throw new Error(`It is ${outcome.kind}.`);
  return outcome.mark;
}

async function transactionOfAnother(): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  return rows[0]?.id ?? '';
}

it('knows what was committed and what was not', async () => {
  const committed = await writeWithout((commit) => commit());
  expect(await wasCommitted(database.pool, topic.topicId, committed)).toBe(true);
  const lost = await writeWithout(async () => undefined);
  await expect.poll(() => wasCommitted(database.pool, topic.topicId, lost)).toBe(false);
});

it('does not take a number that was given out again for its own', async () => {
  const lost = await writeWithout(async () => undefined);
  const transaction = await transactionOfAnother();
  expect(await wasCommitted(database.pool, topic.topicId, { ...lost, transaction })).toBe(false);
});

it('does not take the record of another at the same place for its own', async () => {
  const lost = await writeWithout(async () => undefined);
  const other = await writeWithout((commit) => commit());
  expect(other).toMatchObject({ partition: lost.partition, place: lost.place });
  const mark = { ...lost, transaction: other.transaction };
  expect(await wasCommitted(database.pool, topic.topicId, mark)).toBe(false);
});

it('knows that a number which was never given out was lost', async () => {
  const lost = await writeWithout(async () => undefined);
  const transaction = String(BigInt(await transactionOfAnother()) + 1_000_000n);
  expect(await wasCommitted(database.pool, topic.topicId, { ...lost, transaction })).toBe(false);
});

it('waits for a transaction that still goes on', async () => {
  const client = await database.pool.connect();
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  const mark = { ...(await writeWithout((commit) => commit())), transaction: rows[0]?.id ?? '' };
  expect(await wasCommitted(database.pool, topic.topicId, mark)).toBeUndefined();
  await client.query('ROLLBACK');
  client.release();
  expect(await wasCommitted(database.pool, topic.topicId, mark)).toBe(false);
});
