// What is done with the batches of one partition: written whole; a record that cannot be kept is found and set aside.

import { isTimeout } from '../core/errors.js';
import { type Batch, type LogRecord, type PartitionId, StalePosition } from '../stream/event-log.js';
import type { Counts, PositionKey } from '../warehouse/stream/positions.js';
import type { BatchDraft } from './batch-draft.js';
import { isDataFault, isMissingMember, isUniqueViolation, reasonOf } from './batch-faults.js';
import type { WriteDeadLetter } from './dead-records.js';
import type { Dimensions } from './dimensions.js';
import { type InputDecoder, readBatch } from './read-batch.js';
import { prepareBatch, type Stretch, type WriteBatchDeps, writeBatch } from './write-batch.js';

export interface BatchHandlerDeps extends WriteBatchDeps {
  readonly group: string;
  readonly decode: InputDecoder;
  readonly deadLetter: WriteDeadLetter;
  readonly deadLetterTopic: string;
  readonly dimensions: Dimensions;
  readonly onWritten: (written: Written) => void;
}

export interface Written {
  readonly partition: PartitionId;
  readonly counts: Counts;
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
  readonly durationMs: number;
}

/** Handles the batches of one partition one after another, for as long as it belongs to this member. */
export interface BatchHandler {
  /** The place of the next record to read, as far as this member knows. */
  position(): bigint;
  handle(batch: Batch, signal: AbortSignal): Promise<void>;
}

/** Others may write the same events at the same moment, but not for ever. */
const attemptsMax = 5;
/** After a batch with repeats, so many more are looked up before they are written. */
const lookUpsAfterRepeats = 20;

/**
 * When `handle` resolves, every record is in the warehouse or in the dead letters, and the position is behind them.
 * It rejects with what time may heal, and with StalePosition when the partition has been read on elsewhere.
 */
export function createBatchHandler(
  deps: BatchHandlerDeps,
  partition: PartitionId,
  begin: bigint,
): BatchHandler {
  const key: PositionKey = { group: deps.group, ...partition };
  let position = begin;
  let lookUpsLeft = 0;

  async function writeDraft(draft: BatchDraft, next: bigint, end: bigint): Promise<void> {
    const beganMs = performance.now();
    const outbox = draft.dead.map(({ record, reason }) => ({
      topic: deps.deadLetterTopic,
      ...deps.deadLetter(partition, record, reason),
    }));
    for (let attempt = 1; ; attempt += 1) {
      const ids = await deps.dimensions.resolve(draft.behaviours, draft.decisions);
      const stretch: Stretch = { key, topic: partition.topic, expected: position, next, end };
      try {
        const counts = await writeBatch(deps, stretch, prepareBatch(draft, ids, outbox), lookUpsLeft > 0);
        position = next;
        lookUpsLeft = counts.repeated > draft.repeated ? lookUpsAfterRepeats : Math.max(0, lookUpsLeft - 1);
        const durationMs = performance.now() - beganMs;
        deps.onWritten({ partition, counts, nextOffset: next, endOffset: end, durationMs });
        return;
      } catch (error) {
        if (attempt === attemptsMax) throw error;
        if (isUniqueViolation(error)) lookUpsLeft = lookUpsAfterRepeats;
        else if (isMissingMember(error)) deps.dimensions.forget();
        else throw error;
      }
    }
  }

  /**
   * Halves a stretch that cannot be written until the record that hinders it stands alone, and one that takes the
   * database too long.
   */
  async function writeStretch(records: readonly LogRecord[], next: bigint, end: bigint): Promise<void> {
    const draft = await readBatch(partition, records, deps.decode);
    try {
      await writeDraft(draft, next, end);
    } catch (error) {
      const isData = isDataFault(error);
      const [first] = records;
      if (first === undefined || !(isData || isTimeout(error))) throw error;
      const half = Math.ceil(records.length / 2);
      const second = records[half];
      if (second === undefined) {
        if (!isData) throw error;
        return writeDraft(deadDraft(first, reasonOf(error)), next, end);
      }
      await writeStretch(records.slice(0, half), second.offset, end);
      await writeStretch(records.slice(half), next, end);
    }
  }

  return {
    position: () => position,
    async handle(batch, signal) {
      if (signal.aborted) throw new StalePosition();
      // A batch that comes again after a part of it was written goes on behind that part.
      const [first] = batch.records;
      const records =
        first === undefined || first.offset >= position
          ? batch.records
          : batch.records.filter(({ offset }) => offset >= position);
      if (batch.nextOffset <= position) return;
      await writeStretch(records, batch.nextOffset, batch.endOffset);
    },
  };
}

function deadDraft(record: LogRecord, reason: string): BatchDraft {
  return {
    behaviours: [],
    measurements: [],
    decisions: [],
    dead: [{ record, reason }],
    repeated: 0,
    behaviourMaxAtMs: null,
    measurementMaxAtMs: null,
  };
}
