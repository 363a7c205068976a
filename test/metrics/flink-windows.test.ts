// Holds what goes to Flink and what comes back: records of facts, keys of windows, and who may add to windows at all.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDefinitions, liveCuts } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { openGeneration } from '../../src/metrics/emit-flink-generations.js';
import { historyRows } from '../../src/metrics/emit-flink-history.js';
import { flinkWindows, readFlinkKey } from '../../src/metrics/emit-flink-windows.js';
import { createFactPublisher } from '../../src/metrics/fact-publisher.js';
import { factRecords } from '../../src/metrics/fact-records.js';
import { planFlinkFacts } from '../../src/metrics/flink-facts.js';
import { beginGenerations } from '../../src/metrics/flink-generations.js';
import { createFlinkWindowReader } from '../../src/metrics/flink-windows.js';
import { planLiveCuts } from '../../src/metrics/live-cuts.js';
import { pruneStep } from '../../src/metrics/live-retention.js';
import { createLiveWriter } from '../../src/metrics/live-writer.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { joinFactWriters } from '../../src/warehouse/facts-turn.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const facts = planFlinkFacts(planLiveCuts(catalogue, definitions));
const hourMs = 3_600_000;
const clockMs = Date.parse('2026-03-01T12:00:00Z');
const graceMs = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `INSERT INTO live_clock (name, watermark) VALUES ('behaviour', '2026-03-01T12:00:00Z')`,
  );
});
afterAll(() => database?.close());

const event = (id: string, occurredAt: number) => ({
  source: 's',
  eventId: id,
  type: 'view',
  customerId: null,
  customer: null,
  productId: null,
  product: null,
  value: null,
  text: null,
  attributes: null,
  occurredAt,
});

function write(withFlink: boolean, ...rows: readonly ReturnType<typeof event>[]) {
  const publisher = createFactPublisher({ facts, topicOf: (fact) => `facts.${fact}`, graceMs });
  const writer = createLiveWriter({
    catalogue,
    definitions,
    graceMs,
    publisher: withFlink ? publisher : undefined,
  });
  return inTransaction(database, async (session) => {
    await joinFactWriters(session);
    return writer.write(session, 't/0', [{ model: 'Event', rows }]);
  });
}

it('keeps what comes in by the streams, and refuses windows that it cannot keep by their name', () => {
  expect(facts.map(({ fact }) => fact.name).sort()).toEqual(['Event', 'Measurement', 'Sale']);
  const events = definitions.findMetric('EVENTS');
  if (events === undefined) throw new Error('There are events.');
  const monthly = createDefinitions([{ ...events, live: liveCuts([], ['MONTH']) }]);
  expect(() => planFlinkFacts(planLiveCuts(catalogue, monthly))).toThrow(
    /Flink cannot keep windows of a MONTH, as Event\/MONTH\/ asks/,
  );
});

it('reads keys back as they were, whatever stands in them', () => {
  expect(readFlinkKey('')).toBe('[]');
  expect(readFlinkKey('-')).toBe('[null]');
  expect(readFlinkKey('=')).toBe('[""]');
  expect(readFlinkKey('=a~0b~1c|=-|-|=~01')).toBe(JSON.stringify(['a~b|c', '-', null, '~1']));
});

it('divides facts into records that Kafka takes, which are called alike whenever they are made of the same', () => {
  const flink = facts.find(({ fact }) => fact.name === 'Event');
  if (flink === undefined) throw new Error('There are events.');
  const rows = Array.from({ length: 5_000 }, (_, place) => ({
    ...event(`${place}`, place),
    type: 'é'.repeat(60),
  }));
  const head = { generation: 3, source: 'warehouse', id: '3/0', clockMs, closedMs: null };
  const records = factRecords(flink, head, rows);
  expect(records.length).toBeGreaterThan(1);
  expect(records.every((record) => Buffer.byteLength(record) < 500_000)).toBe(true);
  const read = records.map((record) => JSON.parse(record));
  expect(read.flatMap((record) => record.facts)).toHaveLength(5_000);
  expect(new Set(read.map(({ id }) => id)).size).toBe(records.length);
  expect(factRecords(flink, head, rows)).toEqual(records);
});

