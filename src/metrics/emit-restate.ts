// Restating in PostgreSQL: windows are emptied, and their states computed anew from the facts, as a report computes them.

import { type RawBuilder, sql } from 'kysely';
import type { Catalogue } from '../warehouse/catalogue.js';
import { groupColumns, happenedWithin, keyText, windowStartOfFact } from './emit-live-facts.js';
import { factsWriter, timesOf } from './emit-live-members.js';
import { liveChannel, mergedOnConflict } from './emit-live-partials.js';
import type { Sql } from './emit-time.js';
import { stateOverRows } from './emit-value.js';
import type { LiveCutPlan, LiveFact, LivePart } from './live-cuts.js';

/** The windows of a cut that begin at or after one moment and before another. */
export interface RestatedCut {
  readonly cut: LiveCutPlan;
  readonly fromMs: number;
  /** Null: all that follow. */
  readonly toMs: number | null;
}

/** The ranges of windows, as a table `r` of cut, first and past. */
export function rangesOf(cuts: readonly RestatedCut[]): Sql {
  const ends = cuts.map(({ toMs }) => (toMs === null ? 'infinity' : new Date(toMs).toISOString()));
  return sql`unnest(
    ${cuts.map(({ cut }) => cut.name)}::text[], ${timesOf(cuts.map(({ fromMs }) => fromMs))}::timestamptz[],
    ${ends}::timestamptz[]) as r(cut, first, past)`;
}

/** Empties windows, and queues those that held something for the closer. */
export function emptyWindows(cuts: readonly RestatedCut[]): RawBuilder<unknown> {
  const inRange = (alias: string) => sql`
    ${sql.ref(`${alias}.cut`)} = r.cut and ${sql.ref(`${alias}.window_start`)} >= r.first
      and ${sql.ref(`${alias}.window_start`)} < r.past`;
  return sql`
    with members as (delete from live_member as m using ${rangesOf(cuts)} where ${inRange('m')}),
    partials as (
      delete from live_partial as p using ${rangesOf(cuts)} where ${inRange('p')}
      returning p.cut, p.window_start, p.key
    )
    insert into live_change (cut, window_start, key) select distinct cut, window_start, key from partials`;
}

/** Adds what the rows of a part of a fact give to the windows of one cut; the oldest are queued first, so that the newest are published first. */
export function fillWindows(
  catalogue: Catalogue,
  fact: LiveFact,
  part: LivePart,
  { cut, fromMs, toMs }: RestatedCut,
): RawBuilder<unknown> {
  const { model } = part;
  const groups = groupColumns(part, cut.dimensions);
  const start = windowStartOfFact(part, cut.every);
  const isAll = cut.every === 'ALL';
  const states = part.states.map((state, place) => {
    const kept = cut.keeps[place] ? stateOverRows(catalogue, model, 'f', state) : sql`null::numeric`;
    return sql`${kept} as ${sql.ref(`_s${place}`)}`;
  });
  const keys = groups.map((column, place) => sql`${column} as ${sql.ref(`_g${place}`)}`);
  const within = isAll
    ? sql`true`
    : happenedWithin(part, instantOf(fromMs), toMs === null ? null : instantOf(toMs));
  const grouped = [...(isAll ? [] : [start]), ...groups];
  const given = sql`
    select ${sql.join([sql`${start} as _start`, ...keys, ...states])}
    from ${sql.table(model.table)} as f where ${within}
    ${grouped.length === 0 ? sql`having count(*) > 0` : sql`group by ${sql.join(grouped)}`}`;
  const key = keyText(
    cut.dimensions,
    groups.map((_, place) => sql.ref(`g._g${place}`)),
  );
  return sql`
    with given as materialized (${given}), written as (
      insert into live_partial as p (cut, window_start, key, late, writer, states)
      select ${cut.name}, g._start, ${key.text}, false, ${factsWriter}, array[${sql.join(cappedStates(part, cut))}]
      from given as g${key.joins}
      ${fact.parts.length > 1 ? mergedOnConflict(fact.states) : sql``}
      returning cut, window_start, key
    )
    insert into live_change (cut, window_start, key) select cut, window_start, key from written order by window_start`;
}

/** A distinct count that is past its cap is none. */
function cappedStates({ states }: LivePart, cut: LiveCutPlan): Sql[] {
  return states.map((_, place) => {
    const ref = sql.ref(`g._s${place}`);
    const max = cut.membersMax.get(place);
    return max === undefined ? ref : sql`case when ${ref} > ${max} then 'NaN'::numeric else ${ref} end`;
  });
}

function instantOf(ms: number): Sql {
  return sql`${new Date(ms).toISOString()}::timestamptz`;
}

export function tellCloser(): RawBuilder<unknown> {
  return sql`select pg_notify(${liveChannel}, '')`;
}

export interface LayoutRow {
  readonly model: string;
  readonly layout: string;
}

export function readLayouts(): RawBuilder<LayoutRow> {
  return sql<LayoutRow>`select model, layout from live_layout`;
}

/** Restating everything takes as long as it takes. */
export function takeTime(): RawBuilder<unknown> {
  return sql`select set_config('statement_timeout', '0', true), set_config('work_mem', '64MB', true)`;
}

/**
 * Forgets the states of a model, which are read no more in the layout they have, and the windows of cuts that are kept
 * no more. What was published of the others stays, so that their revisions go on.
 */
export function forgetModel({ name: fact, groups }: LiveFact): RawBuilder<unknown> {
  const kept = groups.flatMap(({ cuts }) => cuts.map(({ name }) => name));
  const from = (name: string) => sql`delete from ${sql.table(name)} where split_part(cut, '/', 1) = ${fact}`;
  return sql`
    with a as (${from('live_member')}), b as (${from('live_partial')}), c as (${from('live_change')})
    ${from('live_window')} and cut <> all(${kept}::text[])`;
}

/** The pipelines keep the windows of a model from now on, in this layout. */
export function storeLayout(model: string, layout: string): RawBuilder<unknown> {
  return sql`
    with before as (delete from flink_generation where fact = ${model})
    insert into live_layout (model, layout) values (${model}, ${layout})
    on conflict (model) do update set layout = excluded.layout`;
}
