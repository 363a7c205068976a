// A report as one PostgreSQL statement: rows, totals, what they are compared with, and freshness.

import { sql } from 'kysely';
import { type Catalogue, columnOf } from '../warehouse/catalogue.js';
import { aliasCounter, fieldRef } from '../warehouse/read/where.js';
import { type Cells, foldFact, keyColumns } from './emit-cells.js';
import { instantRef } from './emit-cut.js';
import { groupingOf, keyOf } from './emit-dimension.js';
import { mergedStates, regrouped, stateColumn } from './emit-level.js';
import type { Statement } from './emit-statement.js';
import { earlierPeriod, earlierRange, periodSeries, periodStart, type Range, type Sql } from './emit-time.js';
import { decimalText, formulaValue } from './emit-value.js';
import type { ReportPlan } from './plan-report.js';
import { reportRowsMax } from './report.js';

/** The columns of every row of the result, in order; `part` 0 is the summary, 1 the rows of the report. */
function resultRow(columns: {
  readonly part: Sql;
  readonly place: Sql;
  readonly at: Sql;
  readonly keys: readonly Sql[];
  readonly values: readonly Sql[];
  readonly previous: readonly Sql[];
  readonly summary: readonly [newest: Sql, arrived: Sql, fillRows: Sql];
}): Sql {
  const { part, place, at, keys, values, previous, summary } = columns;
  const [first, ...others] = [part, place, at, ...keys, ...values, ...previous, ...summary];
  return sql`select ${sql.join([sql`${first} as _part`, sql`${others[0]} as _place`, ...others.slice(1)])}`;
}

const noText = sql`null::text`;
const noTime = sql`null::timestamptz`;

function fold(statement: Statement, range: Range): Cells[] {
  return statement.plan.states.facts.flatMap((fact) => foldFact(statement, fact, range));
}

function define(statement: Statement, query: Sql): string {
  const name = statement.nextAlias();
  statement.ctes.push({ name, query });
  return name;
}

/** The values of all metrics over merged states under an alias. */
function valuesOf(plan: ReportPlan, alias: string): Sql[] {
  return plan.states.formulas.map((formula) =>
    formulaValue(formula, (place) => sql.ref(`${alias}.${stateColumn(place)}`)),
  );
}

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

function rowsPart(statement: Statement, cells: readonly Cells[], earlierCells: readonly Cells[] | null) {
  const { plan, catalogue } = statement;
  const [fact] = plan.states.facts;
  if (!fact) throw new Error('A report has no fact.');
  const groupings = plan.dimensions.map((item) => groupingOf(catalogue, catalogue.model(fact.model), item));
  const keys = keyColumns(groupings, plan.grain !== 'ALL');
  const states = plan.states.states;
  let rows = define(statement, mergedStates(cells, states, keys, true));
  let fillRows: Sql = sql`null::bigint`;
  if (plan.fill) {
    const fill = filled(statement, rows, keys);
    rows = fill.name;
    fillRows = fill.size;
  }
  const earlier = earlierCells && define(statement, mergedStates(earlierCells, states, keys, true));
  const name = (prefix: string) => (_: Sql, place: number) => sql.ref(`${prefix}${place}`);
  const values = valuesOf(plan, 'm');
  const previous = earlier ? valuesOf(plan, 'q').slice(0, plan.shown) : [];
  const valued = define(
    statement,
    sql`select ${sql.join([
      ...keys.map((key) => sql.ref(`m.${key}`)),
      ...values.map((value, place) => sql`${value} as ${name('_v')(value, place)}`),
      ...previous.map((value, place) => sql`${value} as ${name('_q')(value, place)}`),
    ])} from ${sql.table(rows)} as m${earlier ? joinEarlier(plan, earlier, keys) : sql``}`,
  );
  const shownKeys = groupings.map((grouping, place) => {
    const group = keys.filter((key) => key.startsWith(`_k${place}_`)).map((key) => sql.ref(`v.${key}`));
    return keyOf(grouping, group, `_x${place}`);
  });
  const period = sql.ref('v._p');
  const hasPeriod = plan.grain !== 'ALL';
  const having = plan.having.flatMap(({ metric, comparisons }) =>
    comparisons.map(
      ({ operator, decimal }) => sql`${sql.ref(`v._v${metric}`)} ${sql.raw(operator)} ${decimal}::numeric`,
    ),
  );
  const asked = plan.order.map(({ by, descending }) => {
    const term =
      by === 'at' ? period : 'metric' in by ? sql.ref(`v._v${by.metric}`) : shownKeys[by.dimension]?.order;
    return sql`${term} ${descending ? sql`desc` : sql`asc`} nulls last`;
  });
  const order = [
    ...asked,
    ...(hasPeriod ? [period] : []),
    ...shownKeys.map((key) => sql`${key.order} nulls last`),
  ];
  const shown = [
    plan.grain === 'ALL' ? noTime : periodStart(plan.grain, period, plan.zone),
    ...shownKeys.flatMap(({ value, label }) => [value, label]),
    ...values.slice(0, plan.shown).map((value, place) => decimalText(name('v._v')(value, place))),
    ...values
      .slice(0, plan.shown)
      .map((value, place) => (earlier ? decimalText(name('v._q')(value, place)) : noText)),
  ].map((column, place) => sql`${column} as ${sql.ref(`_o${place}`)}`);
  const joins = shownKeys.flatMap(({ join }) => (join ? [sql` ${join}`] : []));
  const select = sql`select ${sql.join(shown)} from ${sql.table(valued)} as v${sql.join(joins, sql``)}${
    having.length ? sql` where ${sql.join(having, sql` and `)}` : sql``
  }${order.length ? sql` order by ${sql.join(order)}` : sql``} limit ${sql.lit(plan.first + 1)}`;
  return { select, width: shown.length, fillRows };
}

