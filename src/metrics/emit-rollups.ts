// Rollups in PostgreSQL: reports by day into a staging table, and from there into `fact_daily_rollup`.

import { type RawBuilder, sql } from 'kysely';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Session } from '../warehouse/session.js';
import { reportStatement } from './emit-postgres.js';
import type { Sql } from './emit-time.js';
import type { ReportPlan } from './plan-report.js';

/** The columns of a staging table: the day, a key for each dimension, a value for each metric. */
export function rollupColumns({ dimensions, metrics }: ReportPlan): readonly string[] {
  return ['day', ...dimensions.map((_, place) => `k${place}`), ...metrics.map((_, place) => `m${place}`)];
}

export function createRollupStage(table: string, { dimensions, metrics }: ReportPlan): RawBuilder<unknown> {
  const columns = [
    sql`day timestamptz NOT NULL`,
    ...dimensions.map((_, place) => sql`${sql.ref(`k${place}`)} text`),
    ...metrics.map((_, place) => sql`${sql.ref(`m${place}`)} numeric(38, 12)`),
  ];
  return sql`create unlogged table ${sql.table(table)} (${sql.join(columns)})`;
}

/** Fills the staging table with the rows of the report. */
export function fillRollupStage(catalogue: Catalogue, table: string, plan: ReportPlan): RawBuilder<unknown> {
  const { dimensions, metrics } = plan;
  // Every place of a row of the statement, in its order.
  const names = [
    'part',
    'place',
    'day',
    ...dimensions.flatMap((_, place) => [`k${place}`, `label${place}`]),
    ...metrics.map((_, place) => `m${place}`),
    ...metrics.map((_, place) => `previous${place}`),
    'newest',
    'arrived',
    'fill',
  ];
  const columns = rollupColumns(plan);
  const given = columns.map((name) =>
    name.startsWith('m') ? sql`r.${sql.ref(name)}::numeric(38, 12)` : sql.ref(`r.${name}`),
  );
  return sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
    select ${sql.join(given)} from (${reportStatement(catalogue, plan)}) as r (${sql.join(names.map((name) => sql.ref(name)))})`;
}

/** The keys of a row as JSON text. */
function keyOf({ dimensions }: ReportPlan): Sql {
  if (dimensions.length === 0) return sql`'[]'`;
  const keys = dimensions.map((_, place) => sql`coalesce(to_json(s.${sql.ref(`k${place}`)})::text, 'null')`);
  return sql`'[' || ${sql.join(keys, sql` || ',' || `)} || ']'`;
}

/**
 * Makes the rollups of these metrics, cut and source what the staging table says; what says so already stays as it is. How
 * many there are then, and how many were added, changed or taken away.
 */
export async function replaceRollups(
  session: Session,
  table: string,
  plan: ReportPlan,
  source: string,
): Promise<{ readonly rows: number; readonly changed: number }> {
  const cut = plan.dimensions.map(({ name }) => name).join();
  const names = plan.metrics.map(({ name }) => name);
  const values = names.map((name, place) => sql`(${name}::text, s.${sql.ref(`m${place}`)})`);
  await session.run(sql`create temporary table batch_rollup on commit drop as
    select v.metric, ${keyOf(plan)} as key, s.day, v.value from ${sql.table(table)} as s
    cross join lateral (values ${sql.join(values)}) as v(metric, value) where v.value is not null`);
  const written = await session.run(sql`
    insert into fact_daily_rollup as r (source, metric, cut, key, day, value)
    select ${source}, n.metric, ${cut}, n.key, n.day, n.value from batch_rollup as n
    on conflict (source, metric, cut, key, day) do update set value = excluded.value, computed_at = now()
    where r.value <> excluded.value`);
  const own = sql`r.source = ${source} and r.cut = ${cut} and r.metric = any(${names}::text[])`;
  const gone = await session.run(sql`delete from fact_daily_rollup as r where ${own}
    and not exists (select from batch_rollup as n where n.metric = r.metric and n.key = r.key and n.day = r.day)`);
  const [count] = await session.rows(
    sql<{ rows: number }>`select count(*)::float8 as rows from batch_rollup`,
  );
  await session.run(sql`drop table batch_rollup`);
  return { rows: count?.rows ?? 0, changed: written + gone };
}
