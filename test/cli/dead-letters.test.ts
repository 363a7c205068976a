// Dead letters as an operator meets them: listed, looked at, appended again once they are right or by force.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadLetterOf } from '../../src/events/dead-letter.js';
import { createDeadLetters, type StoredDeadLetter } from '../../src/events/read-dead-letters.js';
import type { EventLog } from '../../src/stream/event-log.js';
import { openLog } from '../pipeline/running.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, runProgram } from '../support/program.js';

const topic = 'flywheel.dead-letters';
let database: TestDatabase;
let log: EventLog;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  const opened = openLog(database);
  log = opened.log;
  close = opened.close;
});
afterAll(async () => {
  await close?.();
  await database?.close();
});

async function flywheel(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const program = runProgram('node', [launcher, 'dead-letters', ...args], {
    env: { DATABASE_URL: database.url },
  });
  const { code } = await program.ended;
  return { code, said: program.said() };
}

/** Adds dead letters of a topic, with values that tell their number. */
async function bury(
  from: string,
  count: number,
  value = (place: number): Buffer | null => Buffer.from(`bad ${place}`),
) {
  const letters = Array.from({ length: count }, (_, place) =>
    deadLetterOf({
      record: { key: Buffer.from('k'), value: value(place), headers: { trace: Buffer.from(`t${place}`) } },
      place: { topic: from, partition: 1, offset: BigInt(100 + place) },
      reason: `It is wrong in way ${place}.`,
      refusedAtMs: Date.UTC(2024, 8, 9),
    }),
  );
  await log.append(topic, letters);
}

async function all(): Promise<readonly StoredDeadLetter[]> {
  const found: StoredDeadLetter[] = [];
  await createDeadLetters({ log, topic }).each((letters) => {
    found.push(...letters);
  });
  return found;
}

/** What stands in a topic, as text. */
async function valuesIn(name: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ value: Buffer }>(
    'SELECT value FROM log_entry JOIN log_topic ON id = topic_id WHERE name = $1 ORDER BY place',
    [name],
  );
  return rows.map(({ value }) => value.toString());
}

describe('flywheel dead-letters', { timeout: 300_000 }, () => {
  it('lists, shows and replays', async () => {
    expect((await flywheel()).said).toContain('There are no dead letters.');

    await log.ensureTopics([
      { name: topic, partitions: 1 },
      { name: 'user-behavior', partitions: 2 },
      { name: 'orders', partitions: 1 },
    ]);
    await bury('user-behavior', 3);
    await bury('orders', 1, () => Buffer.from([0xff, 0x00]));
    await bury('orders', 1, () => null);

    const listed = await flywheel('list', '--last', '4');
    expect(listed.code).toBe(0);
    expect(listed.said).toMatch(/^id +topic +partition +place +refused +again +reason/m);
    expect(listed.said).toMatch(
      /^0\/1 +user-behavior +1 +101 +2024-09-09T00:00:00.000Z +no +It is wrong in way 1\./m,
    );
    expect(listed.said).toContain('the newest 4 of 5');
    expect((await flywheel('list', '--topic', 'none')).said).toContain('There are no dead letters of none.');

    const shown = await flywheel('show', '0/1');
    for (const text of ['user-behavior/1, place 101', 'It is wrong in way 1.', 'trace: t1', '\nbad 1']) {
      expect(shown.said).toContain(text);
    }
    expect((await flywheel('show', '0/3')).said).toContain('(hexadecimal) ff00');
    expect(await flywheel('show', '0/99')).toMatchObject({
      code: 1,
      said: expect.stringContaining('There is no dead letter 0/99'),
    });
    expect((await flywheel('show', 'x')).said).toContain('names no dead letter');

    expect((await flywheel('replay')).said).toContain('Say which dead letters');
    expect((await flywheel('replay', '0/1')).said).toContain('Appended again: 1 record.');
    expect(await valuesIn('user-behavior')).toEqual(['bad 1']);
    expect((await flywheel('replay', '0/4')).said).toContain('has no bytes');
    expect((await flywheel('replay', '--topic', 'user-behavior')).said).toContain(
      'Appended again: 2 records.',
    );
    expect([...(await valuesIn('user-behavior'))].sort()).toEqual(['bad 0', 'bad 1', 'bad 2']);
    expect((await flywheel('replay', '--all')).said).toContain('Appended again: 1 record.');
    expect((await flywheel('replay', '--all')).said).toContain('There was nothing to append again.');
    expect((await flywheel('list')).said).toMatch(/^0\/0 .* yes /m);
  });

  it('comes through many, each once', async () => {
    await bury('orders', 12_000);
    const letters = (await all()).filter(({ replayed }) => !replayed);
    expect(letters).toHaveLength(12_001);
    const before = (await valuesIn('orders')).length;
    expect((await flywheel('replay', '--topic', 'orders')).said).toContain('Appended again: 12000 records.');
    expect((await valuesIn('orders')).length - before).toBe(12_000);
    expect((await all()).filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});