it('quotes what stands in topics and brokers', () => {
  const [flink] = facts;
  if (flink === undefined) throw new Error('There are facts.');
  const { tables } = flinkWindows(flink, {
    brokers: ["it's:1"],
    properties: { 'sasl.jaas.config': "user='x'" },
    factsTopic: "f'acts",
    windowsTopic: 'w',
    group: 'g',
    generation: 1,
    starts: [{ partition: 0, offset: '7' }],
    graceMs,
  });
  expect(tables[0]).toContain("'it''s:1'");
  expect(tables[0]).toContain("'user=''x'''");
  expect(tables[0]).toContain("'f''acts'");
});

it('is turned away where others keep the windows already', async () => {
  await expect(write(true, event('a', clockMs))).rejects.toThrow(
    /kept by a pipeline that does without Flink/,
  );
  await database.pool.query(
    `INSERT INTO flink_generation (fact, starts, clock_ms, last_id, ready) VALUES ('Event', '{}', 0, 0, true)`,
  );
  await expect(write(false, event('a', clockMs))).rejects.toThrow(/Flink keeps the windows of Event/);
});

it('publishes every fact, and adds itself only what is late, where it is late', async () => {
  const { late } = await write(true, event('now', clockMs), event('late', clockMs - hourMs / 2));
  expect(late).toBe(1);
  const { rows: messages } = await database.pool.query(
    `SELECT convert_from(value, 'UTF8')::json AS record FROM outbox WHERE topic = 'facts.Event'`,
  );
  expect(messages.map(({ record }) => record)).toMatchObject([
    { source: 't/0', clock: clockMs, closed: clockMs - graceMs, facts: [{ type: 'view' }, { type: 'view' }] },
  ]);
  const { rows } = await database.pool.query(
    `SELECT DISTINCT cut, late FROM live_partial WHERE cut LIKE 'Event/%/' ORDER BY cut`,
  );
  // The hour is over, and takes what comes within a minute; the day and the running total are not over.
  expect(rows).toEqual([
    { cut: 'Event/MINUTE/', late: true },
    { cut: 'Event/SECOND/', late: true },
  ]);
});

it('lets a window count more, and never less', async () => {
  const windows = createFlinkWindowReader(facts);
  const { rows } = await database.pool.query(`SELECT generation FROM flink_generation WHERE fact = 'Event'`);
  const generation: number = rows[0]?.generation;
  const say = (count: number, of = generation) => {
    const said = windows.read(
      Buffer.from(
        JSON.stringify({
          cut: 'Event/ALL/',
          start: 0,
          key: '',
          generation: of,
          rows: count,
          states: [String(count), '0', '0', '0', '0'],
        }),
      ),
    );
    if (said === undefined) throw new Error('It is read.');
    return inTransaction(database, (session) => windows.put(session, [said]));
  };
  const kept = async () => {
    const found = await database.pool.query(
      `SELECT states[1]::int AS count FROM live_partial WHERE cut = 'Event/ALL/' AND writer = 'flink'`,
    );
    return found.rows[0]?.count;
  };
  expect((await say(5)).put).toHaveLength(1);
  expect((await say(3)).behind).toHaveLength(1);
  expect(await kept()).toBe(5);
  expect((await say(9, generation + 1)).put).toHaveLength(0);
  expect(await kept()).toBe(5);
  expect((await say(6)).put).toHaveLength(1);
  expect(await kept()).toBe(6);
});

const range = { clusterId: 'c', topicId: 't', topic: 'facts.event', partition: 0, start: 0n, end: 7n };

