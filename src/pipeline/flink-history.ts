// Publishes to Flink the facts that were in the warehouse when a generation of its windows began.

import { type GenerationRow, notePublished, readGenerations } from '../metrics/emit-flink-generations.js';
import { historyRows } from '../metrics/emit-flink-history.js';
import { factRecords } from '../metrics/fact-records.js';
import type { FlinkFact } from '../metrics/flink-facts.js';
import type { EventLog } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { inTransaction } from '../warehouse/transaction.js';

export interface FlinkHistoryDeps {
  readonly log: Pick<EventLog, 'append'>;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly topicOf: (fact: string) => string;
}

/** How many ids are read at once. */
const stretch = 20_000n;

/**
 * Resolves when all facts of before the generation are in the log, or when the generation has ended. Given up and called again, it goes on where it was; what is published
 * twice is named alike, and counted once.
 */
export async function publishHistory(
  { log, database, topicOf }: FlinkHistoryDeps,
  flink: FlinkFact,
  { generation, clockMs, lastId, publishedId }: GenerationRow,
  signal: AbortSignal,
): Promise<void> {
  const topic = topicOf(flink.fact.name);
  const last = BigInt(lastId);
  for (let after = BigInt(publishedId); after < last && !signal.aborted; ) {
    const upTo = after + stretch < last ? after + stretch : last;
    const isOver = await inTransaction(database, async (session) => {
      const now = (await session.rows(readGenerations())).find(({ fact }) => fact === flink.fact.name);
      if (now?.generation !== generation || now.stale !== null) return true;
      const rows = await session.rows(historyRows(flink, String(after), String(upTo)));
      const records = factRecords(
        flink,
        { generation, source: 'warehouse', id: `${generation}/${after}`, clockMs, closedMs: null },
        rows,
      );
      await log.append(
        topic,
        records.map((value) => ({ key: null, value })),
        signal,
      );
      await session.run(notePublished(generation, String(upTo)));
      return false;
    });
    if (isOver) return;
    after = upTo;
  }
}
