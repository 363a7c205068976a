// What those who add to windows begin with: their turn, and the clocks that decide what is late.

import { type RawBuilder, sql } from 'kysely';
import { factsTurn } from '../warehouse/facts-turn.js';

/** The clocks by name, in milliseconds since 1970. */
export interface ClocksRow {
  readonly clocks: Readonly<Record<string, number>> | null;
}

/** What a writer begins with. */
export interface WriterRow extends ClocksRow {
  /** The generation of each fact whose windows Flink keeps; null when it keeps none. */
  readonly generations: Readonly<Record<string, number>> | null;
}

const clocks = sql`(select json_object_agg(name, round(extract(epoch from watermark) * 1000)) from live_clock)`;

/**
 * Takes a turn beside other writers, which holds off restating until the transaction ends. Who waits here sees what was
 * so before; a caller whose facts Flink may keep has taken its turn earlier in the transaction, by `joinFactWriters`.
 */
export function joinWriters(): RawBuilder<WriterRow> {
  return sql<WriterRow>`
    select pg_advisory_xact_lock_shared(${factsTurn}), ${clocks} as clocks,
      (select json_object_agg(fact, generation) from flink_generation) as generations`;
}

/** The clocks, and the time of the database in milliseconds since 1970. */
export function readClocks(): RawBuilder<ClocksRow & { readonly nowMs: number }> {
  return sql`select ${clocks} as clocks, (extract(epoch from now()) * 1000)::float8 as "nowMs"`;
}
