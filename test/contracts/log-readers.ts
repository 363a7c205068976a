// Readers for the contract suite of the event log: a group that keeps its positions as a warehouse would, and a tail.

import {
  type Batch,
  type Consumer,
  type EventLog,
  type LogRecord,
  partitionKey,
  StalePosition,
  type Tail,
} from '../../src/stream/event-log.js';

/** What a group has read so far, and its positions: both change in one step, as in one transaction. */
export interface GroupStore {
  readonly group: string;
  readonly positions: Map<string, bigint>;
  /** In the order of reading, by partition. */
  readonly records: Map<string, LogRecord[]>;
  readonly faults: unknown[];
}

export function createStore(group: string): GroupStore {
  return { group, positions: new Map(), records: new Map(), faults: [] };
}

/** Adds what was read to its partition's list. */
export function keep(records: Map<string, LogRecord[]>, batch: Batch): void {
  const key = partitionKey(batch.topic, batch.partition);
  const list = records.get(key) ?? [];
  list.push(...batch.records);
  records.set(key, list);
}

export interface JoinOptions {
  readonly topics: readonly string[];
  readonly batchRecordsMax?: number;
  /** Runs before a batch is stored; what it throws is thrown by `handle`. */
  readonly before?: (batch: Batch, signal: AbortSignal) => Promise<void> | void;
  /** Partitions that are left unread. */
  readonly unread?: (partition: number) => boolean;
  /** Told of the partitions whose position was asked. */
  readonly onAsked?: (partitions: readonly number[]) => void;
}

/**
 * Joins as a member that stores a batch only where its own position is still the stored one, and so never stores
 * what another member has stored.
 */
export function join(
  log: EventLog,
  store: GroupStore,
  { topics, batchRecordsMax = 100, before, unread, onAsked }: JoinOptions,
): Promise<Consumer> {
  const expected = new Map<string, bigint>();
  return log.consume({
    group: store.group,
    topics,
    batchRecordsMax,
    onFault: (error) => store.faults.push(error),
    async position(partitions) {
      onAsked?.(partitions.map(({ partition }) => partition));
      return partitions.map(({ topic, partition, start }) => {
        if (unread?.(partition)) return null;
        const key = partitionKey(topic, partition);
        const position = store.positions.get(key) ?? start;
        store.positions.set(key, position);
        expected.set(key, position);
        return position;
      });
    },
    async handle(batch, signal) {
      await before?.(batch, signal);
      const key = partitionKey(batch.topic, batch.partition);
      if (store.positions.get(key) !== expected.get(key)) throw new StalePosition();
      store.positions.set(key, batch.nextOffset);
      expected.set(key, batch.nextOffset);
      keep(store.records, batch);
    },
  });
}

/** The numbers that the values of records bear, sorted. */
export function sortedNumbers(records: ReadonlyMap<string, readonly LogRecord[]>): number[] {
  return [...records.values()]
    .flat()
    .map(({ value }) => Number(value?.toString()))
    .sort((a, b) => a - b);
}

/** Whether places grow from record to record within every partition. */
export function inOrder(records: ReadonlyMap<string, readonly LogRecord[]>): boolean {
  return [...records.values()].every((list) =>
    list.every(({ offset }, index) => index === 0 || offset > (list[index - 1]?.offset ?? offset)),
  );
}

export interface Collected {
  readonly tail: Tail;
  readonly records: Map<string, LogRecord[]>;
  readonly batches: Batch[];
}

/** A tail that keeps everything it gets. */
export async function collect(
  log: EventLog,
  topics: readonly string[],
  elsewhere: 'start' | 'end',
  from: ReadonlyMap<string, bigint>,
): Promise<Collected> {
  const records = new Map<string, LogRecord[]>();
  const batches: Batch[] = [];
  const tail = await log.tail({
    topics,
    from,
    elsewhere,
    handle: (batch) => {
      batches.push(batch);
      keep(records, batch);
    },
  });
  return { tail, records, batches };
}
