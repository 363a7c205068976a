// The traps of kafkajs, each with what would spring it, on a real broker behind a line that fails.

import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createLog } from '../../src/core/log.js';
import { type EventLog, partitionKey } from '../../src/stream/event-log.js';
import { createKafkaEventLog } from '../../src/stream/kafka-event-log.js';
import { kafkaMeasures } from '../../src/stream/kafka-options.js';
import { collect, createStore, inOrder, join, sortedNumbers } from '../contracts/log-readers.js';
import { createGate, eventually, newName, numbered, numbers } from '../contracts/log-server.js';
import {
  createTestKafkaLog,
  describeWithKafka,
  kafkaOptions,
  kafkaStartTimeoutMs,
  type OwnKafka,
  startOwnKafka,
} from '../support/kafka.js';
import { type KafkaLine, openKafkaLine } from '../support/kafka-line.js';

describeWithKafka('kafkajs', () => {
  let kafka: OwnKafka;
  let line: KafkaLine;
  /** The way without the line, to see what is really there. */
  let straight: EventLog;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    line = await openKafkaLine();
    kafka = await startOwnKafka({
      extraListeners: [{ name: 'LINE', protocol: 'PLAINTEXT', advertisedPort: line.port, settings: {} }],
    });
    line.lead(Number(kafka.brokersOf('LINE')[0]?.split(':')[1]));
    straight = createTestKafkaLog(kafka.brokers);
  }, kafkaStartTimeoutMs);

  afterEach(async () => {
    line.mend();
    line.unmute();
    line.garble(0);
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  }, 60_000);

  afterAll(async () => {
    await straight?.close();
    await line?.close();
    await kafka?.close();
  }, 60_000);

  function overLine(onFault?: (error: unknown) => void): EventLog {
    const log = createTestKafkaLog([`127.0.0.1:${line.port}`], {}, onFault);
    closers.push(() => log.close());
    return log;
  }

  async function topicOf(partitions: number): Promise<string> {
    const topic = newName('trap');
    await straight.ensureTopics([{ name: topic, partitions }]);
    return topic;
  }

  async function readAll(topic: string, count: number): Promise<number[]> {
    const { records, tail } = await collect(straight, [topic], 'start', new Map());
    closers.push(() => tail.close());
    await eventually(() => expect(sortedNumbers(records).length).toBeGreaterThanOrEqual(count));
    expect(inOrder(records)).toBe(true);
    return sortedNumbers(records);
  }

  it('sets no timers over and over while nothing happens', async () => {
    const topic = await topicOf(2);
    const log = createTestKafkaLog(kafka.brokers);
    closers.push(() => log.close());
    const store = createStore(newName('group'));
    await join(log, store, { topics: [topic] });
    await log.append(topic, numbered(10));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 10)));
    const spy = vi.spyOn(globalThis, 'setTimeout');
    await sleep(2_000);
    const timers = spy.mock.calls.length;
    spy.mockRestore();
    // Left alone, kafkajs sets some two thousand a second.
    expect(timers).toBeLessThan(100);
  }, 30_000);

  it('keeps the group through a batch that takes longer than a session, and through a rebalance meanwhile', async () => {
    const topic = await topicOf(2);
    await straight.append(topic, numbered(200, { keys: 40 }));
    const store = createStore(newName('group'));
    const gate = createGate();
    closers.push(async () => gate.open());
    const held = new Map<number, AbortSignal>();
    const first = await join(overLine(), store, {
      topics: [topic],
      before: async ({ partition }, signal) => {
        if (held.has(partition)) return;
        held.set(partition, signal);
        await gate.opened;
      },
    });
    await eventually(() => expect(held.size).toBe(2));
    await sleep(kafkaMeasures.sessionTimeoutMs + 2_000);
    expect([...held.values()].some(({ aborted }) => aborted)).toBe(false);
    expect(first.owned()).toHaveLength(2);

    const secondLog = createTestKafkaLog(kafka.brokers);
    closers.push(() => secondLog.close());
    const second = await join(secondLog, store, { topics: [topic] });
    await eventually(() => {
      expect(first.owned()).toHaveLength(1);
      expect(second.owned()).toHaveLength(1);
    });
    // The batch whose partition has gone is told so; the other goes on.
    const kept = first.owned()[0]?.partition ?? -1;
    expect(held.get(kept)?.aborted).toBe(false);
    expect(held.get(1 - kept)?.aborted).toBe(true);
    gate.open();
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 200)));
    expect(inOrder(store.records)).toBe(true);
  }, 60_000);

  it('reads on after a crash that it would not restart from', async () => {
    const topic = await topicOf(1);
    const said: string[] = [];
    const log = createKafkaEventLog({
      options: kafkaOptions([`127.0.0.1:${line.port}`]),
      log: createLog({ level: 'debug', plain: false, stream: { write: (text) => void said.push(text) } }),
    });
    closers.push(() => log.close());
    const store = createStore(newName('group'));
    const consumer = await join(log, store, { topics: [topic] });
    await straight.append(topic, numbered(20));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 20)));
    for (let round = 1; round <= 2; round += 1) {
      line.garble(1);
      await eventually(() => {
        expect(said.filter((text) => text.includes('Crash: '))).toHaveLength(round);
      });
      await straight.append(topic, numbered(20, { from: round * 20 }));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 20 + round * 20)));
    }
    expect(consumer.owned()).toHaveLength(1);
  }, 60_000);

  it('writes what it acknowledges: a batch after one whose acknowledgement was lost', async () => {
    const topic = await topicOf(1);
    const log = overLine();
    await log.append(topic, numbered(5));
    line.mute();
    const second = log.append(topic, numbered(5, { from: 5 }));
    await eventually(async () => expect((await straight.ends(topic))[0]?.end).toBe(10n));
    // Of the same length, which a broker might take for the same batch.
    const third = log.append(topic, numbered(5, { from: 10 }));
    line.cut();
    line.unmute();
    line.mend();
    await Promise.all([second, third]);
    await log.append(topic, numbered(5, { from: 15 }));
    expect(await readAll(topic, 20)).toEqual(numbers(0, 20));
  }, 60_000);

  it('writes what it acknowledges: a batch after one whose acknowledgement cannot be read', async () => {
    const topic = await topicOf(1);
    const log = overLine();
    await log.append(topic, numbered(5));
    line.garble(1);
    await log.append(topic, numbered(5, { from: 5 }));
    await log.append(topic, numbered(5, { from: 10 }));
    expect(await readAll(topic, 15)).toEqual(numbers(0, 15));
  }, 60_000);

  it('drops a connection that has gone mute', async () => {
    const topic = await topicOf(1);
    const log = overLine();
    await log.append(topic, numbered(1));
    const store = createStore(newName('group'));
    await join(log, store, { topics: [topic] });
    line.mute();
    const appended = log.append(topic, numbered(1, { from: 1 }));
    await sleep(1_000);
    // New connections are answered; those that are there stay mute, as after a firewall has forgotten them.
    line.forgetConnections();
    line.unmute();
    await appended;
    await eventually(() => expect(sortedNumbers(store.records)).toEqual([0, 1]));
  }, 90_000);

  it('spreads batches by its own choice of partition, the same as that of Kafka clients', async () => {
    const topic = await topicOf(7);
    const keys = Array.from(
      { length: 200 },
      (_, index) => [...'käse-🧀-key'].slice(0, index % 11).join('') + index,
    );
    await straight.append(
      topic,
      keys.map((key) => ({ key, value: key })),
    );
    const partitionMetadata = numbers(0, 7).map((partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    const partitioner = kafkajs.Partitioners.DefaultPartitioner();
    const { records, tail } = await collect(straight, [topic], 'start', new Map());
    closers.push(() => tail.close());
    await eventually(() => expect([...records.values()].flat()).toHaveLength(200));
    for (const key of keys) {
      const partition = partitioner({ topic, partitionMetadata, message: { key, value: key } });
      const there = records.get(partitionKey(topic, partition)) ?? [];
      expect(there.some((record) => record.key?.toString() === key)).toBe(true);
    }
  }, 30_000);

  it('loses and repeats nothing while the broker is killed and started again', async () => {
    const topic = await topicOf(3);
    const faults: unknown[] = [];
    const log = createTestKafkaLog(kafka.brokers, {}, (error) => faults.push(error));
    closers.push(() => log.close());
    const store = createStore(newName('group'));
    await join(log, store, { topics: [topic] });
    const tail = await collect(log, [topic], 'start', new Map());
    closers.push(() => tail.tail.close());
    let appended = 0;
    let isOver = false;
    const appending = (async () => {
      while (!isOver) {
        await log.append(topic, numbered(10, { from: appended, keys: 20 }));
        appended += 10;
        await sleep(20);
      }
    })();
    await sleep(1_000);
    await kafka.kill(1);
    await expect(straight.check()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('KAFKA_BROKERS'),
    });
    await eventually(() => expect(faults.length).toBeGreaterThan(0));
    await kafka.start(1);
    const before = appended;
    await eventually(() => expect(appended).toBeGreaterThan(before));
    await sleep(500);
    isOver = true;
    await appending;
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, appended)));
    await eventually(() => expect(sortedNumbers(tail.records)).toEqual(numbers(0, appended)));
    expect(inOrder(store.records)).toBe(true);
    expect(inOrder(tail.records)).toBe(true);
  }, 120_000);
});
