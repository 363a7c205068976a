// The last SELECT of a query on an engine, in which groups get their keys and labels as the warehouse writes them.

import type { Column } from '../warehouse/catalogue.js';
import type { DimensionDefinition } from './definition.js';
import { type Grouping, groupingOf } from './emit-dimension.js';
import type { EngineColumn, EngineQuery } from './emit-engine.js';
import { type Folding, keyNames } from './emit-engine-facts.js';
import { columnRef, type EngineStatement, joinTo, readsOf, withCtes } from './emit-engine-statement.js';
import { quoted } from './emit-engine-syntax.js';

interface Shown extends EngineColumn {
  readonly sql: string;
}

interface ShownParts {
  readonly before: readonly Shown[];
  readonly after: readonly Shown[];
  readonly where: string;
  /** The order by the keys as the warehouse orders them. */
  readonly order: (keys: readonly string[]) => string;
  readonly limit: string;
  /** Whether keys that have a label come with it. */
  readonly labelled: boolean;
}

/** The query whose last SELECT shows the rows of `from`, under the alias `m`; foreign keys become keys by its joins. */
export function shown(
  statement: EngineStatement,
  model: string,
  folding: Folding,
  from: string,
  { before, after, where, order, limit, labelled }: ShownParts,
): EngineQuery {
  const keys = folding.dimensions.map((dimension, place) =>
    keyOf(
      statement,
      groupingOf(statement.catalogue, statement.catalogue.model(model), dimension),
      dimension,
      { place, labelled },
    ),
  );
  const columns = [...before, ...keys.flatMap((key) => key.columns), ...after];
  const list = columns.map(({ name, sql }) => `  ${sql} AS ${quoted(name)}`).join(',\n');
  const joins = keys.map(({ join }) => join).join('');
  const body = `SELECT\n${list}\nFROM ${from} AS m${joins}${where}${order(keys.map((key) => key.order))}${limit}`;
  return {
    settings: statement.syntax.settings,
    sql: withCtes(statement, body),
    columns: columns.map(({ name, type }) => ({ name, type })),
    reads: readsOf(statement),
  };
}

interface KeyParts {
  readonly join: string;
  readonly order: string;
  readonly columns: readonly Shown[];
}

function keyOf(
  statement: EngineStatement,
  grouping: Grouping,
  { name }: DimensionDefinition,
  { place, labelled }: { readonly place: number; readonly labelled: boolean },
): KeyParts {
  const [first = '', second] = keyNames(grouping, place).map((key) => `m.${key}`);
  const columnsOf = (value: string, label: string | undefined): Shown[] => [
    { name, sql: value, type: 'text' },
    ...(label === undefined || !labelled
      ? []
      : [{ name: `${name}_LABEL`, sql: label, type: 'text' as const }]),
  ];
  switch (grouping.kind) {
    case 'timePart':
      return { join: '', order: first, columns: columnsOf(`CAST(${first} AS STRING)`, undefined) };
    case 'field':
      return { join: '', order: first, columns: columnsOf(keyText(grouping.value, first), undefined) };
    case 'joined':
      return { join: '', order: first, columns: columnsOf(keyText(grouping.value, first), second) };
    case 'foreignKey': {
      const { relation, target, value, label } = grouping;
      const alias = `x${place}`;
      const names = keyNames(grouping, place);
      const pairs = relation.to.map((field, part) => ({ field, equals: `m.${names[part]}` }));
      const join = joinTo(statement, target, alias, pairs);
      const ref = columnRef(statement, target, alias, value.name);
      const labelRef = label && labelled ? columnRef(statement, target, alias, label.name) : undefined;
      return { join, order: ref, columns: columnsOf(keyText(value, ref), labelRef) };
    }
  }
}

/** A key as text, as the warehouse writes it. */
function keyText(column: Column, ref: string): string {
  if (column.type === 'String' || column.type === 'Enum') return ref;
  if (column.type === 'Boolean') return `CASE WHEN ${ref} THEN 'true' WHEN NOT ${ref} THEN 'false' END`;
  return `CAST(${ref} AS STRING)`;
}
