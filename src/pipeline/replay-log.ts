// Reads a log from its start into a warehouse that holds none of it, beside the pipelines that read it for another.

import { randomBytes } from 'node:crypto';
import { type Batch, type EventLog, type PartitionRange, partitionKey } from '../stream/event-log.js';
import { openPosition } from '../warehouse/stream/positions.js';
import { type BatchHandler, type BatchHandlerDeps, createBatchHandler } from './batch-handler.js';
import { createDimensions } from './dimensions.js';
import type { InputDecoder } from './read-batch.js';

export interface LogReplayDeps extends Pick<BatchHandlerDeps, 'database' | 'liveWriter' | 'steps' | 'group'> {
  readonly log: Pick<EventLog, 'consume'>;
  readonly decoders: ReadonlyMap<string, InputDecoder>;
  /** The partitions to read, as they were when the replay began: what comes later stays unread. */
  readonly ranges: readonly PartitionRange[];
  /** Told after each batch how many records of all partitions are read. */
  readonly onRead: (records: bigint) => void;
}

export interface LogReplay {
  /**
   * Reads on until every partition has come to its limit, by `topic/partition`: the records before it are in the warehouse
   * then, and none behind it. A partition without a limit stays where it is; one beyond its end counts as the end.
   */
  readTo(limits: ReadonlyMap<string, bigint>): Promise<void>;
}

/** A batch that fails so often in a row ends the replay, which can begin again; time heals less here than elsewhere. */
const attemptsMax = 5;
const batchRecordsMax = 5_000;
/** Whatever is no event was told of when the log was read first. */
const silentDeadLetter: BatchHandlerDeps['deadLetter'] = () => ({ key: null, value: null });

/** Gives the partitions their first positions in the group of the pipelines that will go on from there. */
export async function createLogReplay(deps: LogReplayDeps): Promise<LogReplay> {
  const dimensions = createDimensions(deps.database);
  const handlers = new Map<string, { readonly range: PartitionRange; readonly handler: BatchHandler }>();
  for (const range of deps.ranges) {
    await openPosition(deps.database, deps.group, range, null);
    const handlerDeps = {
      ...deps,
      decode: decoderOf(deps.decoders, range.topic),
      deadLetter: silentDeadLetter,
      deadLetterTopic: 'replayed',
      dimensions,
      onWritten: () => deps.onRead(recordsRead()),
    };
    const handler = createBatchHandler(handlerDeps, range, range.start);
    handlers.set(partitionKey(range.topic, range.partition), { range, handler });
  }
  const recordsRead = () =>
    [...handlers.values()].reduce((sum, { range, handler }) => sum + handler.position() - range.start, 0n);
  return {
    async readTo(limits) {
      const goals = new Map(
        [...handlers].map(([name, { range, handler }]) => [
          name,
          least(limits.get(name) ?? handler.position(), range.end),
        ]),
      );
      const isThere = () =>
        [...handlers].every(([name, { handler }]) => handler.position() >= (goals.get(name) ?? 0n));
      if (!isThere()) await readUntil(deps, handlers, goals, isThere);
    },
  };
}

/** Consumes under a group of its own, so that no pipeline loses a partition to it. */
async function readUntil(
  { log, ranges }: LogReplayDeps,
  handlers: ReadonlyMap<string, { readonly handler: BatchHandler }>,
  goals: ReadonlyMap<string, bigint>,
  isThere: () => boolean,
): Promise<void> {
  const ended = new AbortController();
  let failures: unknown[] = [];
  const placeIn = ({ topic, partition }: Pick<Batch, 'topic' | 'partition'>) => {
    const name = partitionKey(topic, partition);
    return { handler: handlers.get(name)?.handler, goal: goals.get(name) ?? 0n };
  };
  const consumer = await log.consume({
    group: `flywheel-replay-${randomBytes(9).toString('base64url')}`,
    topics: [...new Set(ranges.map(({ topic }) => topic))],
    batchRecordsMax,
    position: async (asked) =>
      asked.map((range) => {
        const { handler, goal } = placeIn(range);
        return handler === undefined || handler.position() >= goal ? null : handler.position();
      }),
    async handle(batch, signal) {
      const { handler, goal } = placeIn(batch);
      if (handler === undefined || handler.position() >= goal) return;
      try {
        await handler.handle(upTo(batch, goal), signal);
        failures = [];
      } catch (error) {
        failures.push(error);
        if (failures.length >= attemptsMax) ended.abort();
        throw error;
      }
      if (isThere()) ended.abort();
    },
  });
  await new Promise<void>((resolve) => {
    if (ended.signal.aborted) resolve();
    ended.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await consumer.close();
  if (!isThere()) throw failures.at(-1);
}

function least(one: bigint, other: bigint): bigint {
  return one <= other ? one : other;
}

function upTo(batch: Batch, limit: bigint): Batch {
  if (batch.nextOffset <= limit) return batch;
  return {
    ...batch,
    records: batch.records.filter(({ offset }) => offset < limit),
    nextOffset: limit,
  };
}

function decoderOf(decoders: ReadonlyMap<string, InputDecoder>, topic: string): InputDecoder {
  const decoder = decoders.get(topic);
  if (decoder === undefined) throw new Error(`The topic ${topic} has no decoder.`);
  return decoder;
}
