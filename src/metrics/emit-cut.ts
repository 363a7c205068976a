// How facts know their time in PostgreSQL: the cheapest cut from which periods and parts of the time still follow.

import { sql } from 'kysely';
import { type Column, columnOf, type Model } from '../warehouse/catalogue.js';
import { fieldRef } from '../warehouse/read/where.js';
import type { FactSource } from './definition.js';
import { define, type Statement } from './emit-statement.js';
import {
  type BinLength,
  binOf,
  instantOf,
  localOf,
  periodOf,
  type Range,
  type Sql,
  sliceArrays,
} from './emit-time.js';
import { type CalendarGrain, isCalendarGrain, type PeriodGrain, periodOrder } from './grain.js';
import type { ReportPlan } from './plan-report.js';

/** How cells know their time: not at all, or by one of four cuts, each the cheapest where it applies. */
export type Cut =
  | { readonly kind: 'none' }
  /** The time itself: rows of one document share it, so it is as coarse as the members are. */
  | { readonly kind: 'instant' }
  /** The field with the number of the UTC day. */
  | { readonly kind: 'dayNumber'; readonly field: string }
  /** A fixed length of time. */
  | { readonly kind: 'bin'; readonly length: BinLength }
  /** The place among the periods of a grain in a time zone, from arrays under a name. */
  | { readonly kind: 'slice'; readonly grain: CalendarGrain; readonly arrays: string };

/** The finest grain that the period and the parts of the time need; null when time does not matter. */
function finestGrain(plan: ReportPlan): PeriodGrain | null {
  const wanted: PeriodGrain[] = plan.grain === 'ALL' ? [] : [plan.grain];
  for (const { by } of plan.dimensions) {
    if (by.kind === 'weekday') wanted.push('DAY');
    if (by.kind === 'hourOfDay') wanted.push('HOUR');
  }
  const [finest] = wanted.sort((a, b) => periodOrder(a) - periodOrder(b));
  return finest ?? null;
}

/** A time column as an instant; columns without a time zone hold UTC. */
export function instantRef(column: Column, ref: Sql): Sql {
  if (column.nativeType === 'Timestamptz') return ref;
  const timestamp = column.nativeType === 'Date' ? sql`${ref}::timestamp` : ref;
  return sql`(${timestamp} at time zone 'UTC')`;
}

/** An instant as the column holds it, so that an index on the column serves. */
export function boundOf(column: Column, instant: Sql): Sql {
  return column.nativeType === 'Timestamptz' ? instant : sql`(${instant} at time zone 'UTC')`;
}

/** Chooses the cut for facts that are also folded by `members`. */
export function chooseCut(
  statement: Statement,
  fact: FactSource,
  members: ReadonlySet<string>,
  range: Range,
): Cut {
  const { plan, catalogue } = statement;
  const grain = finestGrain(plan);
  if (!grain) return { kind: 'none' };
  const { document } = fact;
  const byDocument =
    document?.key.every((field) => members.has(field)) && document.shares.includes(fact.time);
  if (byDocument) return { kind: 'instant' };
  if (grain === 'SECOND' || grain === 'MINUTE') return { kind: 'bin', length: grain };
  // Clocks differ from UTC by whole quarters of an hour, so quarters make up the hours of every zone.
  if (grain === 'HOUR') return { kind: 'bin', length: plan.zone.utc ? 'HOUR' : 'QUARTER_HOUR' };
  if (plan.zone.utc) {
    return fact.dayNumber === undefined
      ? { kind: 'bin', length: 'DAY' }
      : { kind: 'dayNumber', field: fact.dayNumber };
  }
  const model = catalogue.model(fact.model);
  const column = columnOf(model, fact.time);
  const end = (which: 'min' | 'max') =>
    instantRef(
      column,
      sql`(select ${sql.raw(which)}(${sql.ref(column.column)}) from ${sql.table(model.table)})`,
    );
  const first = sql`greatest(${end('min')}, ${range.from ?? sql`null`})`;
  const last = sql`least(${end('max')}, ${range.to ?? sql`null`})`;
  const arrays = define(statement, sliceArrays(grain, first, last, plan.zone));
  return { kind: 'slice', grain, arrays };
}

/** The column to group facts (under the alias `f`) by; null when time does not matter. */
export function cutColumn(model: Model, fact: FactSource, cut: Cut): Sql | null {
  const column = columnOf(model, fact.time);
  const instant = instantRef(column, fieldRef(model, 'f', fact.time));
  switch (cut.kind) {
    case 'none':
      return null;
    case 'instant':
      return instant;
    case 'dayNumber':
      return fieldRef(model, 'f', cut.field);
    case 'bin':
      return binOf(instant, cut.length);
    case 'slice':
      return sql`width_bucket(${instant}, (select starts from ${sql.table(cut.arrays)}))`;
  }
}

export interface CellTime {
  readonly local: Sql;
  readonly instant: Sql;
}

/** The time of a cell whose cut stands in the column. */
export function timeOfCell(statement: Statement, cut: Cut, column: Sql): CellTime | null {
  const { zone } = statement.plan;
  switch (cut.kind) {
    case 'none':
      return null;
    case 'dayNumber': {
      const local = sql`make_date(${column} / 10000, ${column} / 100 % 100, ${column} % 100)::timestamp`;
      return { local, instant: instantOf(local, zone) };
    }
    case 'slice': {
      const from = (array: string) =>
        sql`(select ${sql.ref(array)} from ${sql.table(cut.arrays)})[${column}]`;
      return { local: from('locals'), instant: from('starts') };
    }
    default:
      return { local: localOf(column, zone), instant: column };
  }
}

/** The period that a cell lies in; null for the grain ALL. */
export function periodOfCell(plan: ReportPlan, cut: Cut, time: CellTime | null): Sql | null {
  const { grain, zone } = plan;
  if (grain === 'ALL' || !time) return null;
  if (isCalendarGrain(grain)) return periodOf(grain, time.local);
  if (isPeriod(cut, plan)) return time.instant;
  if (grain !== 'HOUR' || zone.utc) return binOf(time.instant, grain);
  return sql`date_trunc('hour', ${time.instant}, ${zone.name}::text)`;
}

/** True when the cut is the period itself. */
export function isPeriod(cut: Cut, plan: ReportPlan): boolean {
  if (cut.kind === 'bin') return cut.length === plan.grain;
  return cut.kind === 'none' || (cut.kind === 'slice' && cut.grain === plan.grain);
}
