// A row as SQL: its JSON object, with what hangs on it through relations.

import { type RawBuilder, sql } from 'kysely';
import { columnOf, relationOf } from '../catalogue.js';
import { followPath, isMissing, type Joins, type Place } from './joins.js';
import type { Statement } from './statement.js';
import type { FieldNode, RowNode } from './tree.js';
import { fieldRef, joinCondition } from './where.js';
import { concatenate, jsonObject, jsonText, plainText } from './wire.js';

/** The JSON text of a column that stands at the end of a path over to-one relations. */
function columnJson(joins: Joins, from: Place, path: readonly string[]): RawBuilder<unknown> {
  const { model, alias, field } = followPath(joins, from, path);
  const column = columnOf(model, field);
  // The row that holds the column may be missing, whatever the column itself allows.
  return jsonText({ ...column, nullable: column.nullable || path.length > 1 }, fieldRef(model, alias, field));
}

/** `Type:key`; the parts of a key of several columns are joined by a slash that no part can hold. */
function identityJson({ model, alias }: Place, typeName: string, columns: readonly string[]) {
  const parts = columns.map((name) => plainText(columnOf(model, name), fieldRef(model, alias, name)));
  const escaped =
    parts.length === 1 ? parts : parts.map((part) => sql`replace(replace(${part}, '%', '%25'), '/', '%2F')`);
  const joined = escaped.flatMap((part, place) => (place === 0 ? [part] : ['/', part]));
  return sql`to_json(${concatenate([`${typeName}:`, ...joined])})::text`;
}

function objectJson(statement: Statement, from: Place, relation: string, row: RowNode, joins: Joins) {
  const place = joins.follow(from, relation);
  const object = placeJson(statement, row, place, joins);
  return sql`case when ${isMissing(place)} then 'null' else ${object} end`;
}

function fieldJson(statement: Statement, place: Place, field: FieldNode, joins: Joins) {
  switch (field.kind) {
    case 'constant':
      return field.json;
    case 'column':
      return columnJson(joins, place, field.path);
    case 'identity':
      return identityJson(place, field.typeName, field.columns);
    case 'object':
      return objectJson(statement, place, field.relation, field.row, joins);
    case 'list': {
      const relation = relationOf(place.model, field.relation);
      const target = statement.catalogue.model(relation.model);
      return statement.listJson(statement, field.list, (alias) =>
        joinCondition(place.model, place.alias, relation, target, alias),
      );
    }
  }
}

function placeJson(statement: Statement, node: RowNode, place: Place, joins: Joins): RawBuilder<string> {
  return jsonObject(
    node.fields.map((field) => ({ key: field.key, json: fieldJson(statement, place, field, joins) })),
  );
}

/** The columns that a row's fields read of their own table; what hangs on the row is joined by its keys. */
export function columnsOfRow(statement: Statement, node: RowNode): string[] {
  const model = statement.catalogue.model(node.model);
  return node.fields.flatMap((field): readonly string[] => {
    switch (field.kind) {
      case 'constant':
        return [];
      case 'column': {
        const [head = '', ...rest] = field.path;
        return rest.length === 0 ? [head] : relationOf(model, head).from;
      }
      case 'identity':
        return field.columns;
      default:
        return relationOf(model, field.relation).from;
    }
  });
}

/** The JSON text of the object that one row, standing under the alias, becomes; it may need more `joins`. */
export function rowJson(
  statement: Statement,
  node: RowNode,
  alias: string,
  joins: Joins,
): RawBuilder<string> {
  return placeJson(statement, node, { model: statement.catalogue.model(node.model), alias }, joins);
}
