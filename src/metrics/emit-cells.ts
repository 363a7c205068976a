// Facts folded once into cells (period × keys × members), small enough that everything else is computed from them.

import { sql } from 'kysely';
import { columnOf, type Model, relationOf } from '../warehouse/catalogue.js';
import { type BooleanSql, fieldRef, whereExpression } from '../warehouse/read/where.js';
import type { DimensionDefinition, FactSource } from './definition.js';
import {
  boundOf,
  type CellTime,
  chooseCut,
  cutColumn,
  isPeriod,
  periodOfCell,
  timeOfCell,
} from './emit-cut.js';
import { factColumns, type Grouping, groupingOf, groupWidth, joinedColumns } from './emit-dimension.js';
import { define, type Statement } from './emit-statement.js';
import type { Range, Sql } from './emit-time.js';
import { presenceOverRows, stateOverRows } from './emit-value.js';
import type { DistinctState, State } from './states.js';

/** A state of one fact and its place among all states of the plan. */
interface Placed<T extends State = State> {
  readonly place: number;
  readonly state: T;
}

/** States of a fact that one pass over it folds: those that add up, and the sets of members. */
interface Pass {
  readonly additive: readonly Placed[];
  readonly distinct: readonly Placed<DistinctState>[];
}

/** Cells under a name: columns `_p`, `_k…`, `_s…` (additive states), `_f…` (presence) and those of the members. */
export interface Cells {
  readonly name: string;
  readonly model: Model;
  readonly pass: Pass;
  /** True when no two cells share their period and keys. */
  readonly grouped: boolean;
}

/** The columns of period and keys, in order. */
export function keyColumns(groupings: readonly Grouping[], withPeriod: boolean): string[] {
  const keys = groupings.flatMap((grouping, place) =>
    Array.from({ length: groupWidth(grouping) }, (_, part) => `_k${place}_${part}`),
  );
  return withPeriod ? ['_p', ...keys] : keys;
}

/**
 * The passes over a fact. Sets of members that hang together within a document are folded in one pass,
 * because their cells are hardly more than the documents; any other set is a pass of its own, since the
 * cells of two unrelated sets would be as many as the facts.
 */
function passesOf(fact: FactSource, states: readonly Placed[]): Pass[] {
  const additive = states.filter(({ state }) => state.kind !== 'distinct');
  const together = new Set([...(fact.document?.key ?? []), ...(fact.document?.shares ?? [])]);
  const groups = new Map<string, Placed<DistinctState>[]>();
  for (const { place, state } of states) {
    if (state.kind !== 'distinct') continue;
    const name = state.fields.every((field) => together.has(field)) ? 'document' : state.fields.join();
    groups.set(name, [...(groups.get(name) ?? []), { place, state }]);
  }
  const ordered = [...groups].sort(([a], [b]) => Number(b === 'document') - Number(a === 'document'));
  if (ordered.length === 0) return [{ additive, distinct: [] }];
  return ordered.map(([, distinct], place) => ({ additive: place === 0 ? additive : [], distinct }));
}

/** What the facts of a report meet: its range and its filter. */
function whereOfFact(statement: Statement, fact: FactSource, model: Model, range: Range): Sql {
  const { catalogue, plan } = statement;
  const column = columnOf(model, fact.time);
  const time = fieldRef(model, 'f', fact.time);
  const parts: BooleanSql[] = [];
  if (range.from) parts.push(sql<boolean>`${time} >= ${boundOf(column, range.from)}`);
  if (range.to) parts.push(sql<boolean>`${time} < ${boundOf(column, range.to)}`);
  if (plan.filter) parts.push(whereExpression(catalogue, model, 'f', plan.filter, statement.nextAlias));
  return parts.length === 0 ? sql`` : sql` where ${sql.join(parts, sql` and `)}`;
}

/** Folds a fact over a range; returns the cells of each pass, by the names of their common table expressions. */
export function foldFact(statement: Statement, fact: FactSource, range: Range): Cells[] {
  const model = statement.catalogue.model(fact.model);
  const placed = statement.plan.states.states
    .map((item, place) => ({ ...item, place }))
    .filter((item) => item.fact.model === fact.model && item.fact.time === fact.time);
  return passesOf(fact, placed).map((pass) => foldPass(statement, fact, model, pass, range));
}

/** What one dimension adds to the two steps of a pass: facts to folded groups, groups to cells with keys. */
interface KeyParts {
  readonly factJoins: readonly Sql[];
  /** Key columns that facts are grouped by already. */
  readonly grouped: readonly Sql[];
  /** Fields that facts are grouped by under the names of their columns, so that what joins facts can join cells. */
  readonly kept: readonly string[];
  readonly cellJoins: readonly Sql[];
  /** The key columns of the cells. */
  readonly keys: readonly Sql[];
  /** True when several groups may have the same key. */
  readonly merges: boolean;
}

