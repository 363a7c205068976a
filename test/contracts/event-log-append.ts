// The contract of the event log: topics, appending and what the log holds.

import { describe, expect, it } from 'vitest';
import { partitionKey } from '../../src/stream/event-log.js';
import type { LogBench } from './event-log.js';
import { inOrder, sortedNumbers } from './log-readers.js';
import { contractTimeoutMs, eventually, newName, newTopic, numbered, numbers } from './log-server.js';

export function describeAppend(bench: LogBench): void {
  describe('topics', { timeout: contractTimeoutMs }, () => {
    it('creates what is missing, several times at once, and leaves what exists as it is', async () => {
      const name = newName('contract');
      const other = await bench.another();
      await Promise.all([
        bench.log().ensureTopics([{ name, partitions: 3 }]),
        other.ensureTopics([{ name, partitions: 3 }]),
      ]);
      const before = await bench.log().ends(name);
      expect(before.map(({ partition, start, end }) => [partition, start, end])).toEqual([
        [0, 0n, 0n],
        [1, 0n, 0n],
        [2, 0n, 0n],
      ]);
      await bench.log().append(name, numbered(10));
      await other.ensureTopics([{ name, partitions: 5 }]);
      const after = await other.ends(name);
      expect(after.map(({ clusterId, topicId }) => [clusterId, topicId])).toEqual(
        before.map(({ clusterId, topicId }) => [clusterId, topicId]),
      );
      expect(after.reduce((sum, { start, end }) => sum + end - start, 0n)).toBe(10n);
    });

    it('answers NOT_FOUND for a topic that is not there', async () => {
      const name = newName('missing');
      const missing = { name: 'FlywheelError', code: 'NOT_FOUND', message: expect.stringContaining(name) };
      await expect(bench.log().ends(name)).rejects.toMatchObject(missing);
      await expect(bench.log().append(name, numbered(1))).rejects.toMatchObject(missing);
      await expect(bench.collect(bench.log(), [name], 'start')).rejects.toMatchObject(missing);
      const consumed = bench.log().consume({
        group: newName('group'),
        topics: [name],
        batchRecordsMax: 10,
        position: async () => [],
        handle: async () => {},
      });
      await expect(consumed).rejects.toMatchObject(missing);
    });

    it('gives a topic that was deleted and made anew another identity', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 2);
      await log.append(topic, numbered(10));
      const before = await log.ends(topic);
      await bench.server().deleteTopic(topic);
      await log.ensureTopics([{ name: topic, partitions: 2 }]);
      await log.append(topic, numbered(3));
      const after = await log.ends(topic);
      expect(after[0]?.topicId).not.toBe(before[0]?.topicId);
      expect(after[0]?.clusterId).toBe(before[0]?.clusterId);
      expect(after.reduce((sum, { end }) => sum + end, 0n)).toBe(3n);
    });
  });

  describe('append', { timeout: contractTimeoutMs }, () => {
    it('is durable when it resolves: another log reads it', async () => {
      const topic = await newTopic(bench.log(), 2);
      await bench.log().append(topic, numbered(500));
      const other = await bench.another();
      const ends = await other.ends(topic);
      expect(ends.reduce((sum, { end }) => sum + end, 0n)).toBe(500n);
      const { records } = await bench.collect(other, [topic], 'start');
      await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 500)));
    });

    it('keeps the order of each key, also over appends that are under way together', async () => {
      const topic = await newTopic(bench.log(), 3);
      const appends = numbers(0, 60).map((index) =>
        bench.log().append(topic, numbered(20, { from: index * 20 })),
      );
      await Promise.all(appends);
      const { records } = await bench.collect(await bench.another(), [topic], 'start');
      await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 1_200)));
      const byKey = new Map<string, number[]>();
      for (const { key, value } of [...records.values()].flat()) {
        const name = key?.toString() ?? '';
        byKey.set(name, [...(byKey.get(name) ?? []), Number(value?.toString())]);
      }
      expect(byKey.size).toBe(7);
      for (const list of byKey.values()) expect(list).toEqual(list.toSorted((a, b) => a - b));
      expect(inOrder(records)).toBe(true);
    });

    it('takes records of several logs at once, each once', async () => {
      const topic = await newTopic(bench.log(), 4);
      const logs = [bench.log(), await bench.another(), await bench.another()];
      await Promise.all(
        logs.map(async (log, index) => {
          for (const round of numbers(0, 30)) {
            await log.append(topic, numbered(20, { from: (round * 3 + index) * 20, keys: 30 }));
          }
        }),
      );
      const { records } = await bench.collect(bench.log(), [topic], 'start');
      await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 1_800)));
      expect(inOrder(records)).toBe(true);
    });

    it('gives a key the same partition, whoever appends', async () => {
      const topic = await newTopic(bench.log(), 5);
      const logs = [bench.log(), await bench.another(), await bench.another()];
      for (const log of logs) await log.append(topic, numbered(60, { keys: 30 }));
      const { records } = await bench.collect(bench.log(), [topic], 'start');
      await eventually(() => expect(sortedNumbers(records)).toHaveLength(180));
      const partitions = new Map<string, Set<string>>();
      for (const [partition, list] of records) {
        for (const { key } of list) {
          const name = key?.toString() ?? '';
          partitions.set(name, (partitions.get(name) ?? new Set()).add(partition));
        }
      }
      expect([...partitions.values()].map(({ size }) => size)).toEqual(Array.from({ length: 30 }, () => 1));
      expect(records.size).toBeGreaterThan(1);
    });

    it('spreads records without a key over all partitions', async () => {
      const topic = await newTopic(bench.log(), 4);
      for (const from of numbers(0, 40)) {
        await bench.log().append(
          topic,
          numbered(10, { from: from * 10 }).map(({ value }) => ({ key: null, value })),
        );
      }
      const ends = await bench.log().ends(topic);
      expect(ends.reduce((sum, { end }) => sum + end, 0n)).toBe(400n);
      for (const { end } of ends) expect(end).toBeGreaterThan(0n);
    });

    it('keeps keys, values and headers byte by byte, and tells null from empty', async () => {
      const topic = await newTopic(bench.log(), 1);
      const allBytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const given = [
        { key: 'käse 🧀', value: allBytes, headers: { 'ce-type': 'view', bytes: allBytes, empty: '' } },
        { key: null, value: 'no key', headers: {} },
        { key: 'deleted', value: null },
        { key: 'empty', value: '' },
        { key: null, value: null, headers: { 'größe "x"\\': '\n\t' } },
        { key: 'large', value: Buffer.alloc(400_000, 7) },
      ];
      await bench.log().append(topic, given);
      const { records, batches } = await bench.collect(bench.log(), [topic], 'start');
      const key = partitionKey(topic, 0);
      await eventually(() => expect(records.get(key)).toHaveLength(given.length));
      const bytes = (value: Buffer | string | null) => (value === null ? null : Buffer.from(value));
      expect(
        records.get(key)?.map((record) => ({
          key: record.key,
          value: record.value,
          headers: new Map(Object.entries(record.headers)),
        })),
      ).toEqual(
        given.map((record) => ({
          key: bytes(record.key),
          value: bytes(record.value),
          headers: new Map(
            Object.entries(record.headers ?? {}).map(([name, value]) => [name, bytes(value)] as const),
          ),
        })),
      );
      const [range] = await bench.log().ends(topic);
      expect(batches.at(-1)).toMatchObject({
        topic,
        partition: 0,
        clusterId: range?.clusterId,
        topicId: range?.topicId,
        nextOffset: range?.end,
      });
    });

    it('takes many records at once, and none', async () => {
      const topic = await newTopic(bench.log(), 3);
      await bench.log().append(topic, []);
      const filler = 'x'.repeat(900);
      const many = numbered(12_000).map(({ key, value }) => ({ key, value: `${value} ${filler}` }));
      await bench.log().append(topic, many);
      const { records } = await bench.collect(bench.log(), [topic], 'start');
      await eventually(() => expect([...records.values()].flat()).toHaveLength(12_000));
      expect(inOrder(records)).toBe(true);
    });

    it('gives up when its signal is aborted, and appends nothing then', async () => {
      const topic = await newTopic(bench.log(), 1);
      await expect(bench.log().append(topic, numbered(5), AbortSignal.abort())).rejects.toMatchObject({
        code: 'CANCELLED',
      });
      await bench.log().append(topic, numbered(1));
      expect(await bench.log().ends(topic)).toMatchObject([{ end: 1n }]);
    });

    it('answers a check', async () => {
      await bench.log().check();
    });
  });
}
