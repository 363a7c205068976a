// The lock between those who add to windows and whoever restates them, and the clocks that decide what is late.

import { type RawBuilder, sql } from 'kysely';

/** Any number that no other program is likely to lock. */
const liveLock = 4_816_372_905n;

/** The clocks by name, in milliseconds since 1970. */
export interface ClocksRow {
  readonly clocks: Readonly<Record<string, number>> | null;
}

const clocks = sql`(select json_object_agg(name, round(extract(epoch from watermark) * 1000)) from live_clock)`;

/** Holds off restating until the transaction ends, and reads the clocks. */
export function joinWriters(): RawBuilder<ClocksRow> {
  return sql<ClocksRow>`select pg_advisory_xact_lock_shared(${liveLock}), ${clocks} as clocks`;
}

/** Waits for those who add to windows, and holds off others until the transaction ends. */
export function holdOffWriters(): RawBuilder<unknown> {
  return sql`select pg_advisory_xact_lock(${liveLock})`;
}

export function readClocks(): RawBuilder<ClocksRow> {
  return sql<ClocksRow>`select ${clocks} as clocks`;
}
