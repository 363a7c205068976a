// The mill: reads the input topics as one member of a group, and brings every record into the warehouse once.

import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { createBackoff } from '../core/pause.js';
import type { PartitionState, StreamTelemetry } from '../core/stream-telemetry.js';
import type { LiveWriter } from '../metrics/live-facts.js';
import {
  type Batch,
  type Consumer,
  type EventLog,
  type PartitionId,
  type PartitionRange,
  StalePosition,
} from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { type BatchHandler, type BatchHandlerDeps, createBatchHandler } from './batch-handler.js';
import type { BatchStep } from './batch-step.js';
import type { WriteDeadLetter } from './dead-records.js';
import { createDimensions } from './dimensions.js';
import { createPositionGuard } from './position-guard.js';
import { watchPositions } from './position-watch.js';
import type { InputDecoder } from './read-batch.js';
import type { Notifications } from './wake.js';

export interface PipelineDeps {
  readonly log: EventLog;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  /** The decoder of each input topic; these are the topics that are read. */
  readonly decoders: ReadonlyMap<string, InputDecoder>;
  readonly liveWriter: LiveWriter;
  /** What other rooms do in the transaction of each batch. */
  readonly steps?: readonly BatchStep[];
  readonly deadLetter: WriteDeadLetter;
  readonly deadLetterTopic: string;
  /** Pipelines of one group share the partitions. */
  readonly group: string;
  /** The most records of one transaction (5,000). */
  readonly batchRecordsMax?: number;
  /** Tells at once what polling would find out within seconds. */
  readonly notifications?: Notifications;
  readonly telemetry?: StreamTelemetry;
  readonly logger: Log;
}

/** A partition that this member was given, and how it is with it. */
export interface PartitionStatus extends PartitionState {
  readonly nextOffset: bigint | null;
  readonly endOffset: bigint;
  /** Why it is left unread. */
  readonly reason: string | null;
}

export interface Pipeline {
  /** Resolves when this member has joined its group; rejects with CANCELLED when it is aborted before. */
  start(signal?: AbortSignal): Promise<void>;
  /** Lets the batches at work finish, and gives the partitions back; a second call waits for the first. */
  close(): Promise<void>;
  /** The partitions that this member has now. */
  status(): readonly PartitionStatus[];
  /** UNAVAILABLE, with its sentence, when a partition of this member is left unread. */
  check(): Promise<void>;
}

/** What this member knows of a partition that it was given. */
interface Assignment {
  readonly partition: PartitionId;
  /** Undefined for a partition that is left unread. */
  readonly handler: BatchHandler | undefined;
  readonly stopped: string | null;
  endOffset: bigint;
  /** Batches at work. */
  busy: number;
}

const identityOf = ({ clusterId, topicId, partition }: PartitionId) => `${clusterId}/${topicId}/${partition}`;

