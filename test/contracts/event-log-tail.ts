// The contract of the event log: readers without a group, and that no reader loses what commits late.

import { describe, expect, it } from 'vitest';
import { type Batch, partitionKey } from '../../src/stream/event-log.js';
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

export function describeTail(bench: LogBench): void {
  describe('tail', { timeout: contractTimeoutMs }, () => {
    it('reads from the start, from the end, and from exact places', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 2);
      await log.append(topic, numbered(100));
      const ends = await log.ends(topic);
      const first = ends[0];
      if (first === undefined) throw new Error('A topic has partitions.');
      const from = new Map([[partitionKey(topic, 0), first.end - 3n]]);

      const whole = await bench.collect(log, [topic], 'start');
      const fresh = await bench.collect(log, [topic], 'end');
      const exact = await bench.collect(log, [topic], 'end', from);
      await log.append(topic, numbered(50, { from: 100 }));

      await eventually(() => expect(sortedNumbers(whole.records)).toEqual(numbers(0, 150)));
      await eventually(() => expect(sortedNumbers(fresh.records)).toEqual(numbers(100, 50)));
      await eventually(() => expect(sortedNumbers(exact.records)).toHaveLength(53));
      expect(exact.records.get(partitionKey(topic, 0))?.[0]?.offset).toBe(first.end - 3n);
      for (const { records } of [whole, fresh, exact]) expect(inOrder(records)).toBe(true);
    });

    it('gives every tail everything, over several topics', async () => {
      const log = bench.log();
      const topics = [await newTopic(log, 1), await newTopic(log, 3)];
      const other = await bench.another();
      const tails = await Promise.all(
        numbers(0, 6).map((index) => bench.collect(index % 2 === 0 ? log : other, topics, 'end')),
      );
      for (const from of numbers(0, 20)) {
        await log.append(topics[from % 2] ?? '', numbered(10, { from: from * 10 }));
      }
      for (const { records } of tails) {
        await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 200)));
      }
    });

    it('misses nothing that is appended after it resolved', async () => {
      const log = await bench.another();
      const topic = await newTopic(log, 2);
      for (const round of numbers(0, 8)) {
        await log.append(topic, numbered(5, { from: round * 10 }));
        const { records, tail } = await bench.collect(log, [topic], 'end');
        await log.append(topic, numbered(5, { from: round * 10 + 5 }));
        await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(round * 10 + 5, 5)));
        await tail.close();
      }
    });

    it('waits for its handler, and calls it no more after it is closed', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      const gate = createGate();
      const seen: Batch[] = [];
      let running = 0;
      let together = 0;
      const tail = await log.tail({
        topics: [topic],
        from: new Map(),
        elsewhere: 'start',
        async handle(batch) {
          running += 1;
          together = Math.max(together, running);
          seen.push(batch);
          if (seen.length === 1) await gate.opened;
          running -= 1;
        },
      });
      await log.append(topic, numbered(1));
      await eventually(() => expect(seen).toHaveLength(1));
      for (const from of numbers(1, 5)) await log.append(topic, numbered(1, { from }));
      expect(seen).toHaveLength(1);
      gate.open();
      await eventually(() => expect(seen.flatMap(({ records }) => records)).toHaveLength(6));
      expect(together).toBe(1);
      await tail.close();
      const before = seen.length;
      await log.append(topic, numbered(1));
      const { records } = await bench.collect(log, [topic], 'start');
      await eventually(() => expect(sortedNumbers(records)).toHaveLength(7));
      expect(seen).toHaveLength(before);
    });
  });

  describe('an append that is held open', { timeout: contractTimeoutMs }, () => {
    it.each(['commit', 'abort'] as const)(
      'hides nothing of ten others, whether by %s it ends',
      async (how) => {
        const log = bench.log();
        const topic = await newTopic(log, 2);
        await log.append(topic, numbered(10));
        const tail = await bench.collect(log, [topic], 'start');
        const store = createStore(newName('group'));
        const consumer = await join(log, store, { topics: [topic] });
        bench.after(() => consumer.close());
        await eventually(() => expect(sortedNumbers(store.records)).toHaveLength(10));

        const held = await bench.server().holdAppend(topic, 0, '1000');
        const other = await bench.another();
        const appends = numbers(0, 10).map((index) =>
          (index % 2 === 0 ? log : other).append(topic, numbered(20, { from: 10 + index * 20 })),
        );
        // A reader that begins meanwhile loses nothing either.
        const late = await bench.collect(other, [topic], 'start');
        await held.finish(how);
        await Promise.all(appends);

        const all = [...numbers(0, 210), ...(how === 'commit' ? [1000] : [])];
        for (const { records } of [tail, late, store]) {
          await eventually(() => expect(sortedNumbers(records)).toEqual(all));
          expect(inOrder(records)).toBe(true);
        }
      },
    );
  });
}
