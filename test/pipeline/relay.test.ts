import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/core/log.js';
import { createRelay, type Relay } from '../../src/pipeline/relay.js';
import { type EventLog, type LogRecord, type NewRecord, RecordsRefused } from '../../src/stream/event-log.js';
import { createLeases } from '../../src/warehouse/leases.js';
import { type OutboxEntry, publish } from '../../src/warehouse/outbox.js';
import { countOutbox } from '../../src/warehouse/stream/outbox-pages.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type LogAtHand, openLog } from './running.js';

let database: TestDatabase;
let at: LogAtHand;
const running: Relay[] = [];
let topics = 0;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  at = openLog(database);
});
afterAll(async () => {
  await at.close();
  await database.close();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.close()));
});

async function newTopic(): Promise<string> {
  topics += 1;
  const name = `relayed-${topics}`;
  await at.log.ensureTopics([{ name, partitions: 1 }]);
  return name;
}

function relay(log: Pick<EventLog, 'append'> = at.log): Relay {
  const one = createRelay({
    log,
    database,
    leases: createLeases({ url: database.url, holder: `test ${running.length}` }),
    notifications: at.listener,
    logger: createLog({ level: 'silent' }),
    page: { messages: 10, bytes: 1_000 },
  });
  running.push(one);
  one.start();
  return one;
}

const write = (entries: readonly OutboxEntry[]) =>
  inTransaction(database, (session) => publish(session, entries));

async function recordsOf(topic: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  const [range] = await at.log.ends(topic);
  if (range === undefined || range.start === range.end) return records;
  await new Promise<void>((resolve, reject) => {
    const tail = at.log.tail({
      topics: [topic],
      from: new Map(),
      elsewhere: 'start',
      handle(batch) {
        records.push(...batch.records);
        if (batch.nextOffset >= range.end) void tail.then((opened) => opened.close()).then(resolve, reject);
      },
    });
    tail.catch(reject);
  });
  return records;
}

const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const emptied = () => eventually(async () => expect(await countOutbox(database)).toBe(0));

describe('the relay', () => {
  it('appends what was committed, whole and in order', async () => {
    const topic = await newTopic();
    relay();
    await write([
      { topic, key: 'k', value: 'first', headers: { reason: 'because', bytes: Buffer.from([0, 255]) } },
      { topic, key: null, value: null },
    ]);
    await write(Array.from({ length: 55 }, (_, index) => ({ topic, key: 'k', value: `${index}` })));
    await emptied();
    const records = await recordsOf(topic);
    expect(records.map(({ value }) => value?.toString())).toEqual([
      'first',
      undefined,
      ...Array.from({ length: 55 }, (_, index) => `${index}`),
    ]);
    expect(records[0]?.key?.toString()).toBe('k');
    expect(records[0]?.headers).toEqual({ reason: Buffer.from('because'), bytes: Buffer.from([0, 255]) });
  });

  it('passes on messages that are larger than a page', async () => {
    const topic = await newTopic();
    await write([1, 2, 3].map((size) => ({ topic, key: null, value: Buffer.alloc(size * 1_000, size) })));
    relay();
    await emptied();
    expect((await recordsOf(topic)).map(({ value }) => value?.length)).toEqual([1_000, 2_000, 3_000]);
  });

  it('keeps what could not be appended, and appends it later', async () => {
    const topic = await newTopic();
    let refusals = 2;
    relay({
      async append(...given) {
        refusals -= 1;
        if (refusals >= 0) throw new Error('The log is away.');
        await at.log.append(...given);
      },
    });
    await write([{ topic, key: null, value: 'kept' }]);
    await emptied();
    expect((await recordsOf(topic)).map(({ value }) => value?.toString())).toEqual(['kept']);
  });

  it('passes on what a message that is too large says of itself, and everything else whole', async () => {
    const [topic, other] = [await newTopic(), await newTopic()];
    relay({
      async append(name, records, signal) {
        const isLarge = ({ value }: NewRecord) => (value?.length ?? 0) > 100;
        const taken = records.filter((record) => !isLarge(record));
        await at.log.append(name, taken, signal);
        const places = records.flatMap((record, place) => (isLarge(record) ? [place] : []));
        if (places.length > 0) throw new RecordsRefused('A record is larger than the topic takes.', places);
      },
    });
    await write([
      ...Array.from({ length: 3 }, (_, index) => ({ topic, key: null, value: `${index}` })),
      { topic, key: 'k', value: Buffer.alloc(101), headers: { 'flywheel-reason': 'why' } },
      { topic: other, key: null, value: 'other' },
      { topic, key: null, value: 'last' },
    ]);
    await emptied();
    const records = await recordsOf(topic);
    expect(records.map(({ value }) => value?.toString())).toEqual(['0', '1', '2', 'last', undefined]);
    expect(records[4]?.headers).toEqual({
      'flywheel-reason': Buffer.from('why'),
      'flywheel-left-out': Buffer.from('101'),
    });
    expect(await recordsOf(other)).toHaveLength(1);
  });

  it('appends nothing twice because another topic is away', async () => {
    const [topic, away] = [await newTopic(), await newTopic()];
    let refusals = 3;
    relay({
      async append(name, records, signal) {
        if (name === away) refusals -= 1;
        if (name === away && refusals >= 0) throw new Error('The topic is away.');
        await at.log.append(name, records, signal);
      },
    });
    await write([
      { topic, key: null, value: 'once' },
      { topic: away, key: null, value: 'late' },
    ]);
    await emptied();
    expect(await recordsOf(topic)).toHaveLength(1);
    expect(await recordsOf(away)).toHaveLength(1);
  });

  it('is one of several at a time, and is followed', async () => {
    const topic = await newTopic();
    const first = relay();
    relay();
    const all = Array.from({ length: 60 }, (_, index) => `${index}`);
    for (const value of all.slice(0, 30)) await write([{ topic, key: null, value }]);
    await first.close();
    for (const value of all.slice(30)) await write([{ topic, key: null, value }]);
    await emptied();
    expect((await recordsOf(topic)).map(({ value }) => value?.toString())).toEqual(all);
  });

  it('leaves what is not committed alone', async () => {
    const topic = await newTopic();
    relay();
    await inTransaction(database, async (session) => {
      await publish(session, [{ topic, key: null, value: 'second' }]);
      await write([{ topic, key: null, value: 'first' }]);
      await eventually(async () => expect(await recordsOf(topic)).toHaveLength(1));
    });
    await emptied();
    expect((await recordsOf(topic)).map(({ value }) => value?.toString())).toEqual(['first', 'second']);
  });
});

it('counts what waits', async () => {
  await sql`TRUNCATE outbox`.execute(database.kysely);
  await write([{ topic: 'anywhere', key: null, value: '1' }]);
  expect(await countOutbox(database)).toBe(1);
  await sql`TRUNCATE outbox`.execute(database.kysely);
});
