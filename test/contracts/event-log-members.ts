// The contract of the event log: how the members of a group share its partitions, come, go and die.

import { describe, expect, it } from 'vitest';
import type { Consumer } from '../../src/stream/event-log.js';
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

function partitionsOf(consumer: Consumer): number[] {
  return consumer
    .owned()
    .map(({ partition }) => partition)
    .sort((a, b) => a - b);
}

/** Sockets and their kind that this process holds open. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

export function describeMembers(bench: LogBench): void {
  describe('members of a group', { timeout: contractTimeoutMs }, () => {
    it('share the partitions; they move when one leaves, and every record is read once', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 6);
      const store = createStore(newName('group'));
      const first = await join(await bench.another(), store, { topics: [topic] });
      bench.after(() => first.close());
      await eventually(() => expect(partitionsOf(first)).toEqual([0, 1, 2, 3, 4, 5]));
      await log.append(topic, numbered(300, { keys: 50 }));

      const second = await join(await bench.another(), store, { topics: [topic] });
      bench.after(() => second.close());
      for (const round of numbers(0, 10)) {
        await log.append(topic, numbered(30, { from: 300 + round * 30, keys: 50 }));
      }
      await eventually(() => {
        expect(partitionsOf(first)).toHaveLength(3);
        expect(partitionsOf(second)).toHaveLength(3);
      });
      expect(new Set([...partitionsOf(first), ...partitionsOf(second)]).size).toBe(6);
      await log.append(topic, numbered(300, { from: 600, keys: 50 }));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 900)));

      await first.close();
      expect(first.owned()).toEqual([]);
      await log.append(topic, numbered(300, { from: 900, keys: 50 }));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 1_200)));
      await eventually(() => expect(partitionsOf(second)).toEqual([0, 1, 2, 3, 4, 5]));
      expect(inOrder(store.records)).toBe(true);
    });

    it('may be more than there are partitions', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 1);
      const store = createStore(newName('group'));
      const members: Consumer[] = [];
      for (const _ of numbers(0, 2)) {
        const member = await join(await bench.another(), store, { topics: [topic] });
        members.push(member);
        bench.after(() => member.close());
      }
      await eventually(() => expect(members.flatMap(partitionsOf)).toEqual([0]));
      await log.append(topic, numbered(10));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 10)));
      const owner = members.find((member) => member.owned().length > 0);
      await owner?.close();
      await log.append(topic, numbered(10, { from: 10 }));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 20)));
      expect(members.flatMap(partitionsOf)).toEqual([0]);
    });

    it('inherit from one that died, whose batch at work is told so', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 4);
      const store = createStore(newName('group'));
      const { log: doomedLog, die } = await bench.mortal();
      const held = createGate();
      let signalOfHeld: AbortSignal | undefined;
      const doomed = await join(doomedLog, store, {
        topics: [topic],
        before: async (_, signal) => {
          signalOfHeld ??= signal;
          await held.opened;
          // What a transaction on a broken connection does.
          throw new Error('The member is dead.');
        },
      });
      bench.after(() => doomed.close());
      bench.after(async () => held.open());
      await eventually(() => expect(partitionsOf(doomed)).toHaveLength(4));
      await log.append(topic, numbered(200, { keys: 50 }));
      await eventually(() => expect(signalOfHeld).toBeDefined());
      expect(signalOfHeld?.aborted).toBe(false);

      await die();
      const heir = await join(await bench.another(), store, { topics: [topic] });
      bench.after(() => heir.close());
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 200)));
      await eventually(() => expect(signalOfHeld?.aborted).toBe(true));
      await eventually(() => expect(partitionsOf(doomed)).toEqual([]));
      await eventually(() => expect(partitionsOf(heir)).toHaveLength(4));
      expect(inOrder(store.records)).toBe(true);
    });

    it('read every record once while they come and go', async () => {
      const log = bench.log();
      const topic = await newTopic(log, 5);
      const store = createStore(newName('group'));
      let appended = 0;
      const members: Consumer[] = [];
      bench.after(() => Promise.all(members.map((member) => member.close())));
      const logs = [await bench.another(), await bench.another(), await bench.another()];
      for (const round of numbers(0, 6)) {
        const member = logs[round % 3];
        if (member !== undefined)
          members.push(await join(member, store, { topics: [topic], batchRecordsMax: 9 }));
        await log.append(topic, numbered(100, { from: appended, keys: 50 }));
        appended += 100;
        if (round % 2 === 1) await members.shift()?.close();
      }
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, appended)));
      expect(inOrder(store.records)).toBe(true);
    });
  });

  describe('close', { timeout: contractTimeoutMs }, () => {
    it('leaves nothing running, and nothing can be asked afterwards', async () => {
      const topic = await newTopic(bench.log(), 2);
      await bench.log().append(topic, numbered(20));
      const before = openSockets();
      const log = await bench.server().connect();
      const store = createStore(newName('group'));
      const consumer = await join(log, store, { topics: [topic] });
      const { tail, records } = await bench.collect(log, [topic], 'start');
      await log.append(topic, numbered(10, { from: 20 }));
      await eventually(() => expect(sortedNumbers(store.records)).toEqual(numbers(0, 30)));
      await eventually(() => expect(sortedNumbers(records)).toEqual(numbers(0, 30)));
      expect(openSockets()).toBeGreaterThan(before);

      await log.close();
      await log.close();
      await Promise.all([consumer.close(), tail.close()]);
      await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
      expect(consumer.owned()).toEqual([]);
      await bench.log().append(topic, numbered(10, { from: 30 }));
      const other = await bench.collect(bench.log(), [topic], 'start');
      await eventually(() => expect(sortedNumbers(other.records)).toHaveLength(40));
      expect(sortedNumbers(store.records)).toHaveLength(30);
      expect(sortedNumbers(records)).toHaveLength(30);
      await expect(log.append(topic, numbered(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
  });
}
