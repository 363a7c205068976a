// Windows that are kept no longer, deleted in PostgreSQL a bounded number of rows at a time.

import { type RawBuilder, sql } from 'kysely';
import { timesOf } from './emit-live-members.js';

export interface KeptFrom {
  readonly cut: string;
  /** Windows that begin before are deleted. */
  readonly fromMs: number;
}

/** What is stored of windows; each table's primary key begins with the cut and the beginning of the window. */
export const windowTables = ['live_member', 'live_partial', 'live_window'] as const;

/** Deletes rows of the windows that have passed their time, at most so many. */
export function pruneWindows(
  table: (typeof windowTables)[number],
  kept: readonly KeptFrom[],
  limit: number,
): RawBuilder<unknown> {
  return sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select old.ctid from unnest(
        ${kept.map(({ cut }) => cut)}::text[], ${timesOf(kept.map(({ fromMs }) => fromMs))}::timestamptz[]
      ) as k(cut, kept_from)
      cross join lateral (
        select ctid from ${sql.table(table)} as t
        where t.cut = k.cut and t.window_start < k.kept_from limit ${limit}
      ) as old
      limit ${limit}))`;
}
