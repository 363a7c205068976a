// A shop whose events go the whole way to live windows without a log: batches by hand, looks of the closer by hand.

import { sql } from 'kysely';
import { createDecoder } from '../../src/events/decode.js';
import type { Definitions } from '../../src/metrics/definition.js';
import { definitions as ownDefinitions } from '../../src/metrics/definitions.js';
import type { ResultMessage } from '../../src/metrics/live.js';
import { createLiveWriter } from '../../src/metrics/live-writer.js';
import { type BatchHandler, createBatchHandler } from '../../src/pipeline/batch-handler.js';
import { createLook, type Look } from '../../src/pipeline/closer.js';
import { createDimensions } from '../../src/pipeline/dimensions.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Database } from '../../src/warehouse/database.js';
import { openPosition } from '../../src/warehouse/stream/positions.js';
import { sqlStateOf } from '../../src/warehouse/transaction.js';
import { batchOf, partition } from './feed.js';

export interface LiveShopOptions {
  readonly definitions?: Definitions;
  readonly latenessMs?: number;
  readonly graceMs?: number;
  readonly idleMs?: number;
}

export interface LiveShop {
  /** One more batch of a partition; resolves when it is written. */
  feed(place: number, values: readonly object[]): Promise<void>;
  /** Forgets all that is in memory, as a process does that ends. */
  restart(): void;
  /** The closer looks until nothing is left to do. */
  look(elapsedMs?: number): Promise<void>;
  readonly closer: Look;
  readonly lease: { readonly name: string; readonly number: bigint };
  /** The messages of a cut in the order of their publication, oldest first. */
  messages(cut: string): Promise<ResultMessage[]>;
  /** Moves the movements of all partitions into the past. */
  age(ms: number): Promise<void>;
}

const group = 'flywheel';
const topic = partition.topic;

export async function openLiveShop(database: Database, options: LiveShopOptions = {}): Promise<LiveShop> {
  const { definitions = ownDefinitions, latenessMs = 0, graceMs = 60_000, idleMs = 1_000 } = options;
  const lease = { name: 'closer', number: 1n };
  await sql`INSERT INTO lease VALUES ('closer', 1, '', 'infinity', 0, now()) ON CONFLICT DO NOTHING`.execute(
    database.kysely,
  );
  const closer = createLook({
    database,
    catalogue,
    definitions,
    clocks: { group, topics: [topic], latenessMs, idleMs },
    resultsTopic: 'results',
    windowsMax: 50,
  });
  const handlers = new Map<number, Promise<BatchHandler>>();
  const ends = new Map<number, bigint>();

  async function handlerOf(place: number): Promise<BatchHandler> {
    const where = { ...partition, partition: place };
    const begin = ends.get(place) ?? 0n;
    await openPosition(database, group, { ...where, start: 0n, end: 0n }, null);
    return createBatchHandler(
      {
        database,
        liveWriter: createLiveWriter({ catalogue, definitions, graceMs }),
        group,
        decode: createDecoder({ timeZone: 'UTC' }),
        deadLetter: (_partition, record, reason) => ({ key: null, value: record.value, headers: { reason } }),
        deadLetterTopic: 'dead',
        dimensions: createDimensions(database),
        onWritten: () => {},
      },
      where,
      begin,
    );
  }

  return {
    lease,
    closer,
    restart: () => handlers.clear(),
    async feed(place, values) {
      const handler = handlers.get(place) ?? handlerOf(place);
      handlers.set(place, handler);
      const from = ends.get(place) ?? 0n;
      const where = { ...partition, partition: place };
      const { handle } = await handler;
      const never = new AbortController().signal;
      // As a log does it: a batch that was in somebody's way comes again.
      for (let isWritten = false; !isWritten; ) {
        isWritten = await handle(batchOf(values, from, where), never).then(
          () => true,
          (error: unknown) => {
            if (!['40P01', '23505'].includes(sqlStateOf(error) ?? '')) throw error;
            return false;
          },
        );
      }
      ends.set(place, from + BigInt(values.length));
    },
    async look(elapsedMs = 0) {
      for (let elapsed = elapsedMs; (await closer.close(lease, elapsed)).more; elapsed = 0);
    },
    async messages(cut) {
      const { rows } = await sql<{ message: ResultMessage }>`
        SELECT convert_from(value, 'UTF8')::json AS message FROM outbox
        WHERE topic = 'results' AND split_part(key, '|', 1) = ${cut} ORDER BY id`.execute(database.kysely);
      return rows.map(({ message }) => message);
    },
    async age(ms) {
      await sql`UPDATE stream_position SET moved_at = moved_at - ${ms} * interval '1 millisecond'`.execute(
        database.kysely,
      );
    },
  };
}
