// Where a reader of several topics stands: the next place of every partition, as text that any replica reads.

import type { PartitionId, PartitionRange } from '../stream/event-log.js';

/** The next place of each partition, by the id of its topic and its number. */
export class EventPlaces {
  readonly #topics = new Map<string, bigint[]>();

  /** The ends of the partitions. */
  static atEnd(ranges: readonly PartitionRange[]): EventPlaces {
    const places = new EventPlaces();
    for (const range of ranges) places.set(range, range.end);
    return places;
  }

  /** What a cursor says; undefined for a text that is none of ours. */
  static read(cursor: string): EventPlaces | undefined {
    let parsed: unknown;
    try {
      parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    } catch {
      return undefined;
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const places = new EventPlaces();
    for (const [topicId, offsets] of Object.entries(parsed)) {
      if (!Array.isArray(offsets) || !offsets.every(isOffset)) return undefined;
      places.#topics.set(topicId, offsets.map(BigInt));
    }
    return places;
  }

  get({ topicId, partition }: Pick<PartitionId, 'topicId' | 'partition'>): bigint | undefined {
    return this.#topics.get(topicId)?.[partition];
  }

  set({ topicId, partition }: Pick<PartitionId, 'topicId' | 'partition'>, offset: bigint): void {
    const offsets = this.#topics.get(topicId);
    if (offsets === undefined) {
      const fresh: bigint[] = new Array(partition).fill(0n);
      fresh.push(offset);
      this.#topics.set(topicId, fresh);
      return;
    }
    while (offsets.length < partition) offsets.push(0n);
    offsets[partition] = offset;
  }

  has(topicId: string): boolean {
    return this.#topics.has(topicId);
  }

  copy(): EventPlaces {
    const places = new EventPlaces();
    for (const [topicId, offsets] of this.#topics) places.#topics.set(topicId, [...offsets]);
    return places;
  }

  /** Whether every partition of the other is passed, or just reached, here. */
  reaches(other: EventPlaces): boolean {
    for (const [topicId, offsets] of other.#topics) {
      const own = this.#topics.get(topicId);
      if (!offsets.every((offset, partition) => (own?.[partition] ?? 0n) >= offset)) return false;
    }
    return true;
  }

  write(): string {
    const topics = [...this.#topics].map(([topicId, offsets]) => [topicId, offsets.map(Number)]);
    return Buffer.from(JSON.stringify(Object.fromEntries(topics))).toString('base64url');
  }
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
