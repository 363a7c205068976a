// Partial states in PostgreSQL: added to what a writer gave before, with a note of every window that they change.

import { type RawBuilder, sql } from 'kysely';
import { timesOf, type WindowKey } from './emit-live-members.js';
import type { Sql } from './emit-time.js';
import type { LiveFact } from './live-cuts.js';
import type { State } from './states.js';

/** The channel on which the closer hears that windows have changed. */
export const liveChannel = 'flywheel_live';

export interface PartialRow extends WindowKey {
  /** Whether it came too late for the window, and is kept beside it. */
  readonly late: boolean;
  /** The states as an array of PostgreSQL. */
  readonly states: string;
}

/** How states that are given anew merge with those that stand under the alias `p` already. */
function mergedState(state: State, place: number): Sql {
  const known = sql`p.states[${sql.lit(place + 1)}]`;
  const given = sql`excluded.states[${sql.lit(place + 1)}]`;
  if (state.kind === 'min') return sql`least(${known}, ${given})`;
  if (state.kind === 'max') return sql`greatest(${known}, ${given})`;
  return sql`coalesce(${known} + ${given}, ${known}, ${given})`;
}

/** The end of an insert into `live_partial as p`: a window that the writer has given to already keeps both. */
export function mergedOnConflict(states: readonly State[]): Sql {
  return sql`on conflict (cut, window_start, key, late, writer)
    do update set states = array[${sql.join(states.map(mergedState))}]`;
}

/** Adds partial states of a writer, and queues the windows that they change for the closer. */
export function addPartials(
  fact: LiveFact,
  writer: string,
  partials: readonly PartialRow[],
): RawBuilder<unknown> {
  return sql`
    with written as (
      insert into live_partial as p (cut, window_start, key, late, writer, states)
      select g.cut, g.window_start, g.key, g.late, ${writer}, g.states::numeric(38, 12)[]
      from unnest(
        ${partials.map(({ cut }) => cut)}::text[], ${timesOf(partials.map(({ startMs }) => startMs))}::timestamptz[],
        ${partials.map(({ key }) => key)}::text[], ${partials.map(({ late }) => late)}::boolean[],
        ${partials.map(({ states }) => states)}::text[]) as g(cut, window_start, key, late, states)
      ${mergedOnConflict(fact.states)}
      returning cut, window_start, key, late
    ), queued as (
      insert into live_change (cut, window_start, key)
      select cut, window_start, key from written where not late
    )
    select pg_notify(${liveChannel}, '')`;
}
