// Reads every record from given places on, for one caller and without a group.

import type pg from 'pg';
import { createBell } from '../core/bell.js';
import { createBackoff } from '../core/pause.js';
import { type Batch, type PartitionRange, partitionKey, type Tail, type TailOptions } from './event-log.js';
import { readPage } from './postgres-page.js';
import { identityOf } from './postgres-topics.js';
import type { Watch } from './postgres-watch.js';

/** The most records that a batch of a tail holds. */
const batchRecordsMax = 1_000;

export interface TailDeps {
  readonly pool: pg.Pool;
  readonly watch: Watch;
  /** The partitions as they are when the tail begins. */
  readonly ranges: readonly PartitionRange[];
}

/**
 * A batch that the handler rejects comes again. A place before the start of its partition is read from there: what
 * stood before is kept no more. A topic that is made anew meanwhile is read from its start.
 */
export function createTail(
  { pool, watch, ranges }: TailDeps,
  { topics, from, elsewhere, handle, onFault }: TailOptions,
): Tail {
  const closing = new AbortController();
  const bell = createBell();
  let known = ranges;
  const places = new Map<string, bigint>(
    ranges.map((range) => {
      const wanted = from.get(partitionKey(range.topic, range.partition));
      return [identityOf(range), wanted ?? (elsewhere === 'start' ? range.start : range.end)];
    }),
  );

  function placeIn(range: PartitionRange): bigint {
    const place = places.get(identityOf(range));
    return place === undefined || place < range.start ? range.start : place;
  }

  async function handOver(batch: Batch): Promise<void> {
    const backoff = createBackoff();
    while (!closing.signal.aborted) {
      try {
        await handle(batch);
        return;
      } catch (error) {
        onFault?.(error);
        await backoff.wait(closing.signal);
      }
    }
  }

  /** Whether there was something to read. */
  async function readOn(range: PartitionRange): Promise<boolean> {
    const place = placeIn(range);
    if (place >= range.end) return false;
    const records = await readPage(pool, range, place, batchRecordsMax);
    const last = records.at(-1);
    if (last === undefined || closing.signal.aborted) return false;
    const { clusterId, topicId, topic, partition, end } = range;
    const nextOffset = last.offset + 1n;
    const endOffset = end > nextOffset ? end : nextOffset;
    await handOver({ clusterId, topicId, topic, partition, records, nextOffset, endOffset });
    places.set(identityOf(range), nextOffset);
    return true;
  }

  async function run(): Promise<void> {
    const backoff = createBackoff();
    while (!closing.signal.aborted) {
      try {
        let more = false;
        for (const range of known) {
          if (!closing.signal.aborted && (await readOn(range))) more = true;
        }
        backoff.reset();
        if (!more && !closing.signal.aborted) await bell.wait();
      } catch (error) {
        onFault?.(error);
        await backoff.wait(closing.signal);
      }
    }
  }

  const unwatch = watch.on(
    topics,
    (seen) => {
      known = seen;
      bell.ring();
    },
    onFault,
  );
  const running = run();
  return {
    async close() {
      closing.abort();
      bell.ring();
      unwatch();
      await running;
    },
  };
}
