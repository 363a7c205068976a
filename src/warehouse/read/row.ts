// A row as SQL: its JSON object, with what hangs on it through relations.

import { type RawBuilder, sql } from 'kysely';
import { columnOf, relationOf } from '../catalogue.js';
import { followPath, isMissing, type Joins, type Place } from './joins.js';
import type { Statement } from './statement.js';
import type { FieldNode, RowNode } from './tree.js';
import { fieldRef, joinCondition } from './where.js';
import { concatenate, jsonObject, jsonText, jsonValue, plainText } from './wire.js';

/** The JSON text of a column that stands at the end of a path over to-one relations. */
function columnJson(joins: Joins, from: Place, path: readonly string[]): RawBuilder<unknown> {
  const { model, alias, field } = followPath(joins, from, path);
  const column = columnOf(model, field);
  // The row that holds the column may be missing, whatever the column itself allows.
  return jsonText({ ...column, nullable: column.nullable || path.length > 1 }, fieldRef(model, alias, field));
}

/** `Type:key`; the parts of a key of several columns are joined by a slash that no part can hold. */
function identityText({ model, alias }: Place, typeName: string, columns: readonly string[]) {
  const parts = columns.map((name) => plainText(columnOf(model, name), fieldRef(model, alias, name)));
  const escaped =
    parts.length === 1 ? parts : parts.map((part) => sql`replace(replace(${part}, '%', '%25'), '/', '%2F')`);
  const joined = escaped.flatMap((part, place) => (place === 0 ? [part] : ['/', part]));
  return concatenate([`${typeName}:`, ...joined]);
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
      return sql`to_json(${identityText(place, field.typeName, field.columns)})::text`;
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

/** PostgreSQL cuts longer names of columns. */
const nameBytesMax = 63;

/** The value of a field of the row's own, as `row_to_json` writes it; undefined for what is made of other rows. */
function ownValue(place: Place, field: FieldNode): RawBuilder<unknown> | undefined {
  if (field.kind === 'constant') return sql`${sql.lit(String(JSON.parse(field.json)))}::text`;
  if (field.kind === 'identity') return identityText(place, field.typeName, field.columns);
  const [name, ...rest] = field.kind === 'column' ? field.path : [];
  if (name === undefined || rest.length > 0) return undefined;
  return jsonValue(columnOf(place.model, name), fieldRef(place.model, place.alias, name));
}

/** The object of a row that needs nothing but itself: `row_to_json` writes it faster than parts can be joined. */
function recordJson(node: RowNode, place: Place, joins: Joins): RawBuilder<string> | undefined {
  const values: RawBuilder<unknown>[] = [];
  for (const field of node.fields) {
    const value = ownValue(place, field);
    if (!value || Buffer.byteLength(field.key) > nameBytesMax) return undefined;
    values.push(sql`${value} as ${sql.ref(field.key)}`);
  }
  if (values.length === 0) return undefined;
  return sql<string>`row_to_json(${joins.record(sql`${sql.join(values)}`)})::text`;
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
  const place = { model: statement.catalogue.model(node.model), alias };
  return recordJson(node, place, joins) ?? placeJson(statement, node, place, joins);
}
