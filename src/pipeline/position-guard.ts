// Where a partition that this member was given is to begin, and why one is left unread.

import { pause } from '../core/pause.js';
import { type EventLog, type PartitionRange, partitionKey } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import {
  openPosition,
  readPositions,
  type StreamPosition,
  seeEnd,
  stopPosition,
} from '../warehouse/stream/positions.js';

export interface PositionGuardDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly log: Pick<EventLog, 'ends'>;
  readonly group: string;
}

/** A place to begin at, or a sentence that says why the partition is left unread and which commands decide. */
export type Begin = { readonly offset: bigint } | { readonly stopped: string };

export interface PositionGuard {
  /**
   * Where each partition is to begin, in the same order. One that was never read begins at its start; one whose
   * position is not within it any more is stopped, and stays so until somebody decides.
   */
  begin(ranges: readonly PartitionRange[]): Promise<readonly Begin[]>;
}

/** A log that has just started again may for a moment know less of its end than it holds. */
const endChecks = 10;
const endCheckPauseMs = 300;

export function createPositionGuard({ database, log, group }: PositionGuardDeps): PositionGuard {
  async function stop(range: PartitionRange, rows: readonly StreamPosition[], why: string): Promise<Begin> {
    const stopped = `${why} ${decisionOf(range)}`;
    await openPosition(database, group, range, stopped);
    for (const row of rows) await stopPosition(database, row, stopped);
    return { stopped };
  }

  async function beginOne(range: PartitionRange, stored: readonly StreamPosition[]): Promise<Begin> {
    const ofTopic = stored.filter(
      ({ clusterId, topic }) => clusterId === range.clusterId && topic === range.topic,
    );
    const own = ofTopic.find(
      ({ topicId, partition }) => topicId === range.topicId && partition === range.partition,
    );
    if (own === undefined) {
      const earlier = ofTopic.filter(({ topicId }) => topicId !== range.topicId);
      if (earlier.length > 0) {
        const samePartition = earlier.filter(({ partition }) => partition === range.partition);
        return stop(range, samePartition, `Topic ${range.topic} was made anew since it was last read.`);
      }
      await openPosition(database, group, range, null);
      return { offset: range.start };
    }
    if (own.stopped !== null) return { stopped: own.stopped };
    const { nextOffset } = own;
    if (nextOffset < range.start) {
      const passed = `The log no longer holds what comes next in ${nameOf(range)}: it is at ${nextOffset}, and the log begins at ${range.start}.`;
      return stop(range, [own], passed);
    }
    if (nextOffset > range.end && !(await reaches(range, nextOffset))) {
      const cut = `The log of ${nameOf(range)} was cut: ${nextOffset} comes next, and the log ends at ${range.end}.`;
      return stop(range, [own], cut);
    }
    if (range.end > own.endOffset) await seeEnd(database, own, range.end);
    return { offset: nextOffset };
  }

  /** Whether the end of a partition turns out to be at `offset` or behind it, once it was given some time to be known. */
  async function reaches({ topic, topicId, partition }: PartitionRange, offset: bigint): Promise<boolean> {
    for (let check = 0; check < endChecks; check += 1) {
      await pause(endCheckPauseMs);
      const ranges = await log.ends(topic);
      const now = ranges.find((range) => range.topicId === topicId && range.partition === partition);
      if (now !== undefined && now.end >= offset) return true;
    }
    return false;
  }

  return {
    async begin(ranges) {
      const stored = await readPositions(database, group);
      const begins: Begin[] = [];
      for (const range of ranges) begins.push(await beginOne(range, stored));
      return begins;
    },
  };
}

function nameOf({ topic, partition }: PartitionRange): string {
  return partitionKey(topic, partition);
}

function decisionOf(range: PartitionRange): string {
  const name = nameOf(range);
  return (
    `Partition ${name} is not read until you decide: "flywheel positions reset ${name}" begins at the start of what is there, ` +
    `"flywheel positions skip ${name}" at its end.`
  );
}
