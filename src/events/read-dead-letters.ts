// The dead letters of a log: looked through from beginning to end, found by their place, appended again.

import { FlywheelError } from '../core/errors.js';
import { type EventLog, type LogRecord, type NewRecord, partitionKey } from '../stream/event-log.js';
import { type DeadLetter, readDeadLetter, replayedBy, replayMark } from './dead-letter.js';

export interface StoredDeadLetter {
  /** Its own place in the topic of dead letters, as in `0/17`. */
  readonly id: string;
  readonly letter: DeadLetter;
  /** Whether it was appended to its topic again. */
  readonly replayed: boolean;
}

export interface DeadLetters {
  /** Hands over every dead letter that there is at the call, in the order of places in each partition. */
  each(handle: (letters: readonly StoredDeadLetter[]) => Promise<void> | void): Promise<void>;
  /** NOT_FOUND when there is no dead letter at that place, BAD_INPUT when it is no place. */
  find(id: string): Promise<StoredDeadLetter>;
  /**
   * Appends the original records to their topics, and notes that it did; resolves when both are durable. BAD_INPUT for
   * one without bytes: it was empty, or too large to be kept.
   */
  replay(letters: readonly StoredDeadLetter[]): Promise<void>;
}

interface Stretch {
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

export function createDeadLetters({
  log,
  topic,
}: {
  readonly log: EventLog;
  readonly topic: string;
}): DeadLetters {
  const idOf = (partition: number, offset: bigint) => `${partition}/${offset}`;

  /** Reads the stretches of the partitions, each to its end. */
  async function read(
    stretches: readonly Stretch[],
    handle: (partition: number, records: readonly LogRecord[]) => Promise<void> | void,
  ): Promise<void> {
    const open = new Map(
      stretches.filter(({ start, end }) => start < end).map(({ partition, end }) => [partition, end]),
    );
    if (open.size === 0) return;
    let finish: (error?: unknown) => void = () => {};
    const finished = new Promise<void>((resolve, reject) => {
      finish = (error) => (error === undefined ? resolve() : reject(error));
    });
    const tail = await log.tail({
      topics: [topic],
      from: new Map(stretches.map(({ partition, start }) => [partitionKey(topic, partition), start])),
      elsewhere: 'end',
      async handle({ partition, records, nextOffset }) {
        const end = open.get(partition);
        if (end === undefined) return;
        try {
          await handle(
            partition,
            records.filter(({ offset }) => offset < end),
          );
        } catch (error) {
          finish(error);
        }
        if (nextOffset >= end) open.delete(partition);
        if (open.size === 0) finish();
      },
    });
    try {
      await finished;
    } finally {
      await tail.close();
    }
  }

  /** A topic that is not there yet holds nothing. */
  async function allStretches(): Promise<readonly Stretch[]> {
    try {
      return await log.ends(topic);
    } catch (error) {
      if (error instanceof FlywheelError && error.code === 'NOT_FOUND') return [];
      throw error;
    }
  }

  async function replayedIds(stretches: readonly Stretch[]): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    await read(stretches, (_partition, records) => {
      for (const record of records) {
        const id = replayedBy(record);
        if (id !== undefined) ids.add(id);
      }
    });
    return ids;
  }

  return {
    async each(handle) {
      const stretches = await allStretches();
      // The notes of what was replayed follow the letters, so they are looked for first.
      const replayed = await replayedIds(stretches);
      await read(stretches, async (partition, records) => {
        const letters = records.flatMap((record) => {
          const letter = readDeadLetter(record);
          const id = idOf(partition, record.offset);
          return letter === undefined ? [] : [{ id, letter, replayed: replayed.has(id) }];
        });
        if (letters.length > 0) await handle(letters);
      });
    },
    async find(id) {
      const [, partition = '', offset = ''] = /^(\d{1,9})\/(\d{1,19})$/.exec(id) ?? [];
      if (partition === '') {
        throw new FlywheelError(
          'BAD_INPUT',
          `"${id}" names no dead letter; "dead-letters list" gives their names, such as 0/17.`,
        );
      }
      const wanted = { partition: Number(partition), start: BigInt(offset), end: BigInt(offset) + 1n };
      const stretches = await allStretches();
      const within = stretches.find((range) => range.partition === wanted.partition);
      let letter: DeadLetter | undefined;
      if (within !== undefined && within.start <= wanted.start && wanted.start < within.end) {
        await read([wanted], (_partition, records) => {
          const record = records.find((candidate) => candidate.offset === wanted.start);
          letter = record && readDeadLetter(record);
        });
      }
      if (letter === undefined) {
        throw new FlywheelError(
          'NOT_FOUND',
          `There is no dead letter ${id}; "dead-letters list" shows those that there are.`,
        );
      }
      const replayed = await replayedIds(stretches);
      return { id, letter, replayed: replayed.has(id) };
    },
    async replay(letters) {
      const bare = letters.find(({ letter }) => letter.original.value === null);
      if (bare !== undefined) {
        throw new FlywheelError(
          'BAD_INPUT',
          `Dead letter ${bare.id} has no bytes that could be appended again.`,
        );
      }
      const byTopic = new Map<string, NewRecord[]>();
      for (const { letter } of letters) {
        const records = byTopic.get(letter.place.topic) ?? [];
        records.push(letter.original);
        byTopic.set(letter.place.topic, records);
      }
      for (const [original, records] of byTopic) await log.append(original, records);
      if (letters.length > 0)
        await log.append(
          topic,
          letters.map(({ id }) => replayMark(id)),
        );
    },
  };
}
