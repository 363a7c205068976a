// Batches by hand: records with places, as a log would hand them over.

import type { LiveWriter } from '../../src/metrics/live-facts.js';
import type { Batch, LogRecord, PartitionId } from '../../src/stream/event-log.js';

export const partition: PartitionId = {
  clusterId: 'cluster',
  topicId: 'topic-1',
  topic: 'user-behavior',
  partition: 0,
};

/** Records with the given values from a place on. */
export function recordsOf(values: readonly (Buffer | string | object)[], from = 0n): LogRecord[] {
  return values.map((value, index) => ({
    offset: from + BigInt(index),
    key: null,
    value:
      Buffer.isBuffer(value) || typeof value === 'string'
        ? Buffer.from(value)
        : Buffer.from(JSON.stringify(value)),
    headers: {},
    appendedAtMs: 1_725_868_800_000,
  }));
}

export function batchOf(
  values: readonly (Buffer | string | object)[],
  from = 0n,
  where: PartitionId = partition,
): Batch {
  const nextOffset = from + BigInt(values.length);
  return { ...where, records: recordsOf(values, from), nextOffset, endOffset: nextOffset };
}

/** Keeps no windows. */
export const noWindows: LiveWriter = { write: async () => ({ late: 0 }) };