function eventFact() {
  const flink = facts.find(({ fact }) => fact.name === 'Event');
  if (flink === undefined) throw new Error('There are events.');
  return flink;
}

const begin = () =>
  beginGenerations({
    database,
    log: { ends: async () => [range] },
    facts: [eventFact()],
    topicOf: (fact) => fact,
  });

it('begins anew once the streams stood still for longer than Flink remembers windows', async () => {
  await database.pool.query(`UPDATE live_clock SET moved_at = now() - interval '2 days'`);
  expect(await begin()).toEqual(['Event']);
  // What has begun since then stood still for no time.
  expect(await begin()).toEqual([]);
  await database.pool.query(`UPDATE flink_generation SET began_at = now() - interval '2 days'`);
  expect(await begin()).toEqual(['Event']);
  await database.pool.query(
    `UPDATE flink_generation SET began_at = now() - interval '2 days'; UPDATE live_clock SET moved_at = now()`,
  );
  expect(await begin()).toEqual([]);
});

it('leaves windows as they were published that were kept no longer when it began', async () => {
  const at = (ms: number) => new Date(clockMs - ms).toISOString();
  await database.pool.query(
    `INSERT INTO live_window (cut, window_start, key, window_end, message, revision, final) VALUES
      ('Event/SECOND/', $1, '[]', $1, '{}', 1, true), ('Event/SECOND/', $2, '[]', $2, '{}', 1, true),
      ('Event/ALL/', 'epoch', '[]', NULL, '{}', 1, false)`,
    [at(hourMs + 1_000), at(hourMs - 1_000)],
  );
  await database.pool.query('DELETE FROM live_change');
  const { rows } = await database.pool.query(`SELECT generation FROM flink_generation WHERE fact = 'Event'`);
  const generation: number = rows[0]?.generation;
  await inTransaction(database, (session) =>
    session.run(openGeneration(eventFact().fact, { generation, clockMs })),
  );
  const { rows: queued } = await database.pool.query(
    'SELECT cut, window_start FROM live_change ORDER BY window_start',
  );
  expect(queued).toEqual([
    { cut: 'Event/ALL/', window_start: new Date(0) },
    { cut: 'Event/SECOND/', window_start: new Date(clockMs - hourMs + 1_000) },
  ]);
});

it('reads the facts of before in one order, whatever became of their rows', async () => {
  await database.pool.query(`
    INSERT INTO fact_event (source, event_id, type, occurred_at)
    SELECT 's', 'h' || n, n::text, '2026-03-01' FROM generate_series(1, 50) AS n`);
  // A row that changes moves to the end of its table.
  await database.pool.query(`UPDATE fact_event SET text = 'x' WHERE type = '1'`);
  const read = await inTransaction(database, (session) =>
    session.rows(historyRows(eventFact(), '0', '1000000')),
  );
  expect(read.map(({ type }) => type)).toEqual(Array.from({ length: 50 }, (_, place) => String(place + 1)));
});

it('takes nothing for a window in which there is no moment', () => {
  const value = { cut: 'Event/ALL/', start: 1e300, key: '', generation: 1, rows: 1, states: [] };
  expect(createFlinkWindowReader(facts).read(Buffer.from(JSON.stringify(value)))).toBeUndefined();
});

it('deletes no window before Flink has counted what it holds', async () => {
  const cuts = planLiveCuts(catalogue, definitions);
  const later = new Map([['behaviour', clockMs + 10 * hourMs]]);
  const prune = async () => {
    await inTransaction(database, (session) => pruneStep(session, cuts, later, 1_000));
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS count FROM live_window WHERE cut = 'Event/SECOND/'`,
    );
    return rows[0]?.count;
  };
  expect(await prune()).toBe(2);
  await database.pool.query(`UPDATE flink_generation SET confirmed = '2026-03-01T12:00:00Z'`);
  expect(await prune()).toBe(1);
  await database.pool.query('DELETE FROM flink_generation');
  expect(await prune()).toBe(0);
});