function freshnessColumns(statement: Statement): [Sql, Sql] {
  const { catalogue, plan } = statement;
  const newest = plan.states.facts.map((fact) => {
    const model = catalogue.model(fact.model);
    const at = (field: string) => fieldRef(model, 'n', field);
    const order = [fact.time, ...model.primaryKey].map((field) => sql`${at(field)} desc`);
    const columns = [fact.time, fact.arrived].map((field) => instantRef(columnOf(model, field), at(field)));
    return sql`(select ${columns[0]} as newest, ${columns[1]} as arrived from ${sql.table(model.table)} as n order by ${sql.join(order)} limit 1)`;
  });
  const name = define(
    statement,
    sql`select newest, arrived from (${sql.join(newest, sql` union all `)}) as a order by newest desc, arrived desc limit 1`,
  );
  return [sql`(select newest from ${sql.table(name)})`, sql`(select arrived from ${sql.table(name)})`];
}

/**
 * The statement that answers a plan. Its rows have `3 + 2·dimensions + 2·metrics + 3` columns: the part
 * (0 for the one summary row, 1 for rows), the place, `at`, key and label of each dimension, the shown
 * metrics, what they are compared with, then newest, arrived and how many rows filling would make.
 */
export function reportStatement(catalogue: Catalogue, plan: ReportPlan): Sql {
  const statement: Statement = { catalogue, plan, nextAlias: aliasCounter('w'), ctes: [] };
  const { parts, shown, zone, compare, grain } = plan;
  const range: Range = {
    from: plan.from && sql`${plan.from}::timestamptz`,
    to: plan.to && sql`${plan.to}::timestamptz`,
  };
  const cells = parts.rows || parts.totals ? fold(statement, range) : [];
  const rowRange = compare && parts.rows ? earlierRange(grain, range, compare, zone) : null;
  const rowCells = rowRange && fold(statement, rowRange);
  const totalRange = compare && parts.totals ? earlierRange('ALL', range, compare, zone) : null;
  const totalCells = totalRange && (grain === 'ALL' && rowCells ? rowCells : fold(statement, totalRange));

  const rows = parts.rows ? rowsPart(statement, cells, rowCells) : null;
  const texts = (values: readonly Sql[]) => values.slice(0, shown).map(decimalText);
  const blanks = Array.from({ length: shown }, () => noText);
  let from = sql``;
  let totals = blanks;
  let previous = blanks;
  if (parts.totals) {
    const states = plan.states.states;
    from = sql` from ${sql.table(define(statement, mergedStates(cells, states, [], false)))} as t`;
    totals = texts(valuesOf(plan, 't'));
    if (totalCells) {
      from = sql`${from} cross join ${sql.table(define(statement, mergedStates(totalCells, states, [], false)))} as e`;
      previous = texts(valuesOf(plan, 'e'));
    }
  }
  const [newest, arrived] = parts.freshness ? freshnessColumns(statement) : [noTime, noTime];
  const summary = sql`${resultRow({
    part: sql`0`,
    place: sql`0::bigint`,
    at: noTime,
    keys: plan.dimensions.flatMap(() => [noText, noText]),
    values: totals,
    previous,
    summary: [newest, arrived, rows?.fillRows ?? sql`null::bigint`],
  })}${from}`;
  const body = rows
    ? sql`${summary} union all select 1, row_number() over (), ${sql.join(
        Array.from({ length: rows.width }, (_, place) => sql.ref(`r._o${place}`)),
      )}, null, null, null from (${rows.select}) as r order by _part, _place`
    : summary;
  if (statement.ctes.length === 0) return body;
  const ctes = statement.ctes.map(({ name, query }) => sql`${sql.table(name)} as (${query})`);
  return sql`with ${sql.join(ctes)} ${body}`;
}
