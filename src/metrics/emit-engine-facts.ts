// One fact in the SQL of engines: its rows in a range, their keys, and their states folded once at those keys.

import { columnOf, type Model, relationOf } from '../warehouse/catalogue.js';
import type { Condition } from '../warehouse/read/condition.js';
import type { DimensionDefinition, FactSource } from './definition.js';
import { type Grouping, groupingOf } from './emit-dimension.js';
import {
  countDecimal,
  type EngineDecimal,
  extremeDecimal,
  placesMax,
  sumDecimal,
} from './emit-engine-decimal.js';
import { type FilteredRows, filterOf } from './emit-engine-filter.js';
import { addCte, columnRef, type EngineStatement, joinTo } from './emit-engine-statement.js';
import { numberOf, quoted, refuseFor } from './emit-engine-syntax.js';
import { conditionOf } from './emit-value.js';
import { type Grain, isCalendarGrain, type Zone } from './grain.js';
import type { State } from './states.js';

/** How the rows of facts are to be folded. */
export interface Folding {
  readonly grain: Grain;
  readonly zone: Zone;
  readonly dimensions: readonly DimensionDefinition[];
  readonly from: Date | null;
  readonly to: Date | null;
  readonly filter: Condition | null;
  /** Gives no row where there is no fact, also without keys. */
  readonly needsFacts?: boolean;
}

/** The key columns of a dimension: the foreign key where the fact holds one, else its value and, where it has one, its label. */
export function keyNames(grouping: Grouping, place: number): string[] {
  const width = grouping.kind === 'foreignKey' ? grouping.relation.from.length : 1;
  const labelled = grouping.kind === 'joined' && grouping.label ? 1 : 0;
  return Array.from({ length: width + labelled }, (_, part) => `_k${place}_${part}`);
}

/** The rows of a model under an alias, with the joins that are made from them on the way. */
function rowsOf(statement: EngineStatement, model: Model, alias: string, joins: string[]): FilteredRows {
  return {
    model,
    ref: (field) => columnRef(statement, model, alias, field),
    joined: (name) => {
      const relation = relationOf(model, name);
      const target = statement.catalogue.model(relation.model);
      const next = `j${joins.length}`;
      const pairs = relation.from.map((field, place) => ({
        field: relation.to[place] ?? '',
        equals: columnRef(statement, model, alias, field),
      }));
      joins.push(joinTo(statement, target, next, pairs));
      return rowsOf(statement, target, next, joins);
    },
  };
}

/** A name under which a query gives an expression. */
interface Named {
  readonly name: string;
  readonly sql: string;
}

function listed(columns: readonly Named[]): string {
  return columns.map(({ name, sql }) => `\n    ${sql === name ? sql : `${sql} AS ${name}`}`).join(',');
}

/** The key of a dimension that stands in a table, from the rows of the fact. */
function fieldKeys(
  { catalogue, syntax }: EngineStatement,
  rows: FilteredRows,
  dimension: DimensionDefinition,
  place: number,
): Named[] {
  const grouping = groupingOf(catalogue, rows.model, dimension);
  if (dimension.by.kind !== 'field' || grouping.kind === 'timePart') return [];
  if (!['String', 'Enum', 'Int', 'BigInt', 'Boolean'].includes(grouping.value.type)) {
    return refuseFor(
      syntax,
      `write the keys of ${dimension.name}, which are of the type ${grouping.value.type}, as the warehouse does`,
      'take another dimension',
    );
  }
  const names = keyNames(grouping, place);
  const at =
    grouping.kind === 'foreignKey'
      ? grouping.relation.from.map((field) => rows.ref(field))
      : valueRefs(rows, dimension.by);
  return names.map((name, part) => ({ name, sql: at[part] ?? 'NULL' }));
}

function valueRefs(
  rows: FilteredRows,
  by: { readonly path: readonly string[]; readonly value: string; readonly label?: string },
): string[] {
  const last = by.path.reduce((at, relation) => at.joined(relation), rows);
  return [by.value, ...(by.label === undefined ? [] : [by.label])].map((field) => last.ref(field));
}

/** A time column as an instant; columns without a time zone hold UTC. */
function instantRef({ syntax }: EngineStatement, rows: FilteredRows, field: string): string {
  const ref = rows.ref(field);
  return columnOf(rows.model, field).nativeType === 'Timestamptz' ? ref : syntax.instantOfUtc(ref);
}

function conditionsOf(
  statement: EngineStatement,
  rows: FilteredRows,
  fact: FactSource,
  folding: Folding,
): string[] {
  const { syntax } = statement;
  const time = instantRef(statement, rows, fact.time);
  const check = usesZone(folding) ? syntax.zoneCheck(folding.zone) : null;
  return [
    ...(folding.from ? [`${time} >= ${syntax.instantLiteral(folding.from)}`] : []),
    ...(folding.to ? [`${time} < ${syntax.instantLiteral(folding.to)}`] : []),
    ...(folding.filter ? [filterOf(syntax, rows, folding.filter)] : []),
    ...(check === null ? [] : [check]),
  ];
}

/** Whether local time matters. */
function usesZone({ grain, dimensions }: Folding): boolean {
  const byPart = dimensions.some(({ by }) => by.kind !== 'field');
  return byPart || grain === 'HOUR' || isCalendarGrain(grain);
}

