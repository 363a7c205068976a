// Recomputing a day in PostgreSQL: which windows had late facts, whether facts changed meanwhile, and states from a staging table into windows.

import { type RawBuilder, sql } from 'kysely';
import { happenedWithin } from './emit-live-facts.js';
import { factsWriter } from './emit-live-members.js';
import { mergedOnConflict } from './emit-live-partials.js';
import { type RestatedCut, rangesOf } from './emit-restate.js';
import type { LiveFact, LivePart } from './live-cuts.js';

/** How many windows of each cut have something late beside them. */
export function countLateWindows(
  cuts: readonly RestatedCut[],
): RawBuilder<{ readonly cut: string; readonly windows: number }> {
  return sql`select p.cut, count(distinct (p.window_start, p.key))::float8 as windows
    from live_partial as p join ${rangesOf(cuts)} on p.cut = r.cut and p.window_start >= r.first and p.window_start < r.past
    where p.late group by p.cut`;
}

/** Changes whenever the facts of a model in a range of time do. */
export function fingerprintOf(part: LivePart, from: Date, to: Date): RawBuilder<{ readonly print: string }> {
  const at = (moment: Date) => sql`${moment.toISOString()}::timestamptz`;
  return sql`select count(*) || '/' || coalesce(sum(hashtextextended(f::text, 0)::numeric), 0) as print
    from ${sql.table(part.model.table)} as f where ${happenedWithin(part, at(from), at(to))}`;
}

/** The columns of a staging table: the start of the window, a key for each dimension, and the states that the cut keeps. */
export function createStateStage(table: string, { cut }: RestatedCut): RawBuilder<unknown> {
  const columns = [
    sql`start timestamptz NOT NULL`,
    ...cut.dimensions.map((_, place) => sql`${sql.ref(`k${place}`)} text`),
    ...keptPlaces(cut.keeps).map((place) => sql`${sql.ref(`s${place}`)} numeric(38, 12)`),
  ];
  return sql`create unlogged table ${sql.table(table)} (${sql.join(columns)})`;
}

function keptPlaces(keeps: readonly boolean[]): number[] {
  return keeps.flatMap((kept, place) => (kept ? [place] : []));
}

/** Adds the states of a staging table to the windows of a cut, as `fillWindows` adds those of the facts. */
export function fillFromStage(table: string, fact: LiveFact, { cut }: RestatedCut): RawBuilder<unknown> {
  const keys = cut.dimensions.map(
    (_, place) => sql`coalesce(to_json(g.${sql.ref(`k${place}`)})::text, 'null')`,
  );
  const key = keys.length === 0 ? sql`'[]'` : sql`'[' || ${sql.join(keys, sql` || ',' || `)} || ']'`;
  const states = cut.keeps.map((kept, place) => {
    if (!kept) return sql`null::numeric`;
    const ref = sql`g.${sql.ref(`s${place}`)}`;
    const max = cut.membersMax.get(place);
    // A distinct count that is past its cap is none.
    return max === undefined ? ref : sql`case when ${ref} > ${max} then 'NaN'::numeric else ${ref} end`;
  });
  return sql`
    with written as (
      insert into live_partial as p (cut, window_start, key, late, writer, states)
      select ${cut.name}, g.start, ${key}, false, ${factsWriter}, array[${sql.join(states)}] from ${sql.table(table)} as g
      ${fact.parts.length > 1 ? mergedOnConflict(fact.states) : sql``}
      returning cut, window_start, key
    )
    insert into live_change (cut, window_start, key) select cut, window_start, key from written order by window_start`;
}
