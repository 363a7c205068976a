// What Flink says of windows, as partial states in PostgreSQL: the state with the most rows holds.

import { type RawBuilder, sql } from 'kysely';
import { compareWindows, timesOf, type WindowKey } from './emit-live-members.js';
import { liveChannel } from './emit-live-partials.js';

/** Who wrote the partials that come from Flink. */
const flinkWriter = 'flink';

export interface FlinkWindow extends WindowKey {
  /** How many facts it counts. */
  readonly rows: number;
  /** The states as an array of PostgreSQL; the last item is the number of rows. */
  readonly states: string;
}

export interface PutRow {
  readonly place: number;
}

/**
 * Puts the states of windows in the place of those before, and queues the windows for the closer. A window in which fewer
 * facts are counted than before is left as it is, and is missing in the rows that come back: Flink has begun again
 * behind where it was, and counts up to there once more.
 */
export function putFlinkWindows(windows: readonly FlinkWindow[]): RawBuilder<PutRow> {
  const sorted = windows.map((window, place) => ({ ...window, place })).sort(compareWindows);
  return sql<PutRow>`
    with given as materialized (
      select * from unnest(
        ${sorted.map(({ place }) => place)}::int[], ${sorted.map(({ cut }) => cut)}::text[],
        ${timesOf(sorted.map(({ startMs }) => startMs))}::timestamptz[], ${sorted.map(({ key }) => key)}::text[],
        ${sorted.map(({ states }) => states)}::text[]) as g(place, cut, window_start, key, states)
    ), written as (
      insert into live_partial as p (cut, window_start, key, late, writer, states)
      select cut, window_start, key, false, ${flinkWriter}, states::numeric(38, 12)[] from given
      on conflict (cut, window_start, key, late, writer) do update set states = excluded.states
        where p.states[array_length(p.states, 1)] <= excluded.states[array_length(excluded.states, 1)]
      returning cut, window_start, key
    ), queued as (
      insert into live_change (cut, window_start, key) select cut, window_start, key from written
    ), told as (select pg_notify(${liveChannel}, ''))
    select g.place from given as g join written as w using (cut, window_start, key), told`;
}
