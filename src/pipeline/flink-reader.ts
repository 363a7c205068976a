// Reads what Flink says of windows into the warehouse, each record together with the place behind it.

import type { Lease } from '../core/lease.js';
import type { Log } from '../core/log.js';
import { markStale, readGenerations } from '../metrics/emit-flink-generations.js';
import { type FlinkWindowReader, type SaidWindow, windowName } from '../metrics/flink-windows.js';
import {
  type Batch,
  type EventLog,
  type PartitionRange,
  partitionKey,
  type Tail,
} from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { assertLease } from '../warehouse/lease-fence.js';
import {
  advancePosition,
  decidePosition,
  openPosition,
  readPositions,
} from '../warehouse/stream/positions.js';
import { inTransaction } from '../warehouse/transaction.js';

export interface FlinkReaderDeps {
  readonly log: Pick<EventLog, 'tail' | 'ends'>;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly windows: FlinkWindowReader;
  readonly topic: string;
  /** Under which the places are kept. */
  readonly group: string;
  readonly lease: Lease;
  readonly logger: Log;
}

export interface FlinkReader {
  /** Whether everything up to these ends of the topic has been read. */
  hasRead(ends: readonly PartitionRange[]): boolean;
  /** Whether some window of a fact counts less than it did in this generation, and has not caught up since. */
  isBehind(fact: string, generation: number): boolean;
  close(): Promise<void>;
}

const nothing = { accepted: 0, repeated: 0, dead: 0, late: 0, unpriced: 0 };

/** Begins where the last reader ended. */
export async function openFlinkReader(deps: FlinkReaderDeps): Promise<FlinkReader> {
  const { log, database, windows, topic, group, lease, logger } = deps;
  const places = await openPlaces(deps);
  const behind = new Map<string, SaidWindow>();

  async function handle(batch: Batch): Promise<void> {
    // A partition that was added meanwhile begins like those that are there at the start.
    if (!places.has(batch.partition)) {
      for (const [partition, place] of await openPlaces(deps)) {
        if (!places.has(partition)) places.set(partition, place);
      }
    }
    const expected = places.get(batch.partition);
    // Of what comes again after a fault, the part that was done is left out.
    if (expected === undefined || batch.nextOffset <= expected) return;
    const said = batch.records.flatMap(({ value, offset }) =>
      value === null || offset < expected ? [] : (windows.read(value) ?? []),
    );
    const done = await inTransaction(database, async (session) => {
      await assertLease(session, lease);
      await advancePosition(
        session,
        { group, ...batch },
        {
          expected,
          next: batch.nextOffset,
          end: batch.endOffset,
          behaviourMaxAtMs: null,
          measurementMaxAtMs: null,
          counts: nothing,
        },
      );
      return windows.put(session, said);
    });
    for (const window of done.put) behind.delete(windowName(window));
    for (const window of done.behind) behind.set(windowName(window), window);
    places.set(batch.partition, batch.nextOffset);
  }

  const tail: Tail = await log.tail({
    topics: [topic],
    from: new Map([...places].map(([partition, offset]) => [partitionKey(topic, partition), offset])),
    elsewhere: 'start',
    handle,
    onFault: (error) => logger.warn({ error }, 'what Flink says of windows is read on as soon as it can be'),
  });
  return {
    hasRead: (ends) => ends.every(({ partition, end }) => end <= (places.get(partition) ?? 0n)),
    isBehind(fact, generation) {
      const own = [...behind].filter(([, window]) => window.fact === fact);
      // A window may be in no later generation, and would be taken for lost for ever.
      for (const [name, window] of own) if (window.generation < generation) behind.delete(name);
      return own.some(([, window]) => window.generation === generation);
    },
    close: () => tail.close(),
  };
}

/**
 * Where each partition goes on. Where the topic let go of records before they were read, the generations are stale by the
 * transaction that goes on behind them.
 */
async function openPlaces({
  log,
  database,
  topic,
  group,
  lease,
}: FlinkReaderDeps): Promise<Map<number, bigint>> {
  const ranges = await log.ends(topic);
  for (const range of ranges) await openPosition(database, group, range, null);
  const stored = await readPositions(database, group);
  const places = new Map<number, bigint>();
  for (const range of ranges) {
    const { partition, topicId, clusterId, start, end } = range;
    const known = stored.filter(
      (position) =>
        position.topic === topic && position.partition === partition && position.clusterId === clusterId,
    );
    const place = known.find((position) => position.topicId === topicId)?.nextOffset ?? start;
    // A topic that was made anew does not hold what stood in the one before.
    const isThere = place >= start && place <= end && known.length === 1;
    if (!isThere) {
      await inTransaction(database, async (session) => {
        await assertLease(session, lease);
        const facts = (await session.rows(readGenerations())).map(({ fact }) => fact);
        await session.run(
          markStale(facts, 'The log let go of what Flink said of windows before it was read.'),
        );
        await decidePosition(session, group, range, start);
      });
    }
    places.set(partition, isThere ? place : start);
  }
  return places;
}
