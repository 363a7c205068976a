// The rows of a report in PostgreSQL: filled, compared, selected, ordered and cut, in that order.

import { sql } from 'kysely';
import { type Cells, keyColumns } from './emit-cells.js';
import { groupingOf, type KeySql, keyOf } from './emit-dimension.js';
import { mergedStates, regrouped, stateColumn } from './emit-level.js';
import { define, type Statement } from './emit-statement.js';
import { earlierPeriod, periodSeries, periodStart, type Sql } from './emit-time.js';
import { decimalText, metricValues } from './emit-value.js';
import type { ReportPlan } from './plan-report.js';
import { reportRowsMax } from './report.js';

/** Adds the empty periods: every combination of keys that occurs, in every period of the range. */
function filled(statement: Statement, rows: string, keys: readonly string[]): { name: string; size: Sql } {
  const { plan } = statement;
  const { grain, zone, from, to, states } = plan;
  if (grain === 'ALL') throw new Error('Only periods can be filled.');
  const end = (which: 'min' | 'max') =>
    sql`(select ${periodStart(grain, sql`${sql.raw(which)}(_p)`, zone)} from ${sql.table(rows)})`;
  const first = from ? sql`${from}::timestamptz` : end('min');
  const last = to ? sql`(${to}::timestamptz - interval '1 microsecond')` : end('max');
  const periods = define(statement, periodSeries(grain, first, last, zone, reportRowsMax));
  const others = keys.slice(1).map((key) => sql.ref(key));
  const combinations = define(
    statement,
    others.length ? sql`select distinct ${sql.join(others)} from ${sql.table(rows)}` : sql`select 1 as _one`,
  );
  const size = sql`((select count(*) from ${sql.table(periods)}) * (select count(*) from ${sql.table(combinations)}))`;
  const empty = [sql`_p`, ...others, ...states.states.map(() => sql`null::numeric`)];
  const all = sql`select ${sql.join([...keys, ...states.states.map((_, place) => stateColumn(place))].map((name) => sql.ref(name)))} from ${sql.table(rows)}`;
  const calendar = sql`select ${sql.join(empty)} from ${sql.table(periods)} cross join ${sql.table(combinations)} where ${size} <= ${sql.lit(reportRowsMax)}`;
  return { name: define(statement, regrouped(sql`${all} union all ${calendar}`, states.states, keys)), size };
}

/** Joins the states of the earlier periods, under the alias `q`, to the rows under `m`; unknown keys equal one another. */
function joinEarlier(plan: ReportPlan, earlier: string, keys: readonly string[]): Sql {
  const { grain, compare, zone } = plan;
  const conditions = keys.map((key) => {
    const [row, other] = [sql.ref(`m.${key}`), sql.ref(`q.${key}`)];
    if (key === '_p' && grain !== 'ALL' && compare)
      return sql`${other} = ${earlierPeriod(grain, row, compare, zone)}`;
    return sql`coalesce(${row}::text, '') = coalesce(${other}::text, '') and (${row} is null) = (${other} is null)`;
  });
  const on = conditions.length ? sql.join(conditions, sql` and `) : sql`true`;
  return sql` left join ${sql.table(earlier)} as q on ${on}`;
}

function valueColumn(alias: string, prefix: '_v' | '_q', place: number): Sql {
  return sql.ref(`${alias}.${prefix}${place}`);
}

/** The metrics of every row, with those of the earlier periods beside them; the name of its common table expression. */
function valued(statement: Statement, rows: string, earlier: string | null, keys: readonly string[]): string {
  const { plan } = statement;
  const named = (values: readonly Sql[], prefix: string) =>
    values.map((value, place) => sql`${value} as ${sql.ref(`${prefix}${place}`)}`);
  const columns = [
    ...keys.map((key) => sql.ref(`m.${key}`)),
    ...named(metricValues(plan.states, 'm'), '_v'),
    ...(earlier === null ? [] : named(metricValues(plan.states, 'q').slice(0, plan.shown), '_q')),
  ];
  const join = earlier === null ? sql`` : joinEarlier(plan, earlier, keys);
  return define(statement, sql`select ${sql.join(columns)} from ${sql.table(rows)} as m${join}`);
}