function named(columns: readonly Sql[], place: number): Sql[] {
  return columns.map((column, part) => sql`${column} as ${sql.ref(`_k${place}_${part}`)}`);
}

function keyParts(
  statement: Statement,
  model: Model,
  dimension: DimensionDefinition,
  place: number,
  time: CellTime | null,
  hasMembers: boolean,
): KeyParts {
  const { catalogue } = statement;
  const grouping = groupingOf(catalogue, model, dimension);
  const none = { factJoins: [], cellJoins: [], grouped: [], kept: [], merges: false };
  const asGrouped = (columns: readonly Sql[]) => ({
    grouped: named(columns, place),
    keys: columns.map((_, part) => sql.ref(`c._k${place}_${part}`)),
  });
  if (grouping.kind === 'timePart') {
    if (!time) throw new Error(`${dimension.name} needs a time.`);
    const part = sql`extract(${sql.raw(grouping.part)} from ${time.local})::int`;
    return { ...none, keys: named([part], place), merges: true };
  }
  if (grouping.kind !== 'joined') return { ...none, ...asGrouped(factColumns(model, 'f', grouping)) };
  const prefix = `_d${place}_`;
  if (hasMembers) {
    const { joins, columns } = joinedColumns(catalogue, model, 'f', dimension, prefix);
    return { ...none, ...asGrouped(columns), factJoins: joins };
  }
  // Without members the foreign key is grouped first, and the tables meet few groups instead of every fact.
  const { joins, columns } = joinedColumns(catalogue, model, 'c', dimension, prefix);
  const [first] = dimension.by.kind === 'field' ? dimension.by.path : [];
  const kept = first === undefined ? [] : relationOf(model, first).from;
  return { ...none, kept, cellJoins: joins, keys: named(columns, place), merges: true };
}

function keptColumn(model: Model, field: string): Sql {
  return sql`${fieldRef(model, 'f', field)} as ${sql.ref(columnOf(model, field).column)}`;
}

function spaced(joins: readonly Sql[]): Sql {
  return joins.length === 0 ? sql`` : sql` ${sql.join(joins, sql` `)}`;
}

/** The aggregates of a pass over facts under the alias `f`. */
function aggregatesOf(statement: Statement, model: Model, pass: Pass): Sql[] {
  const { catalogue } = statement;
  const additive = pass.additive.map(
    ({ place, state }) => sql`${stateOverRows(catalogue, model, 'f', state)} as ${sql.ref(`_s${place}`)}`,
  );
  const presence = pass.distinct.flatMap(({ place, state }) => {
    const present = presenceOverRows(catalogue, model, 'f', state);
    return present ? [sql`${present} as ${sql.ref(`_f${place}`)}`] : [];
  });
  return [...additive, ...presence];
}

function foldPass(statement: Statement, fact: FactSource, model: Model, pass: Pass, range: Range): Cells {
  const { plan } = statement;
  const members = new Set(pass.distinct.flatMap(({ state }) => state.fields));
  const cut = chooseCut(statement, fact, members, range);
  const time = timeOfCell(statement, cut, sql`c._b`);
  const parts = plan.dimensions.map((dimension, place) =>
    keyParts(statement, model, dimension, place, time, members.size > 0),
  );
  const kept = new Set([...members, ...parts.flatMap((part) => part.kept)]);
  const bucket = cutColumn(model, fact, cut);
  const groups = [
    ...(bucket ? [sql`${bucket} as _b`] : []),
    ...parts.flatMap((part) => part.grouped),
    ...[...kept].map((field) => keptColumn(model, field)),
  ];
  const columns = [...groups, ...aggregatesOf(statement, model, pass)];
  const places = groups.map((_, place) => sql.lit(place + 1));
  const groupBy = places.length ? sql` group by ${sql.join(places)}` : sql``;
  const from = sql`${sql.table(model.table)} as f${spaced(parts.flatMap((part) => part.factJoins))}`;
  const where = whereOfFact(statement, fact, model, range);
  const folded = define(statement, sql`select ${sql.join(columns)} from ${from}${where}${groupBy}`);

  const period = periodOfCell(plan, cut, time);
  const outer = [
    ...(period ? [sql`${period} as _p`] : []),
    ...parts.flatMap((part) => part.keys),
    ...[...members].map((field) => sql.ref(`c.${columnOf(model, field).column}`)),
    ...pass.additive.map(({ place }) => sql.ref(`c._s${place}`)),
    ...pass.distinct.flatMap(({ place, state }) => (state.where ? [sql.ref(`c._f${place}`)] : [])),
  ];
  const cellFrom = sql`${sql.table(folded)} as c${spaced(parts.flatMap((part) => part.cellJoins))}`;
  const name = define(statement, sql`select ${sql.join(outer)} from ${cellFrom}`);
  const grouped = members.size === 0 && isPeriod(cut, plan) && !parts.some((part) => part.merges);
  return { name, model, pass, grouped };
}
