// Three nodes, as a company runs them: what is written stands on several, and one or two that are lost lose nothing.

import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EventLog } from '../../src/stream/event-log.js';
import { createStore, join, sortedNumbers } from '../contracts/log-readers.js';
import { eventually, newName, numbered, numbers } from '../contracts/log-server.js';
import {
  createTestKafkaLog,
  describeWithKafka,
  kafkaStartTimeoutMs,
  type OwnKafka,
  startOwnKafka,
} from '../support/kafka.js';
import { describeWhenAsked } from '../support/when-asked.js';

const nodes = [1, 2, 3];

describeWhenAsked(describeWithKafka, 'a Kafka of three nodes', () => {
  let kafka: OwnKafka;
  const faults: unknown[] = [];
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    kafka = await startOwnKafka({ nodes: 3 });
  }, kafkaStartTimeoutMs);

  afterEach(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    faults.splice(0);
  }, 60_000);

  afterAll(() => kafka?.close(), 60_000);

  function openLog(replication = -1): EventLog {
    const log = createTestKafkaLog(kafka.brokers, { replication }, (error) => faults.push(error));
    closers.push(() => log.close());
    return log;
  }

  async function admin() {
    const client = new kafkajs.Kafka({
      brokers: [...kafka.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await client.connect();
    closers.push(() => client.disconnect());
    return client;
  }

  it('keeps a topic on all three, and a write on two at least, unless it is told otherwise', async () => {
    const cluster = await admin();
    const copiesOf = async (replication: number) => {
      const topic = newName('copies');
      await openLog(replication).ensureTopics([{ name: topic, partitions: 4 }]);
      const { topics } = await cluster.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      return { topic, copies: partitions.map(({ replicas }) => replicas.length) };
    };
    const { topic, copies } = await copiesOf(-1);
    expect(copies).toEqual([3, 3, 3, 3]);
    const { resources } = await cluster.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configNames: ['min.insync.replicas', 'unclean.leader.election.enable'],
        },
      ],
    });
    const entries = resources[0]?.configEntries ?? [];
    expect(
      Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    ).toEqual({ 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' });
    expect((await copiesOf(2)).copies).toEqual([2, 2, 2, 2]);
    await expect(copiesOf(4)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/fewer brokers; lower KAFKA_REPLICATION/),
    });
  }, 60_000);

  it('is written, read and well while one node after another is away', { timeout: 240_000 }, async () => {
    const log = openLog();
    const topic = newName('turn');
    await log.ensureTopics([{ name: topic, partitions: 4 }]);
    const store = createStore(newName('group'));
    const consumer = await join(log, store, { topics: [topic] });
    closers.push(() => consumer.close());
    let sent = 0;
    const send = async () => {
      await log.append(topic, numbered(50, { from: sent }));
      sent += 50;
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, sent)));
    };
    await send();
    for (const node of nodes) {
      await kafka.kill(node);
      await log.check();
      await send();
      await kafka.start(node);
      await send();
    }
    expect(faults.length + store.faults.length).toBeGreaterThan(0);
    // What is said names the one that is away, and in a sentence.
    for (const fault of [...faults, ...store.faults]) {
      expect(fault).toMatchObject({ name: 'FlywheelError', code: 'UNAVAILABLE' });
      expect(String(fault)).not.toContain(kafka.brokers.join(', '));
    }
  });

  it('waits while two are away, and then goes on', { timeout: 240_000 }, async () => {
    const log = openLog();
    const topic = newName('two');
    await log.ensureTopics([{ name: topic, partitions: 4 }]);
    const store = createStore(newName('group'));
    const consumer = await join(log, store, { topics: [topic] });
    closers.push(() => consumer.close());
    await log.append(topic, numbered(50));
    await Promise.all([kafka.kill(1), kafka.kill(3)]);
    const appended = log.append(topic, numbered(50, { from: 50 }));
    await eventually(() => expect(faults.length).toBeGreaterThan(0));
    await Promise.all([kafka.start(1), kafka.start(3)]);
    await appended;
    await log.append(topic, numbered(50, { from: 100 }));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 150)));
  });
});
