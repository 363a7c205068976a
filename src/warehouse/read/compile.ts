// Compiles a root field of a request into one statement that returns its finished JSON text.

import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../core/scope.js';
import { type Catalogue, columnOf } from '../catalogue.js';
import type { Database } from '../database.js';
import type { BoundValue } from './bind.js';
import { isSlot, type Slot } from './condition.js';
import { createJoins } from './joins.js';
import { listJson } from './list.js';
import { rowJson } from './row.js';
import type { Statement } from './statement.js';
import type { Envelope, NodeType, Read, RootNode } from './tree.js';
import { aliasCounter, fieldRef, whereExpression } from './where.js';
import { concatenate } from './wire.js';

export interface CompiledRead {
  readonly text: string;
  /** The parameters in the order of the text: a slot to be bound, or a value that never varies. */
  readonly parameters: readonly (Slot | BoundValue | null)[];
}

/** What a root field of kind `nodes` binds: for each id its type, and the parts of its key. */
function nodesJson(statement: Statement, types: readonly NodeType[], ids: Slot): RawBuilder<unknown> {
  const asked = statement.nextAlias();
  const branches = types.map((type) => {
    const model = statement.catalogue.model(type.row.model);
    const alias = statement.nextAlias();
    const keys = type.columns.map((name, place) => {
      const column = columnOf(model, name);
      const cast = column.type === 'Int' ? sql`::int` : sql``;
      return sql`${fieldRef(model, alias, name)} = (${sql.ref(`${asked}.id`)} ->> ${sql.lit(place + 1)}::int)${cast}`;
    });
    const joins = createJoins(statement.catalogue, statement.nextAlias);
    const row = rowJson(statement, type.row, alias, joins);
    return sql`when ${sql.lit(type.typeName)} then (select ${row} from ${sql.table(model.table)} as ${sql.ref(alias)}${joins.sql()} where ${sql.join(keys, sql` and `)})`;
  });
  const chosen =
    branches.length === 0
      ? sql`null::text`
      : sql`case ${sql.ref(`${asked}.id`)} ->> 0 ${sql.join(branches, sql` `)} end`;
  return sql`(select '[' || coalesce(string_agg(coalesce(${chosen}, 'null'), ',' order by ${sql.ref(`${asked}.place`)}), '') || ']' from jsonb_array_elements(${ids}::jsonb) with ordinality as ${sql.ref(asked)}(id, place))`;
}

function rootJson(statement: Statement, root: RootNode, ids: Slot): RawBuilder<unknown> {
  switch (root.kind) {
    case 'list':
      return statement.listJson(statement, root.list, null);
    case 'nodes':
      return nodesJson(statement, root.types, ids);
    case 'row': {
      const model = statement.catalogue.model(root.row.model);
      const alias = statement.nextAlias();
      const read = statement.reads[root.read];
      if (!read) throw new Error(`The read ${root.read} of the tree has no arguments.`);
      const { catalogue, nextAlias } = statement;
      const where = whereExpression(catalogue, model, alias, read.condition, nextAlias);
      const joins = createJoins(catalogue, nextAlias);
      const row = rowJson(statement, root.row, alias, joins);
      return sql`coalesce((select ${row} from ${sql.table(model.table)} as ${sql.ref(alias)}${joins.sql()} where ${where}), 'null')`;
    }
  }
}

/**
 * Compiles a root field. The text holds no value of the request: `reads` bear slots, and `ids` is the slot of
 * the ids that a field of kind `nodes` looks up, as a JSON array of `[type, ...key]`.
 */
export function compileRead(
  kysely: Database['kysely'],
  catalogue: Catalogue,
  scope: Scope,
  root: RootNode,
  reads: readonly Read[],
  ids: Slot,
  envelope: Envelope = { head: '', tail: '' },
): CompiledRead {
  const statement: Statement = { catalogue, scope, reads, nextAlias: aliasCounter('t'), listJson };
  const json = concatenate([envelope.head, rootJson(statement, root, ids), envelope.tail]);
  const compiled = sql`select ${json} as json`.compile(kysely);
  return { text: compiled.sql, parameters: compiled.parameters.map(parameter) };
}

function parameter(value: unknown): Slot | BoundValue | null {
  if (value === null || isSlot(value)) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(String);
  throw new Error('A statement binds a value of a kind that the database driver cannot write.');
}
