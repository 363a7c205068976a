// What all parts of one query on an engine share while it is written: its common tables, and the columns that it reads.

import { type Catalogue, type Column, columnOf, type Model } from '../warehouse/catalogue.js';
import type { EngineRead, EngineTables } from './emit-engine.js';
import { columnTypeOf, type EngineSyntax, quoted } from './emit-engine-syntax.js';

/** What all parts of one query share while it is written. */
export interface EngineStatement {
  readonly syntax: EngineSyntax;
  readonly catalogue: Catalogue;
  readonly tables: EngineTables;
  /** The common table expressions so far, in order. */
  readonly ctes: { readonly name: string; readonly query: string }[];
  /** The columns that are read, by model. */
  readonly reads: Map<Model, Set<Column>>;
}

export function openStatement(
  syntax: EngineSyntax,
  catalogue: Catalogue,
  tables: EngineTables,
): EngineStatement {
  return { syntax, catalogue, tables, ctes: [], reads: new Map() };
}

/** Adds a common table expression; returns its name. */
export function addCte({ ctes }: EngineStatement, name: string, query: string): string {
  ctes.push({ name, query });
  return name;
}

export function withCtes({ ctes }: EngineStatement, body: string): string {
  const parts = ctes.map(({ name, query }) => `${name} AS (\n  ${query}\n)`);
  return `WITH ${parts.join(', ')}\n${body}`;
}

export function readsOf({ reads }: EngineStatement): EngineRead[] {
  return [...reads].map(([model, columns]) => ({ model, columns: [...columns] }));
}

/** A column of the table under an alias, noted as read. */
export function columnRef(
  { syntax, reads }: EngineStatement,
  model: Model,
  alias: string,
  field: string,
): string {
  const column = columnOf(model, field);
  columnTypeOf(syntax, model, column);
  reads.set(model, (reads.get(model) ?? new Set()).add(column));
  return `${alias}.${quoted(column.column)}`;
}

/** A join that adds at most one row to each. */
export function joinTo(
  statement: EngineStatement,
  target: Model,
  alias: string,
  pairs: readonly { readonly field: string; readonly equals: string }[],
): string {
  const on = pairs.map(({ field, equals }) => `${columnRef(statement, target, alias, field)} = ${equals}`);
  return `\n  LEFT JOIN ${statement.tables.table(target)} AS ${alias} ON ${on.join(' AND ')}`;
}
