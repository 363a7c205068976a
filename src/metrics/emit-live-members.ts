// Members of distinct counts in PostgreSQL: those that are new to a window are kept, and each is counted once.

import { type RawBuilder, sql } from 'kysely';
import { type Catalogue, type Column, columnOf } from '../warehouse/catalogue.js';
import { fieldRef, whereExpression } from '../warehouse/read/where.js';
import { happenedWithin, hasKey } from './emit-live-facts.js';
import type { Sql } from './emit-time.js';
import { conditionOf } from './emit-value.js';
import type { LiveFact, LiveGroup, LivePart } from './live-cuts.js';
import type { DistinctState } from './states.js';

/** The partial of what was computed from the facts, whose distinct counts have no members stored. */
export const factsWriter = 'facts';
/** The partial that says that a window has more members than are counted: NaN, which stays NaN in every sum. */
export const capWriter = 'cap';

/** A window by its place in the list that a statement is given. */
export interface WindowKey {
  readonly cut: string;
  readonly startMs: number;
  readonly key: string;
}

/** One order for all writers. */
export function compareWindows(a: WindowKey, b: WindowKey): number {
  if (a.cut !== b.cut) return a.cut < b.cut ? -1 : 1;
  if (a.startMs !== b.startMs) return a.startMs - b.startMs;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

export interface MemberRow {
  /** The place of the window. */
  readonly place: number;
  /** The place of the state. */
  readonly state: number;
  readonly member: string;
}

export interface NewMembersRow {
  readonly place: number;
  readonly state: number;
  readonly count: number;
  /** Those of a window that was computed from the facts: they may stand in the facts already. */
  readonly doubtful: readonly string[] | null;
}

export function timesOf(instantsMs: readonly number[]): string[] {
  return instantsMs.map((ms) => new Date(ms).toISOString());
}

export function windowArrays(windows: readonly WindowKey[]): Sql {
  return sql`unnest(
    ${windows.map(({ cut }) => cut)}::text[], ${timesOf(windows.map(({ startMs }) => startMs))}::timestamptz[],
    ${windows.map(({ key }) => key)}::text[]) with ordinality as w(cut, window_start, key, place)`;
}

function memberArrays(members: readonly MemberRow[]): Sql {
  return sql`unnest(
    ${members.map(({ place }) => place + 1)}::int[], ${members.map(({ state }) => state)}::int[],
    ${members.map(({ member }) => member)}::text[]) as m(place, state, member)`;
}

/**
 * Keeps the members that are new to their window, and says how many they are; with `countedElsewhere`, all of them are
 * doubtful. The windows are given in the order of
 * `compareWindows`, so that all writers keep their members in one order and never wait for each other in a circle.
 */
export function addMembers(
  windows: readonly WindowKey[],
  members: readonly MemberRow[],
  countedElsewhere: boolean,
): RawBuilder<NewMembersRow> {
  const partial = (alias: string, writer: string) => sql`
    left join live_partial as ${sql.ref(alias)} on ${sql.ref(`${alias}.cut`)} = w.cut
      and ${sql.ref(`${alias}.window_start`)} = w.window_start and ${sql.ref(`${alias}.key`)} = w.key
      and not ${sql.ref(`${alias}.late`)} and ${sql.ref(`${alias}.writer`)} = ${writer}`;
  return sql<NewMembersRow>`
    with windows as materialized (
      select w.*, f.states as facts, c.states as cap
      from ${windowArrays(windows)} ${partial('f', factsWriter)} ${partial('c', capWriter)}
    ), added as (
      insert into live_member (cut, window_start, key, state, member)
      select w.cut, w.window_start, w.key, m.state, m.member
      from ${memberArrays(members)} join windows as w on w.place = m.place
      where coalesce(w.facts[m.state + 1] <> 'NaN', true) and coalesce(w.cap[m.state + 1] <> 'NaN', true)
      order by m.place, m.state, m.member
      on conflict do nothing
      returning cut, window_start, key, state, member
    )
    select (w.place - 1)::int as place, a.state, count(*)::int as count,
      array_agg(a.member) filter (where w.facts is not null or ${countedElsewhere}) as doubtful
    from added as a join windows as w on w.cut = a.cut and w.window_start = a.window_start and w.key = a.key
    group by 1, 2`;
}

/** A member of one field is its text, of several a JSON array; either as the column holds it, so that an index serves. */
function isMember(part: LivePart, state: DistinctState): Sql {
  const parts = state.fields.map((field, place) => {
    const given = state.fields.length === 1 ? sql`m.member` : sql`(m.member::jsonb ->> ${sql.lit(place)})`;
    return sql`${fieldRef(part.model, 'f', field)} = ${given}${castTo(columnOf(part.model, field))}`;
  });
  return sql.join(parts, sql` and `);
}

function castTo({ type, enumName }: Column): Sql {
  if (type === 'Int') return sql`::int`;
  if (type === 'BigInt') return sql`::bigint`;
  if (type === 'Enum') throw new Error(`Members of a distinct count cannot be of the enum ${enumName}.`);
  return sql``;
}

export interface KnownMembersRow {
  readonly place: number;
  readonly state: number;
  readonly count: number;
}

/** How many of the members stand among the facts of their window already. */
export function countKnown(
  catalogue: Catalogue,
  fact: LiveFact,
  windows: readonly (WindowKey & { readonly endMs: number | null })[],
  members: readonly MemberRow[],
): RawBuilder<KnownMembersRow> {
  const ends = windows.map(({ endMs }) => (endMs === null ? null : new Date(endMs).toISOString()));
  const branches = fact.parts.flatMap((part) =>
    part.groups.flatMap((group) =>
      part.states.flatMap((state, place) =>
        state.kind === 'distinct' && group.keeps[place]
          ? [knownBranch(catalogue, part, group, state, place)]
          : [],
      ),
    ),
  );
  return sql<KnownMembersRow>`
    with windows as materialized (
      select w.*, e.window_end from ${windowArrays(windows)}
      join unnest(${ends}::timestamptz[]) with ordinality as e(window_end, place) on e.place = w.place
    ), members as materialized (select * from ${memberArrays(members)})
    select place, state, count(*)::int as count from (${sql.join(branches, sql` union all `)}) as known
    group by 1, 2`;
}

function knownBranch(
  catalogue: Catalogue,
  part: LivePart,
  group: LiveGroup,
  state: DistinctState,
  place: number,
): Sql {
  const where = state.where ? [whereExpression(catalogue, part.model, 'f', conditionOf(state.where))] : [];
  const conditions = [isMember(part, state), hasKey(catalogue, part, group.dimensions, sql`w.key`), ...where];
  const from = sql`from ${sql.table(part.model.table)} as f where ${sql.join(conditions, sql` and `)}`;
  // Two plain ranges instead of one with an OR, so that an index on the time serves where there is one.
  const inWindow = happenedWithin(part, sql`w.window_start`, sql`w.window_end`);
  return sql`
    select (w.place - 1)::int as place, m.state from members as m join windows as w on w.place = m.place
    where m.state = ${sql.lit(place)} and w.cut = any(${group.cuts.map(({ name }) => name)}::text[])
      and case when w.window_end is null then exists (select ${from}) else exists (select ${from} and ${inWindow}) end`;
}