function havingClause(plan: ReportPlan): Sql {
  const conditions = plan.having.flatMap(({ metric, comparisons }) =>
    comparisons.map(
      ({ operator, decimal }) =>
        sql`${valueColumn('v', '_v', metric)} ${sql.raw(operator)} ${decimal}::numeric`,
    ),
  );
  return conditions.length === 0 ? sql`` : sql` where ${sql.join(conditions, sql` and `)}`;
}

/** The order that is asked for, then the period, then the keys: a total order, the same at every execution. */
function orderClause(plan: ReportPlan, keys: readonly KeySql[]): Sql {
  const asked = plan.order.map(({ by, descending }) => {
    if (by === 'at') return sql`v._p ${descending ? sql`desc` : sql`asc`}`;
    const term = 'metric' in by ? valueColumn('v', '_v', by.metric) : keys[by.dimension]?.order;
    return sql`${term} ${descending ? sql`desc` : sql`asc`} nulls last`;
  });
  const terms = [
    ...asked,
    ...(plan.grain === 'ALL' ? [] : [sql`v._p`]),
    ...keys.map((key) => sql`${key.order} nulls last`),
  ];
  return terms.length === 0 ? sql`` : sql` order by ${sql.join(terms)}`;
}

export interface RowsPart {
  /** The columns `at`, key and label of each dimension, values and previous values, all but `at` as text. */
  readonly columns: readonly Sql[];
  /** The rows, in order and one more than are wanted, under the alias `r`. */
  readonly from: Sql;
  /** How many rows filling would make. */
  readonly fillRows: Sql;
}

/** The rows of a report from the cells of its facts and, for a comparison, from those of the earlier range. */
export function rowsPart(
  statement: Statement,
  cells: readonly Cells[],
  earlierCells: readonly Cells[] | null,
): RowsPart {
  const { plan, catalogue } = statement;
  const { grain, zone } = plan;
  const { states, facts } = plan.states;
  const [fact] = facts;
  if (!fact) throw new Error('A report has no fact.');
  const groupings = plan.dimensions.map((item) => groupingOf(catalogue, catalogue.model(fact.model), item));
  const keys = keyColumns(groupings, grain !== 'ALL');
  const found = define(statement, mergedStates(cells, states, keys, true));
  const fill = plan.fill ? filled(statement, found, keys) : { name: found, size: sql`null::bigint` };
  const earlier = earlierCells && define(statement, mergedStates(earlierCells, states, keys, true));
  const values = valued(statement, fill.name, earlier, keys);
  const keySqls = groupings.map((grouping, place) => {
    const group = keys.filter((key) => key.startsWith(`_k${place}_`)).map((key) => sql.ref(`v.${key}`));
    return keyOf(grouping, group, `_x${place}`);
  });

  // Text is made of the rows that are given, not of all that are ordered.
  const shown = plan.metrics.slice(0, plan.shown);
  const inner = [
    ...(grain === 'ALL' ? [] : [sql`v._p`]),
    ...keySqls.flatMap(({ value, label }, place) => [
      sql`${value} as ${sql.ref(`_key${place}`)}`,
      sql`${label} as ${sql.ref(`_label${place}`)}`,
    ]),
    ...shown.map((_, place) => valueColumn('v', '_v', place)),
    ...(earlier === null ? [] : shown.map((_, place) => valueColumn('v', '_q', place))),
  ];
  const joins = keySqls.flatMap(({ join }) => (join ? [sql` ${join}`] : []));
  const from = sql`(select ${sql.join(inner)} from ${sql.table(values)} as v${sql.join(joins, sql``)}${havingClause(plan)}${orderClause(plan, keySqls)} limit ${sql.lit(plan.first + 1)}) as r`;
  const columns = [
    grain === 'ALL' ? sql`null::timestamptz` : periodStart(grain, sql`r._p`, zone),
    ...keySqls.flatMap((_, place) => [sql.ref(`r._key${place}`), sql.ref(`r._label${place}`)]),
    ...shown.map((_, place) => decimalText(valueColumn('r', '_v', place))),
    ...shown.map((_, place) =>
      earlier === null ? sql`null::text` : decimalText(valueColumn('r', '_q', place)),
    ),
  ];
  return { columns, from, fillRows: fill.size };
}
