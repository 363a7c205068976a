// Reading without a group to share with: a group of one, under a name of its own, which is deleted at the end.

import { randomBytes } from 'node:crypto';
import { type Batch, type PartitionRange, partitionKey, type Tail, type TailOptions } from './event-log.js';
import type { KafkaContext } from './kafka-context.js';
import { kafkaMeasures } from './kafka-options.js';
import { atMost } from './kafka-pause.js';
import { openKafkaReader } from './kafka-reader.js';
import { patiently } from './kafka-view.js';

const batchRecordsMax = 1_000;

interface Place {
  readonly topicId: string;
  readonly offset: bigint;
}

/** Resolves when the places to begin at are fixed. Reading begins a little later, and misses nothing by that. */
export async function openKafkaTail(context: KafkaContext, options: TailOptions): Promise<Tail> {
  const { topics, from, elsewhere, handle, onFault = context.report } = options;
  const { view } = context;
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, context.signal]);
  const places = new Map<string, Place>();
  const ranges = await patiently({ options: context.options, signal, onFault }, () => view.ranges(topics));
  for (const range of ranges) {
    const key = partitionKey(range.topic, range.partition);
    const offset = within(range, from.get(key) ?? (elsewhere === 'start' ? range.start : range.end));
    places.set(key, { topicId: range.topicId, offset });
  }

  /** One batch at a time, over all partitions. */
  let turn: Promise<unknown> = Promise.resolve();
  async function handleInTurn(batch: Batch, lost: AbortSignal): Promise<void> {
    const { topicId } = batch;
    const before = turn;
    const mine = before.then(async () => {
      if (lost.aborted || closing.signal.aborted) return;
      if (batch.records.length > 0) await handle(batch);
      places.set(partitionKey(batch.topic, batch.partition), { topicId, offset: batch.nextOffset });
    });
    turn = mine.catch(() => {});
    await mine;
  }

  const group = `flywheel-tail-${randomBytes(9).toString('base64url')}`;
  const reading = openKafkaReader(context, {
    group,
    topics,
    batchRecordsMax,
    onFault,
    position: async (asked) =>
      asked.map((range) => {
        const place = places.get(partitionKey(range.topic, range.partition));
        // Partitions that are new, and topics that were made anew, hold nothing that was seen before.
        return place?.topicId === range.topicId ? within(range, place.offset) : range.start;
      }),
    handle: handleInTurn,
  });
  reading.catch((error: unknown) => {
    if (!signal.aborted) onFault(error);
  });

  return {
    async close() {
      closing.abort();
      const reader = await reading.catch(() => undefined);
      await reader?.close();
      // What cannot be deleted holds nothing, and Kafka forgets it in time.
      await atMost(kafkaMeasures.closeTimeoutMs, view.deleteGroup(group));
    },
  };
}

function within({ start, end }: PartitionRange, offset: bigint): bigint {
  if (offset < start) return start;
  return offset > end ? end : offset;
}
