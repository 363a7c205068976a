// The contract of the event log: what one member of a group is given, and when.

import { describe, expect, it } from 'vitest';
import { type Batch, partitionKey, StalePosition } from '../../src/stream/event-log.js';
import type { LogBench } from './event-log.js';
import { createStore, inOrder, join, sortedNumbers } from './log-readers.js';
import {
  contractTimeoutMs,
  createGate,
  eventually,
  newName,
  newTopic,
  numbered,
  numbers,
} from './log-server.js';

export function describeConsume(bench: LogBench): void {
  describe('consume', { timeout: contractTimeoutMs }, () => {
    it('gives every group every record once, in slices no larger than asked for', async () => {
      const log = bench.log();
      const topics = [await newTopic(log, 3), await newTopic(log, 1)];
      await log.append(topics[0] ?? '', numbered(400));
      const sizes: number[] = [];
      const stores = [createStore(newName('group')), createStore(newName('group'))];
      for (const store of stores) {
        const consumer = await join(log, store, {
          topics,
          batchRecordsMax: 17,
          before: ({ records }) => {
            sizes.push(records.length);
          },
        });
        bench.after(() => consumer.close());
        await eventually(() => expect(consumer.owned()).toHaveLength(4));
      }
      for (const round of numbers(0, 10)) {
        await log.append(topics[round % 2] ?? '', numbered(30, { from: 400 + round * 30 }));
      }
      for (const { records } of stores) {
        await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 700)));
        expect(inOrder(records)).toBe(true);
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(17);
    });

    it('goes on from the stored positions, and says where the partition ends', async () => {
      const topic = await newTopic(bench.log(), 2);
      const store = createStore(newName('group'));
      await bench.log().append(topic, numbered(100));
      const first = await join(await bench.another(), store, { topics: [topic] });
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 100)));
      await first.close();
      await bench.log().append(topic, numbered(50, { from: 100 }));
      const last = new Map<number, Batch>();
      const second = await join(await bench.another(), store, {
        topics: [topic],
        before: (batch) => {
          last.set(batch.partition, batch);
        },
      });
      bench.after(() => second.close());
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 150)));
      const ends = await bench.log().ends(topic);
      for (const { partition, end, clusterId, topicId } of ends) {
        expect(last.get(partition)).toMatchObject({
          topic,
          clusterId,
          topicId,
          nextOffset: end,
          endOffset: end,
        });
      }
    });

    it('asks for the ranges that the partitions have', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 2);
      await log.append(topic, numbered(40));
      const asked: unknown[] = [];
      const consumer = await log.consume({
        group: newName('group'),
        topics: [topic],
        batchRecordsMax: 10,
        position: async (partitions) => {
          asked.push(...partitions);
          return partitions.map(({ end }) => end);
        },
        handle: async () => {},
      });
      bench.after(() => consumer.close());
      const ends = await log.ends(topic);
      await eventually(() => expect(asked).toEqual(expect.arrayContaining([...ends])));
    });

    it('brings the same batch again when the handler rejects, and holds no other partition', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 2);
      await log.append(topic, numbered(100));
      const store = createStore(newName('group'));
      const attempts: string[][] = [];
      const consumer = await join(log, store, {
        topics: [topic],
        batchRecordsMax: 20,
        before: ({ partition, records }) => {
          if (partition !== 0 || attempts.length >= 4) return;
          attempts.push(records.map(({ offset }) => String(offset)));
          if (attempts.length < 4) throw new Error('The warehouse is away for a moment.');
        },
      });
      bench.after(() => consumer.close());
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 100)));
      expect(attempts).toHaveLength(4);
      expect(new Set(attempts.map((offsets) => offsets.join())).size).toBe(1);
      expect(inOrder(store.records)).toBe(true);
    });

    it('asks for the position anew after StalePosition', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      await log.append(topic, numbered(60));
      const store = createStore(newName('group'));
      const key = partitionKey(topic, 0);
      let moved = false;
      const consumer = await join(log, store, {
        topics: [topic],
        batchRecordsMax: 10,
        before: ({ records }) => {
          if (moved || records[0]?.offset !== 20n) return;
          // Somebody else has stored the next 25.
          moved = true;
          store.positions.set(key, 45n);
        },
      });
      bench.after(() => consumer.close());
      await eventually(() =>
        expect(sortedNumbers(store.records)).toEqual([...numbers(0, 20), ...numbers(45, 15)]),
      );
      await log.append(topic, numbered(5, { from: 60 }));
      await eventually(() => expect(sortedNumbers(store.records)).toContain(64));
      expect(inOrder(store.records)).toBe(true);
    });

    it('can be stale time and again, and goes back as well as forth', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      await log.append(topic, numbered(30));
      let position = 20n;
      const firsts: bigint[] = [];
      const consumer = await log.consume({
        group: newName('group'),
        topics: [topic],
        batchRecordsMax: 10,
        position: async (partitions) => partitions.map(() => position),
        handle: async ({ records }) => {
          firsts.push(records[0]?.offset ?? -1n);
          if (firsts.length > 3) return;
          position -= 5n;
          throw new StalePosition();
        },
      });
      bench.after(() => consumer.close());
      await eventually(() => expect(firsts).toEqual([20n, 15n, 10n, 5n, 15n, 25n]));
    });

    it('leaves a partition unread where the position is null', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 3);
      const store = createStore(newName('group'));
      await log.append(topic, numbered(80, { keys: 40 }));
      const consumer = await join(log, store, { topics: [topic], unread: (partition) => partition === 1 });
      bench.after(() => consumer.close());
      const ends = await log.ends(topic);
      const unread = ends.find(({ partition }) => partition === 1)?.end ?? 0n;
      expect(unread).toBeGreaterThan(0n);
      await eventually(() => expect(sortedNumbers(store.records)).toHaveLength(80 - Number(unread)));
      await log.append(topic, numbered(80, { from: 80, keys: 40 }));
      await eventually(() => expect(sortedNumbers(store.records)).toHaveLength(160 - 2 * Number(unread)));
      expect(store.records.has(partitionKey(topic, 1))).toBe(false);
    });

    it('asks again when the positions could not be read', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      await log.append(topic, numbered(10));
      const faults: unknown[] = [];
      const read: number[] = [];
      let failures = 0;
      const consumer = await log.consume({
        group: newName('group'),
        topics: [topic],
        batchRecordsMax: 10,
        onFault: (error) => faults.push(error),
        async position(partitions) {
          if (failures < 2) {
            failures += 1;
            throw new Error('The warehouse is away for a moment.');
          }
          return partitions.map(({ start }) => start);
        },
        async handle({ records }) {
          read.push(...records.map(({ value }) => Number(value?.toString())));
        },
      });
      bench.after(() => consumer.close());
      await eventually(() => expect(read).toEqual(numbers(0, 10)));
      expect(faults.length).toBeGreaterThan(0);
    });

    it('lets the batch at work finish when it is closed, and begins no other', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      await log.append(topic, numbered(100));
      const store = createStore(newName('group'));
      const gate = createGate();
      let begun = 0;
      const consumer = await join(log, store, {
        topics: [topic],
        batchRecordsMax: 10,
        before: async () => {
          begun += 1;
          if (begun === 3) await gate.opened;
        },
      });
      await eventually(() => expect(begun).toBe(3));
      let closed = false;
      const closing = consumer.close().then(() => {
        closed = true;
      });
      await log.append(topic, numbered(1, { from: 100 }));
      expect(closed).toBe(false);
      gate.open();
      await closing;
      expect(sortedNumbers(store.records)).toEqual(numbers(0, 30));
      expect(begun).toBe(3);
      expect(consumer.owned()).toEqual([]);
    });
  });
}
