// Closing windows in PostgreSQL: which have changed or ended, what their values are now, and what is stored of them.

import { type RawBuilder, sql } from 'kysely';
import { type Catalogue, columnOf, relationOf } from '../warehouse/catalogue.js';
import { plainText } from '../warehouse/read/wire.js';
import type { DimensionDefinition } from './definition.js';
import { capWriter, timesOf, type WindowKey, windowArrays } from './emit-live-members.js';
import type { Sql } from './emit-time.js';
import { decimalText, formulaValue, mergeOf } from './emit-value.js';
import type { LiveFact } from './live-cuts.js';

export interface WindowRow {
  readonly cut: string;
  readonly startMs: number;
  readonly key: string;
}

const startMs = sql`(extract(epoch from window_start) * 1000)::float8 as "startMs"`;

export interface ChangeRow extends WindowRow {
  /** How many changes were taken, of which several may be of one window. */
  readonly taken: number;
}

/**
 * Takes queued changes, the newest and the oldest, so that neither live numbers nor old ones wait for ever; those of cuts
 * that are held stay where they are.
 */
export function takeChanges(limit: number, held: readonly string[] = []): RawBuilder<ChangeRow> {
  const where = held.length === 0 ? sql`` : sql`where cut <> all(${[...held]}::text[])`;
  return sql<ChangeRow>`
    with taken as (
      delete from live_change where id in (
        (select id from live_change ${where} order by id desc limit ${limit})
        union (select id from live_change ${where} order by id limit ${limit}))
      returning cut, window_start, key
    )
    select distinct cut, ${startMs}, key, (select count(*)::int from taken) as taken from taken`;
}

/** Windows that have been published, and have ended since by the watermark of their cut. */
export function endedWindows(
  ends: readonly { readonly cut: string; readonly watermarkMs: number }[],
  limit: number,
): RawBuilder<WindowRow> {
  const latest = timesOf([Math.max(...ends.map(({ watermarkMs }) => watermarkMs))]);
  return sql<WindowRow>`
    select w.cut, ${startMs}, w.key
    from live_window as w
    join unnest(
      ${ends.map(({ cut }) => cut)}::text[], ${timesOf(ends.map(({ watermarkMs }) => watermarkMs))}::timestamptz[]
    ) as e(cut, watermark) on e.cut = w.cut
    where not w.final and w.window_end <= ${latest[0]}::timestamptz and w.window_end <= e.watermark
    limit ${limit}`;
}

export interface WindowValuesRow {
  /** The place of the window in the list that the statement was given. */
  readonly place: number;
  /** Decimal text by the live metrics of the fact; NaN where members were not counted. */
  readonly values: readonly (string | null)[];
  /** How many members each distinct state has, by the places of the fact's distinct states. */
  readonly members: readonly (string | null)[];
  /** Of the window as it was last published. */
  readonly revision: number | null;
  readonly message: string | null;
}

/** The values of all live metrics of a fact in windows of its cuts, merged over all writers. */
export function windowValues(fact: LiveFact, windows: readonly WindowKey[]): RawBuilder<WindowValuesRow> {
  const states = fact.states.map(
    (state, place) =>
      sql`${mergeOf(state, sql`p.states[${sql.lit(place + 1)}]`)} as ${sql.ref(`_s${place}`)}`,
  );
  const ref = (place: number): Sql => sql.ref(`m._s${place}`);
  const values = fact.metrics.map(({ formula }) => decimalText(formulaValue(formula, ref)));
  const members = distinctPlaces(fact).map((place) => sql`${ref(place)}::text`);
  return sql<WindowValuesRow>`
    select (w.place - 1)::int as place, array[${sql.join(values)}]::text[] as values,
      array[${members.length === 0 ? sql`` : sql.join(members)}]::text[] as members,
      o.revision, o.message
    from ${windowArrays(windows)}
    cross join lateral (
      select ${sql.join(states)} from live_partial as p
      where p.cut = w.cut and p.window_start = w.window_start and p.key = w.key and not p.late
    ) as m
    left join live_window as o on o.cut = w.cut and o.window_start = w.window_start and o.key = w.key`;
}

export function distinctPlaces(fact: LiveFact): number[] {
  return fact.states.flatMap((state, place) => (state.kind === 'distinct' ? [place] : []));
}

/** Notes that a window has more members than are counted, so that no more of them are kept. */
export function capWindows(
  fact: LiveFact,
  windows: readonly (WindowKey & { readonly places: readonly number[] })[],
): RawBuilder<unknown> {
  const states = windows.map(
    ({ places }) => `{${fact.states.map((_, place) => (places.includes(place) ? 'NaN' : 'NULL')).join()}}`,
  );
  return sql`
    insert into live_partial (cut, window_start, key, late, writer, states)
    select w.cut, w.window_start, w.key, false, ${capWriter}, s.states::numeric(38, 12)[]
    from ${windowArrays(windows)} join unnest(${states}::text[]) with ordinality as s(states, place) on s.place = w.place
    on conflict do nothing`;
}

export interface LabelRow {
  readonly value: string;
  readonly label: string | null;
}

/** The labels of keys of a dimension that stands in a table of its own; undefined when its keys name themselves. */
export function keyLabels(
  catalogue: Catalogue,
  { parts: [{ model: own }] }: LiveFact,
  { by }: DimensionDefinition,
  keys: readonly string[],
): RawBuilder<LabelRow> | undefined {
  const [relation] = by.kind === 'field' ? by.path : [];
  if (by.kind !== 'field' || by.label === undefined || relation === undefined) return undefined;
  const model = catalogue.model(relationOf(own, relation).model);
  const column = (field: string) => ({
    column: columnOf(model, field),
    ref: sql.ref(columnOf(model, field).column),
  });
  const [value, label] = [column(by.value), column(by.label)];
  return sql<LabelRow>`
    select ${plainText(value.column, value.ref)} as value, ${plainText(label.column, label.ref)} as label
    from ${sql.table(model.table)} where ${value.ref} = any(${[...keys]})`;
}

export interface StoredWindow extends WindowKey {
  readonly endMs: number | null;
  readonly message: string;
  readonly revision: number;
  readonly final: boolean;
}

/** Keeps windows as they are published. */
export function storeWindows(windows: readonly StoredWindow[]): RawBuilder<unknown> {
  const ends = windows.map(({ endMs }) => (endMs === null ? null : new Date(endMs).toISOString()));
  return sql`
    insert into live_window (cut, window_start, key, window_end, message, revision, final, changed_at)
    select w.cut, w.window_start, w.key, g.window_end, g.message, g.revision, g.final, now()
    from ${windowArrays(windows)} join unnest(
      ${ends}::timestamptz[], ${windows.map(({ message }) => message)}::text[],
      ${windows.map(({ revision }) => revision)}::int[], ${windows.map(({ final }) => final)}::boolean[]
    ) with ordinality as g(window_end, message, revision, final, place) on g.place = w.place
    on conflict (cut, window_start, key) do update set
      message = excluded.message, revision = excluded.revision, final = excluded.final,
      changed_at = excluded.changed_at`;
}
