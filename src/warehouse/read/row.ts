// A row as SQL: its JSON object, with what hangs on it through relations.

import { type RawBuilder, sql } from 'kysely';
import { columnOf, type Model, relationOf } from '../catalogue.js';
import type { Statement } from './statement.js';
import type { FieldNode, RowNode } from './tree.js';
import { fieldRef, joinCondition } from './where.js';
import { concatenate, jsonObject, jsonText, plainText } from './wire.js';

/** The JSON text of a column that stands at the end of a path over to-one relations. */
function columnJson(
  statement: Statement,
  model: Model,
  alias: string,
  path: readonly string[],
): RawBuilder<unknown> {
  const [head, ...rest] = path;
  if (head === undefined) throw new Error(`A path over ${model.name} is empty.`);
  if (rest.length === 0) return jsonText(columnOf(model, head), fieldRef(model, alias, head));
  return throughOne(statement, model, alias, head, (target, targetAlias) =>
    columnJson(statement, target, targetAlias, rest),
  );
}

/** What a to-one relation leads to, or `null`. A key look-up for each row keeps the order of the rows. */
function throughOne(
  statement: Statement,
  model: Model,
  alias: string,
  name: string,
  value: (target: Model, targetAlias: string) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const relation = relationOf(model, name);
  const target = statement.catalogue.model(relation.model);
  const targetAlias = statement.nextAlias();
  const on = joinCondition(model, alias, relation, target, targetAlias);
  return sql`coalesce((select ${value(target, targetAlias)} from ${sql.table(target.table)} as ${sql.ref(targetAlias)} where ${on}), 'null')`;
}

/** `Type:key`; the parts of a key of several columns are joined by a slash that no part can hold. */
function identityJson(model: Model, alias: string, typeName: string, columns: readonly string[]) {
  const parts = columns.map((name) => plainText(columnOf(model, name), fieldRef(model, alias, name)));
  const escaped =
    parts.length === 1 ? parts : parts.map((part) => sql`replace(replace(${part}, '%', '%25'), '/', '%2F')`);
  const joined = escaped.flatMap((part, place) => (place === 0 ? [part] : ['/', part]));
  return sql`to_json(${concatenate([`${typeName}:`, ...joined])})::text`;
}

function fieldJson(statement: Statement, model: Model, alias: string, field: FieldNode) {
  switch (field.kind) {
    case 'constant':
      return field.json;
    case 'column':
      return columnJson(statement, model, alias, field.path);
    case 'identity':
      return identityJson(model, alias, field.typeName, field.columns);
    case 'object':
      return throughOne(statement, model, alias, field.relation, (_, targetAlias) =>
        rowJson(statement, field.row, targetAlias),
      );
    case 'list': {
      const relation = relationOf(model, field.relation);
      const target = statement.catalogue.model(relation.model);
      return statement.listJson(statement, field.list, (listAlias) =>
        joinCondition(model, alias, relation, target, listAlias),
      );
    }
  }
}

/** The JSON text of the object that one row, standing under the alias, becomes. */
export function rowJson(statement: Statement, node: RowNode, alias: string): RawBuilder<string> {
  const model = statement.catalogue.model(node.model);
  return jsonObject(
    node.fields.map((field) => ({ key: field.key, json: fieldJson(statement, model, alias, field) })),
  );
}