/** What names the period of a fact: the local day that it begins on, or the instant where it is shorter than a day. */
function periodOf({ syntax }: EngineStatement, { grain, zone }: Folding): string | null {
  if (grain === 'ALL') return null;
  if (isCalendarGrain(grain)) return syntax.periodDay(grain, '_local');
  if (grain !== 'HOUR' || zone.utc) return syntax.truncated(grain, '_at');
  // The offset at the moment decides where its hour begins, so that an hour that comes twice is two.
  return `TIMESTAMPADD(SECOND, -${syntax.secondOfHour('_local')}, ${syntax.truncated('SECOND', '_at')})`;
}

/** When a period begins. */
export function periodStart({ syntax }: EngineStatement, { grain, zone }: Folding, period: string): string {
  return isCalendarGrain(grain) ? syntax.dayStart(period, zone) : period;
}

/** A state over the rows of a fact whose columns stand under their names. */
function stateOf({ syntax }: EngineStatement, model: Model, state: State): EngineDecimal {
  const own: FilteredRows = {
    model,
    ref: (field) => quoted(columnOf(model, field).column),
    joined: (relation) => {
      throw new Error(`A state does not look through ${relation}.`);
    },
  };
  const where = state.where ? [filterOf(syntax, own, conditionOf(state.where))] : [];
  const clause = (conditions: readonly string[]) =>
    conditions.length === 0 ? '' : ` FILTER (WHERE ${conditions.join(' AND ')})`;
  if (state.kind === 'count') {
    return countDecimal(`COUNT(${state.field === null ? '*' : own.ref(state.field)})${clause(where)}`);
  }
  if (state.kind === 'distinct') {
    const refs = state.fields.map(own.ref);
    const known = state.fields
      .filter((field) => columnOf(model, field).nullable)
      .map((field) => `${own.ref(field)} IS NOT NULL`);
    return countDecimal(`${syntax.distinctOf(refs)}${clause([...where, ...known])}`);
  }
  const number = numberOf(columnOf(model, state.field));
  if (!number || number.scale > placesMax) {
    return refuseFor(
      syntax,
      `add up ${model.name}.${state.field} exactly`,
      `give it a decimal type of at most ${placesMax} places`,
    );
  }
  const ref = own.ref(state.field);
  if (state.kind === 'sum') return sumDecimal(syntax, ref, clause(where), number);
  return extremeDecimal(`${state.kind.toUpperCase()}(${ref})${clause(where)}`, number);
}

function fieldsOf(states: readonly State[]): string[] {
  const fields = states.flatMap((state) => [
    ...(state.kind === 'distinct' ? state.fields : state.field === null ? [] : [state.field]),
    ...Object.keys(state.where ?? {}),
  ]);
  return [...new Set(fields)];
}

/** The states of one fact, one row for each combination of its keys: `_p`, `_k…`, `_s…`. */
export interface FoldedFact {
  readonly name: string;
  readonly keys: readonly string[];
  /** By the place of the state. */
  readonly states: ReadonlyMap<number, EngineDecimal>;
}

/** Folds a fact; `suffix` tells its common table expressions from those of another fact. */
export function foldFact(
  statement: EngineStatement,
  fact: FactSource,
  folding: Folding,
  placed: readonly { readonly place: number; readonly state: State }[],
  suffix: string,
): FoldedFact {
  const { syntax, catalogue, tables } = statement;
  const model = catalogue.model(fact.model);
  const joins: string[] = [];
  const rows = rowsOf(statement, model, 'f', joins);
  const at = instantRef(statement, rows, fact.time);
  const isTimed = folding.grain !== 'ALL' || usesZone(folding);
  const keyColumns = folding.dimensions.map((dimension, place) =>
    fieldKeys(statement, rows, dimension, place),
  );
  const read = [
    ...(isTimed ? [{ name: '_at', sql: at }] : []),
    ...(usesZone(folding) ? [{ name: '_local', sql: syntax.localOf(at, folding.zone) }] : []),
    ...keyColumns.flat(),
    ...fieldsOf(placed.map(({ state }) => state)).map((field) => ({
      name: quoted(columnOf(model, field).column),
      sql: rows.ref(field),
    })),
  ];
  const conditions = conditionsOf(statement, rows, fact, folding);
  const where = conditions.length === 0 ? '' : `\n  WHERE ${conditions.join('\n    AND ')}`;
  const one = read.length === 0 ? [{ name: '_one', sql: '1' }] : read;
  const facts = addCte(
    statement,
    `facts${suffix}`,
    `SELECT${listed(one)}\n  FROM ${tables.table(model)} AS f${joins.join('')}${where}`,
  );

  const period = periodOf(statement, folding);
  const keys: Named[] = [
    ...(period === null ? [] : [{ name: '_p', sql: period }]),
    ...folding.dimensions.flatMap(({ by }, place) => {
      const name = `_k${place}_0`;
      if (by.kind === 'weekday') return [{ name, sql: syntax.weekdayOf('_local') }];
      if (by.kind === 'hourOfDay') return [{ name, sql: syntax.hourOf('_local') }];
      return (keyColumns[place] ?? []).map((key) => ({ name: key.name, sql: key.name }));
    }),
  ];
  const states = new Map(placed.map(({ place, state }) => [place, stateOf(statement, model, state)]));
  const aggregates = [...states].map(([place, { sql }]) => ({ name: `_s${place}`, sql }));
  const groupBy = keys.length === 0 ? '' : `\n  GROUP BY ${keys.map(({ sql }) => sql).join(', ')}`;
  const having = folding.needsFacts && keys.length === 0 ? '\n  HAVING COUNT(*) > 0' : '';
  const name = addCte(
    statement,
    `folded${suffix}`,
    `SELECT${listed([...keys, ...aggregates])}\n  FROM ${facts}${groupBy}${having}`,
  );
  return { name, keys: keys.map((key) => key.name), states };
}
