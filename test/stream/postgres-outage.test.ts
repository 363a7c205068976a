import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/stream/event-log.js';
import { collect, createStore, inOrder, join, sortedNumbers } from '../contracts/log-readers.js';
import {
  contractTimeoutMs,
  eventually,
  newName,
  newTopic,
  numbered,
  numbers,
} from '../contracts/log-server.js';
import type { Cuttable } from '../support/cuttable.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openWay } from '../support/way.js';
import { openLog } from './postgres-server.js';

let database: TestDatabase;
let observer: EventLog;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  observer = openLog(database.url);
});

afterEach(async () => {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
});

afterAll(async () => {
  await observer.close();
  await database.close();
});

/** A log whose way to the database can be cut. */
async function openFragile(): Promise<{ log: EventLog; way: Cuttable; faults: unknown[] }> {
  const { way, url } = await openWay(database.url);
  const faults: unknown[] = [];
  const log = openLog(url, (error) => faults.push(error));
  closers.push(() => way.close());
  closers.push(() => log.close());
  return { log, way, faults };
}

async function valuesIn(topic: string, count: number): Promise<number[]> {
  const { records, tail } = await collect(observer, [topic], 'start', new Map());
  await eventually(() => expect(sortedNumbers(records).length).toBeGreaterThanOrEqual(count));
  await tail.close();
  expect(inOrder(records)).toBe(true);
  return sortedNumbers(records);
}

describe('the log while its database is away', { timeout: contractTimeoutMs }, () => {
  it('appends once what was committed although the answer was lost', async () => {
    const { log, way, faults } = await openFragile();
    const topic = await newTopic(observer, 2);
    await log.append(topic, numbered(10));
    way.cutAnswerTo('COMMIT');
    await log.append(topic, numbered(10, { from: 10 }));
    expect(faults.length).toBeGreaterThan(0);
    expect(await valuesIn(topic, 20)).toEqual(numbers(0, 20));
  });

  it('appends what was not committed when the connection broke', async () => {
    const { log, way, faults } = await openFragile();
    const topic = await newTopic(observer, 2);
    await log.append(topic, numbered(10));
    way.cutAnswerTo('INSERT INTO log_entry');
    await log.append(topic, numbered(10, { from: 10 }));
    expect(faults.length).toBeGreaterThan(0);
    expect(await valuesIn(topic, 20)).toEqual(numbers(0, 20));
  });

  it('appends and reads everything once through many cuts', async () => {
    const { log, way } = await openFragile();
    const topic = await newTopic(observer, 3);
    const store = createStore(newName('group'));
    const consumer = await join(log, store, { topics: [topic], batchRecordsMax: 11 });
    closers.push(() => consumer.close());
    const { records, tail } = await collect(log, [topic], 'start', new Map());
    closers.push(() => tail.close());
    let cutting = true;
    const cuts = (async () => {
      for (const nth of numbers(0, 25)) {
        await new Promise((resolve) => setTimeout(resolve, 20 + 13 * (nth % 5)));
        way.cut();
        await new Promise((resolve) => setTimeout(resolve, nth % 3));
        way.mend();
      }
      cutting = false;
    })();
    let appended = 0;
    while (cutting) {
      await Promise.all(
        numbers(0, 4).map((nth) => log.append(topic, numbered(5, { from: appended + nth * 5, keys: 30 }))),
      );
      appended += 20;
    }
    await cuts;
    expect(await valuesIn(topic, appended)).toEqual(numbers(0, appended));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, appended)));
    await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, appended)));
    expect(inOrder(store.records) && inOrder(records)).toBe(true);
  });

  it('waits until the signal is aborted, and leaves nothing behind', async () => {
    const { log, way } = await openFragile();
    const topic = await newTopic(observer, 1);
    await log.append(topic, numbered(1));
    way.cut();
    const givingUp = new AbortController();
    const given = log.append(topic, numbered(1, { from: 1 }), givingUp.signal);
    const patient = log.append(topic, numbered(1, { from: 2 }));
    await expect(log.ends(topic)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(log.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    givingUp.abort();
    await expect(given).rejects.toMatchObject({ code: 'CANCELLED' });
    way.mend();
    await patient;
    expect(await valuesIn(topic, 2)).toEqual([0, 2]);
  });

  it('closes while the database is away, and says so to who is still waiting', async () => {
    const { log, way } = await openFragile();
    const topic = await newTopic(observer, 1);
    const consumer = await join(log, createStore(newName('group')), { topics: [topic] });
    way.cut();
    const waiting = log.append(topic, numbered(1)).catch((error: unknown) => error);
    await log.close();
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE' });
    await consumer.close();
  });

  it('hands partitions on when a member falls silent, who knows it before', async () => {
    const { log, way } = await openFragile();
    const topic = await newTopic(observer, 2);
    const store = createStore(newName('group'));
    const silent = await join(log, store, { topics: [topic] });
    closers.push(() => silent.close());
    await eventually(() => expect(silent.owned()).toHaveLength(2));
    const heir = await join(observer, store, { topics: [topic] });
    closers.push(() => heir.close());
    await eventually(() => expect(heir.owned()).toHaveLength(1));
    way.silence();
    await eventually(() => expect(silent.owned()).toEqual([]));
    // The far side of a way that is silent still looks alive to the server; a machine that is gone does not.
    way.cut();
    await observer.append(topic, numbered(20));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 20)));
    await eventually(() => expect(heir.owned()).toHaveLength(2));
  });
});

describe('a database that refuses', () => {
  it('is a sentence, not a wait', async () => {
    const url = new URL(database.url);
    url.username = 'nobody_of_that_name';
    const log = openLog(url.href);
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('DATABASE_URL') };
    await expect(log.append('any', numbered(1))).rejects.toMatchObject(refused);
    await expect(log.ensureTopics([{ name: 'any', partitions: 1 }])).rejects.toMatchObject(refused);
    await log.close();
  });
});
