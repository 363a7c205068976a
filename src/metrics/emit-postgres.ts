// A report as one PostgreSQL statement: rows, totals, what they are compared with, and freshness.

import { sql } from 'kysely';
import { type Catalogue, columnOf } from '../warehouse/catalogue.js';
import { aliasCounter, fieldRef } from '../warehouse/read/where.js';
import { type Cells, foldFact } from './emit-cells.js';
import { instantRef } from './emit-cut.js';
import { mergedStates } from './emit-level.js';
import { type RowsPart, rowsPart } from './emit-rows.js';
import { define, type Statement } from './emit-statement.js';
import { earlierRange, type Range, type Sql } from './emit-time.js';
import { decimalText, metricValues } from './emit-value.js';
import type { ReportPlan } from './plan-report.js';

const noText = sql`null::text`;
const noTime = sql`null::timestamptz`;

function fold(statement: Statement, range: Range): Cells[] {
  return statement.plan.states.facts.flatMap((fact) => foldFact(statement, fact, range));
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

interface TotalsPart {
  readonly values: readonly Sql[];
  readonly previous: readonly Sql[];
  /** Where the values come from. */
  readonly from: Sql;
}

/** The metrics over all cells at once. */
function totalsPart(
  statement: Statement,
  cells: readonly Cells[],
  earlierCells: readonly Cells[] | null,
): TotalsPart {
  const { states, shown } = statement.plan;
  const level = (of: readonly Cells[]) =>
    sql.table(define(statement, mergedStates(of, states.states, [], false)));
  const values = (alias: string) => metricValues(states, alias).slice(0, shown).map(decimalText);
  const now = sql` from ${level(cells)} as t`;
  if (!earlierCells) return { values: values('t'), previous: blanks(shown), from: now };
  return {
    values: values('t'),
    previous: values('e'),
    from: sql`${now} cross join ${level(earlierCells)} as e`,
  };
}

function blanks(count: number): Sql[] {
  return Array.from({ length: count }, () => noText);
}

/** The rows, after the summary if there is one; without it nothing need be sorted again. */
function withRows(rows: RowsPart, summary: Sql | null): Sql {
  const select = (place: Sql) =>
    sql`select 1, ${place}, ${sql.join(rows.columns)}, null, null, null from ${rows.from}`;
  if (!summary) return select(sql`null`);
  return sql`${summary} union all ${select(sql`row_number() over ()`)} order by _part, _place`;
}

/**
 * The statement that answers a plan. Its rows have `3 + 2·dimensions + 2·metrics + 3` columns: the part
 * (0 for the one summary row, 1 for rows), the place, `at`, key and label of each dimension, the shown
 * metrics, what they are compared with, then newest, arrived and how many rows filling would make.
 * Part 0 comes first and bears the totals; it is left out where nothing of it is wanted. Everything but
 * times and counts is text.
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
  const totals: TotalsPart = parts.totals
    ? totalsPart(statement, cells, totalCells)
    : { values: blanks(shown), previous: blanks(shown), from: sql`` };
  const freshness = parts.freshness ? freshnessColumns(statement) : [noTime, noTime];
  const columns = [
    noTime,
    ...plan.dimensions.flatMap(() => blanks(2)),
    ...totals.values,
    ...totals.previous,
    ...freshness,
    rows?.fillRows ?? sql`null::bigint`,
  ];
  const summary = sql`select 0 as _part, 0::bigint as _place, ${sql.join(columns)}${totals.from}`;
  const hasSummary = parts.totals || parts.freshness || plan.fill;
  const body = rows ? withRows(rows, hasSummary ? summary : null) : summary;
  if (statement.ctes.length === 0) return body;
  const ctes = statement.ctes.map(({ name, query }) => sql`${sql.table(name)} as (${query})`);
  return sql`with ${sql.join(ctes)} ${body}`;
}