export function createPipeline(deps: PipelineDeps): Pipeline {
  const { log, database, group, decoders, logger, telemetry } = deps;
  const guard = createPositionGuard({ database, log, group });
  const dimensions = createDimensions(database);
  const closing = new AbortController();
  let assignments = new Map<string, Assignment>();
  let joined: Consumer | undefined;
  let watching: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  const handlerDeps = (topic: string): BatchHandlerDeps => ({
    database,
    liveWriter: deps.liveWriter,
    steps: deps.steps,
    group,
    decode: decoderOf(decoders, topic),
    deadLetter: deps.deadLetter,
    deadLetterTopic: deps.deadLetterTopic,
    dimensions,
    onWritten: ({ partition, counts, durationMs }) =>
      telemetry?.batch({ topic: partition.topic, partition: partition.partition, counts, durationMs }),
  });

  async function position(ranges: readonly PartitionRange[]): Promise<readonly (bigint | null)[]> {
    const begins = await guard.begin(ranges);
    return begins.map((begin, index) => {
      const range = ranges[index];
      if (range === undefined) return null;
      const offset = 'offset' in begin ? begin.offset : undefined;
      const stopped = 'stopped' in begin ? begin.stopped : null;
      if (stopped !== null) logger.error({ topic: range.topic, partition: range.partition }, stopped);
      assignments.set(identityOf(range), {
        partition: range,
        // A new one each time: a batch that is still at work under an earlier one moves only that one's position.
        handler:
          offset === undefined ? undefined : createBatchHandler(handlerDeps(range.topic), range, offset),
        stopped,
        endOffset: range.end,
        busy: 0,
      });
      return offset ?? null;
    });
  }

  async function handle(batch: Batch, signal: AbortSignal): Promise<void> {
    const assignment = assignments.get(identityOf(batch));
    if (assignment?.handler === undefined) throw new StalePosition();
    assignment.busy += 1;
    try {
      assignment.endOffset = batch.endOffset;
      await assignment.handler.handle(batch, signal);
    } catch (error) {
      if (!(error instanceof StalePosition)) {
        const { topic, partition } = batch;
        telemetry?.batchFailed(topic);
        logger.warn({ topic, partition, error }, 'a batch failed and is tried again');
      }
      throw error;
    } finally {
      assignment.busy -= 1;
    }
  }

  async function consume(): Promise<void> {
    assignments = new Map();
    joined = undefined;
    const consumer = log.consume({
      group,
      topics: [...decoders.keys()],
      batchRecordsMax: deps.batchRecordsMax ?? 5_000,
      position,
      handle,
      onFault: (error) => logger.warn({ error }, 'the event log is read on as soon as it can be'),
    });
    joined = await unlessAborted(consumer, closing.signal);
  }

  /** Positions are asked for anew by a member that has just joined. */
  async function rejoin(): Promise<void> {
    await joined?.close();
    const backoff = createBackoff();
    while (!closing.signal.aborted) {
      try {
        return await consume();
      } catch (error) {
        logger.warn({ error }, 'the group could not be joined again; it is tried again');
        await backoff.wait(closing.signal);
      }
    }
  }

  async function finish(): Promise<void> {
    closing.abort();
    await watching;
    await joined?.close();
  }

  /** What this member was given and has not lost since. */
  const owned = () => {
    const identities = joined && new Set(joined.owned().map(identityOf));
    const given = [...assignments.values()];
    return identities ? given.filter(({ partition }) => identities.has(identityOf(partition))) : given;
  };

  return {
    async start(signal) {
      const stop = () => closing.abort();
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      await consume();
      signal?.removeEventListener('abort', stop);
      if (joined === undefined) throw new FlywheelError('CANCELLED', 'The start was interrupted.');
      watching = watchPositions({
        database,
        group,
        notifications: deps.notifications,
        signal: closing.signal,
        known: () =>
          owned().map(({ partition, handler, busy }) => ({
            ...partition,
            group,
            nextOffset: handler?.position(),
            busy: busy > 0,
          })),
        onMoved: rejoin,
        onFault: (error) => logger.warn({ error }, 'positions could not be compared; they are again soon'),
      });
    },
    close() {
      closed ??= finish();
      return closed;
    },
    status: () => owned().map(statusOf),
    async check() {
      const sentences = owned().flatMap(({ stopped }) => stopped ?? []);
      if (sentences.length > 0) throw new FlywheelError('UNAVAILABLE', sentences.join(' '));
    },
  };
}

/** What it resolves to, or undefined at once when the signal comes first; then it is closed as soon as it is there. */
async function unlessAborted(opening: Promise<Consumer>, signal: AbortSignal): Promise<Consumer | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const opened = await Promise.race([opening, aborted]);
  // A failure that comes later concerns nobody any more.
  if (opened === undefined) opening.then((late) => late.close()).catch(() => {});
  return opened;
}

function statusOf({ partition, handler, stopped, endOffset }: Assignment): PartitionStatus {
  const nextOffset = handler?.position() ?? null;
  return {
    topic: partition.topic,
    partition: partition.partition,
    nextOffset,
    endOffset,
    lag: nextOffset === null || endOffset <= nextOffset ? 0 : Number(endOffset - nextOffset),
    stopped: stopped !== null,
    reason: stopped,
  };
}

function decoderOf(decoders: ReadonlyMap<string, InputDecoder>, topic: string): InputDecoder {
  const decoder = decoders.get(topic);
  if (decoder === undefined) throw new Error(`The topic ${topic} has no decoder.`);
  return decoder;
}
