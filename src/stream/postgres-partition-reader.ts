// Reads one partition that a member owns: batch after batch, each until its handler has taken it.

import { createBell } from '../core/bell.js';
import { createBackoff, pause } from '../core/pause.js';
import { type Batch, type LogRecord, type PartitionRange, StalePosition } from './event-log.js';

export interface PartitionReaderDeps {
  readonly range: PartitionRange;
  /** Where to begin; null leaves the partition unread, undefined says that reading is over before it began. */
  readonly position: Promise<bigint | null | undefined>;
  /** Where to go on, asked after the position has turned out to be wrong; undefined when reading is over meanwhile. */
  askPosition(range: PartitionRange): Promise<bigint | null | undefined>;
  readPage(from: bigint): Promise<readonly LogRecord[]>;
  handle(batch: Batch, signal: AbortSignal): Promise<void>;
  onFault(error: unknown): void;
}

export interface PartitionReader {
  /** The partition as it was last seen. */
  range(): PartitionRange;
  /** Takes note of a newer view of the partition, and reads on if there is more. */
  see(range: PartitionRange): void;
  /** Lets the batch at work finish and begins no other; never rejects. */
  stop(): Promise<void>;
  /** The partition is somebody else's: the signal of the batch at work is aborted. Resolves when the handler is done. */
  lose(): Promise<void>;
}

export function createPartitionReader(deps: PartitionReaderDeps): PartitionReader {
  let range = deps.range;
  const bell = createBell();
  const stopping = new AbortController();
  const losing = new AbortController();

  /** The next batch; undefined when there is none yet, 'pruned' when what was to be read is kept no more. */
  async function readBatch(from: bigint): Promise<Batch | undefined | 'pruned'> {
    const { clusterId, topicId, topic, partition, start, end } = range;
    if (from < start) return 'pruned';
    if (from >= end) return undefined;
    const records = await deps.readPage(from);
    const last = records.at(-1);
    if (last === undefined || records[0]?.offset !== from) return 'pruned';
    const nextOffset = last.offset + 1n;
    const endOffset = range.end > nextOffset ? range.end : nextOffset;
    return { clusterId, topicId, topic, partition, records, nextOffset, endOffset };
  }

  /** Hands the batch over until it is taken; 'stale' when the position must be asked for, undefined when it is over. */
  async function handOver(batch: Batch): Promise<'taken' | 'stale' | undefined> {
    const backoff = createBackoff();
    while (!stopping.signal.aborted) {
      try {
        await deps.handle(batch, losing.signal);
        return 'taken';
      } catch (error) {
        if (error instanceof StalePosition) return 'stale';
        if (!losing.signal.aborted) deps.onFault(error);
      }
      await backoff.wait(stopping.signal);
    }
    return undefined;
  }

  /** One step; the position after it, or undefined when it has to be asked for. */
  async function step(position: bigint): Promise<bigint | undefined> {
    const batch = await readBatch(position);
    if (batch === 'pruned') return undefined;
    if (batch !== undefined) {
      const outcome = await handOver(batch);
      return outcome === 'taken' ? batch.nextOffset : outcome === 'stale' ? undefined : position;
    }
    if (!stopping.signal.aborted) await bell.wait();
    return position;
  }

  async function run(): Promise<void> {
    let position = await Promise.race([deps.position, untilAborted(stopping.signal)]);
    if (position === undefined) return;
    // An answer that led nowhere is not asked for again in haste.
    let fruitless: bigint | undefined;
    const backoff = createBackoff();
    while (!stopping.signal.aborted && position !== null) {
      try {
        const before: bigint = position;
        const after = await step(before);
        if (after === undefined) {
          if (fruitless === before) await pause(1_000, stopping.signal);
          fruitless = before;
          const answer = await deps.askPosition(range);
          if (answer === undefined) return;
          position = answer;
        } else {
          if (after !== before) fruitless = undefined;
          position = after;
        }
        backoff.reset();
      } catch (error) {
        deps.onFault(error);
        await backoff.wait(stopping.signal);
      }
    }
  }

  const running = run();
  return {
    range: () => range,
    see(newer) {
      const grown = newer.end > range.end || newer.start > range.start;
      range = newer;
      if (grown) bell.ring();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
    async lose() {
      losing.abort();
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
