// Topics that are missing, deleted, made anew, cut by retention, or given more partitions, while we use them.

import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type EventLog, type PartitionRange, partitionKey } from '../../src/stream/event-log.js';
import { collect, createStore, join, sortedNumbers } from '../contracts/log-readers.js';
import { eventually, newName, newTopic, numbered, numbers } from '../contracts/log-server.js';
import { createTestKafkaLog, describeWithKafka, kafkaStartTimeoutMs, sharedKafka } from '../support/kafka.js';

describeWithKafka('topics on Kafka', () => {
  let brokers: readonly string[];
  let log: EventLog;
  let admin: Admin;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    ({ brokers } = await sharedKafka());
    log = createTestKafkaLog(brokers);
    admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, kafkaStartTimeoutMs);

  afterEach(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  }, 60_000);

  afterAll(async () => {
    await log?.close();
    await admin?.disconnect();
  }, 60_000);

  async function deleteRecords(topic: string, before: number): Promise<void> {
    // kafkajs knows the leaders only of topics that it has been asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  }

  it('are not created where that is not allowed', async () => {
    const name = newName('absent');
    const strict = createTestKafkaLog(brokers, { createTopics: false });
    closers.push(() => strict.close());
    await expect(strict.ensureTopics([{ name, partitions: 1 }])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(new RegExp(`${name}.*KAFKA_CREATE_TOPICS`)),
    });
    expect(await admin.listTopics()).not.toContain(name);
  });

  it('cannot have more copies than there are brokers', async () => {
    const demanding = createTestKafkaLog(brokers, { replication: 3 });
    closers.push(() => demanding.close());
    await expect(demanding.ensureTopics([{ name: newName('copies'), partitions: 1 }])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('KAFKA_REPLICATION'),
    });
  });

  it('refuse a record that is too large, and take what others append beside it, once', async () => {
    const topic = newName('narrow');
    const configEntries = [{ name: 'max.message.bytes', value: '20000' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
    // What waits for the first append goes together.
    const first = log.append(topic, numbered(1));
    const beside = log.append(topic, numbered(10));
    const tooLarge = { key: null, value: randomBytes(40_000) };
    const large = log.append(topic, [...numbered(2), tooLarge, ...numbered(3), tooLarge]);
    const behind = log.append(topic, numbered(10));
    await expect(large).rejects.toMatchObject({
      code: 'BAD_INPUT',
      places: [2, 6],
      message: expect.stringContaining('max.message.bytes'),
    });
    await Promise.all([first, beside, behind]);
    const ends = await log.ends(topic);
    expect(ends.reduce((sum, { end }) => sum + end, 0n)).toBe(26n);
  }, 30_000);

  it('that are deleted end what waits to be appended, and made anew take records again', async () => {
    const topic = await newTopic(log, 2);
    await log.append(topic, numbered(10));
    await admin.deleteTopics({ topics: [topic] });
    await expect(log.append(topic, numbered(10))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await log.ensureTopics([{ name: topic, partitions: 2 }]);
    await log.append(topic, numbered(4));
    const ends = await log.ends(topic);
    expect(ends.reduce((sum, { end }) => sum + end, 0n)).toBe(4n);
  }, 30_000);

  it('that are deleted do not keep a member from its other topics, and are read again when they are made anew', async () => {
    const doomed = await newTopic(log, 1);
    const other = await newTopic(log, 1);
    await log.append(doomed, numbered(10));
    const asked: PartitionRange[] = [];
    const read = new Map<string, number[]>([
      [doomed, []],
      [other, []],
    ]);
    const faults: unknown[] = [];
    const consumer = await log.consume({
      group: newName('group'),
      topics: [doomed, other],
      batchRecordsMax: 100,
      onFault: (error) => faults.push(error),
      async position(partitions) {
        asked.push(...partitions);
        return partitions.map(({ start }) => start);
      },
      async handle({ topic, records }) {
        read.get(topic)?.push(...records.map(({ value }) => Number(value?.toString())));
      },
    });
    closers.push(() => consumer.close());
    await eventually(() => expect(read.get(doomed)).toEqual(numbers(0, 10)));
    await admin.deleteTopics({ topics: [doomed] });
    await eventually(() => {
      expect(faults).toContainEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
    });
    await log.append(other, numbered(10));
    await eventually(() => expect(read.get(other)).toEqual(numbers(0, 10)));
    await log.ensureTopics([{ name: doomed, partitions: 1 }]);
    await log.append(doomed, numbered(5, { from: 50 }));
    await eventually(() => expect(read.get(doomed)).toEqual([...numbers(0, 10), ...numbers(50, 5)]));
    const identities = new Set(asked.filter(({ topic }) => topic === doomed).map(({ topicId }) => topicId));
    expect(identities.size).toBe(2);
  }, 90_000);

  it('that are made anew at once are noticed', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(10));
    const asked: PartitionRange[] = [];
    const batches: { topicId: string; numbers: number[] }[] = [];
    const consumer = await log.consume({
      group: newName('group'),
      topics: [topic],
      batchRecordsMax: 100,
      async position(partitions) {
        asked.push(...partitions);
        return partitions.map(({ start }) => start);
      },
      async handle({ topicId, records }) {
        batches.push({ topicId, numbers: records.map(({ value }) => Number(value?.toString())) });
      },
    });
    closers.push(() => consumer.close());
    await eventually(() => expect(batches.flatMap((batch) => batch.numbers)).toEqual(numbers(0, 10)));
    await admin.deleteTopics({ topics: [topic] });
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    await log.append(topic, numbered(30, { from: 100 }));
    await eventually(() => {
      const before = asked[0]?.topicId;
      const later = batches.filter(({ topicId }) => topicId !== before);
      expect(later.flatMap((batch) => batch.numbers)).toEqual(numbers(100, 30));
    });
    expect(consumer.owned()[0]?.topicId).toBe(asked.at(-1)?.topicId);
  }, 90_000);

  it('that are cut behind the position are asked about, never passed over in silence', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(30));
    const asked: PartitionRange[] = [];
    const read: number[] = [];
    const consumer = await log.consume({
      group: newName('group'),
      topics: [topic],
      batchRecordsMax: 10,
      async position(partitions) {
        asked.push(...partitions);
        // Retention passes between the question and the first fetch.
        if (asked.length === 1) await deleteRecords(topic, 20);
        return partitions.map(({ start }) => (start <= 5n ? 5n : start));
      },
      async handle({ records }) {
        read.push(...records.map(({ value }) => Number(value?.toString())));
      },
    });
    closers.push(() => consumer.close());
    await eventually(() => expect(asked.map(({ start }) => start)).toEqual([0n, 20n]));
    await eventually(() => expect(read).toEqual(numbers(20, 10)));
  }, 60_000);

  it('that were compacted are read through their gaps', async () => {
    const topic = newName('compacted');
    const configEntries = Object.entries({
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'max.compaction.lag.ms': '100',
      'min.compaction.lag.ms': '0',
    }).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    for (const from of numbers(0, 10)) await log.append(topic, numbered(10, { from: from * 10, keys: 1 }));
    // Segments are rolled by what is written after them; the newest is never compacted.
    await eventually(async () => {
      await log.append(topic, [{ key: 'newest', value: '1000' }]);
      const seen = await collect(log, [topic], 'start', new Map());
      await eventually(() => expect(sortedNumbers(seen.records)).toContain(1_000));
      await seen.tail.close();
      expect(sortedNumbers(seen.records)).not.toContain(50);
    });
    const from = new Map([[partitionKey(topic, 0), 40n]]);
    const { records, tail } = await collect(log, [topic], 'start', from);
    closers.push(() => tail.close());
    await eventually(() => expect(sortedNumbers(records)).toEqual(expect.arrayContaining([99, 1_000])));
    expect(records.get(partitionKey(topic, 0))?.[0]?.offset).toBeGreaterThan(40n);
  }, 90_000);

  it('that get more partitions are read whole', async () => {
    const topic = await newTopic(log, 1);
    const store = createStore(newName('group'));
    const consumer = await join(log, store, { topics: [topic] });
    closers.push(() => consumer.close());
    const { records, tail } = await collect(log, [topic], 'end', new Map());
    closers.push(() => tail.close());
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    const fresh = createTestKafkaLog(brokers);
    closers.push(() => fresh.close());
    await fresh.append(topic, numbered(60, { keys: 30 }));
    await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 60)));
    await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 60)));
    expect(store.records.has(partitionKey(topic, 2))).toBe(true);
  }, 90_000);

  it('leave no group behind after a tail', async () => {
    const topic = await newTopic(log, 1);
    await log.append(topic, numbered(3));
    const { records, tail } = await collect(log, [topic], 'start', new Map());
    await eventually(() => expect(sortedNumbers(records)).toHaveLength(3));
    const groups = async () => {
      const listed = await admin.listGroups();
      return listed.groups.filter(({ groupId }) => groupId.startsWith('flywheel-tail-'));
    };
    const before = (await groups()).length;
    await tail.close();
    expect((await groups()).length).toBeLessThan(before);
  }, 30_000);
});
