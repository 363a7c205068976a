// A connection as SQL: a page of rows, its edges, cursors, page info, counts and aggregates, as one JSON text.

import { type RawBuilder, sql } from 'kysely';
import { createJoins, type Joins } from './joins.js';
import {
  cursorText,
  joined,
  orderColumns,
  type Page,
  pageRows,
  pageValue,
  type Source,
  whereOf,
} from './page.js';
import { columnsOfRow, rowJson } from './row.js';
import type { Statement } from './statement.js';
import type { AggregateItem, EdgeFieldNode, ListFieldNode, ListNode, PageField, RowNode } from './tree.js';
import type { BooleanSql } from './where.js';
import { concatenate, jsonObject } from './wire.js';

interface Member {
  readonly key: string;
  readonly json: string | RawBuilder<unknown>;
}

function edgeJson(statement: Statement, alias: string, fields: readonly EdgeFieldNode[], joins: Joins) {
  return jsonObject(
    fields.map((field): Member => {
      if (field.kind === 'constant') return field;
      if (field.kind === 'cursor')
        return { key: field.key, json: concatenate(['"', cursorText(alias), '"']) };
      return { key: field.key, json: rowJson(statement, field.row, alias, joins) };
    }),
  );
}

/** A value over every row of the list, whatever the page. */
function overAll(statement: Statement, source: Source, value: (alias: string) => RawBuilder<unknown>) {
  const { model, alias } = source;
  return sql`(select ${value(alias)} from ${sql.table(model.table)} as ${sql.ref(alias)}${whereOf(statement, source, false)})`;
}

/** The objects of an aggregates field: one pass over the list's rows gives all of their values. */
function aggregatesJson(statement: Statement, source: Source, items: readonly AggregateItem[]) {
  const objects = (alias: string) =>
    items.flatMap((item, place) => [
      place === 0 ? '[' : ',',
      jsonObject(
        item.map(({ key, json }) => ({ key, json: typeof json === 'string' ? json : json.json(alias) })),
      ),
    ]);
  if (items.length === 0) return '[]';
  // Without an aggregate among them, a select over the rows would give one text for each row.
  const reads = items.some((item) => item.some(({ json }) => typeof json !== 'string'));
  if (!reads) return concatenate([...objects(source.alias), ']']);
  return overAll(statement, source, (alias) => concatenate([...objects(alias), ']']));
}

/** The text that each row of the page brings for a field, if it brings any. */
function rowText(statement: Statement, field: ListFieldNode, alias: string, joins: Joins) {
  if (field.kind === 'edges') return edgeJson(statement, alias, field.fields, joins);
  if (field.kind === 'nodes') return rowJson(statement, field.row, alias, joins);
  return undefined;
}

/** The value of a field of the connection; `column` is where the rows of the page bring their texts. */
function listMember(statement: Statement, field: ListFieldNode, source: Source, page: Page, column: string) {
  switch (field.kind) {
    case 'constant':
      return field.json;
    case 'edges':
    case 'nodes':
      return concatenate(['[', joined(page, column), ']']);
    case 'pageInfo':
      return jsonObject(
        field.fields.map((inner) =>
          inner.kind === 'constant' ? inner : { key: inner.key, json: pageValue(page, inner.field) },
        ),
      );
    case 'totalCount':
      return overAll(statement, source, () => sql`count(*)::text`);
    case 'aggregates':
      return aggregatesJson(statement, source, field.items);
  }
}

function wants(fields: readonly ListFieldNode[], wanted: readonly PageField[]): boolean {
  return fields.some(
    (field) =>
      field.kind === 'pageInfo' &&
      field.fields.some((inner) => inner.kind === 'page' && wanted.includes(inner.field)),
  );
}

function wantsEdgeCursors(fields: readonly ListFieldNode[]): boolean {
  return fields.some(
    (field) => field.kind === 'edges' && field.fields.some((inner) => inner.kind === 'cursor'),
  );
}

/** The objects that are made of each row of the page. */
function rowsOf(fields: readonly ListFieldNode[]): RowNode[] {
  return fields.flatMap((field) => {
    if (field.kind === 'nodes') return [field.row];
    if (field.kind !== 'edges') return [];
    return field.fields.flatMap((inner) => (inner.kind === 'node' ? [inner.row] : []));
  });
}

/**
 * The JSON text of a connection. `parent` joins it to the row it belongs to. The page is read once, in index
 * order where there is an index; to-one relations are joined to the page, and lists that hang on its rows are
 * read for each of them.
 */
export function listJson(
  statement: Statement,
  node: ListNode,
  parent: ((alias: string) => BooleanSql) | null,
): RawBuilder<unknown> {
  const alias = statement.nextAlias();
  const read = statement.reads[node.read];
  if (!read) throw new Error(`The read ${node.read} of the tree has no arguments.`);
  const source: Source = {
    model: statement.catalogue.model(node.model),
    alias,
    read,
    join: parent ? parent(alias) : null,
  };
  const joins = createJoins(statement.catalogue, statement.nextAlias);
  const columns = node.fields.flatMap((field, place) => {
    const text = rowText(statement, field, alias, joins);
    return text ? [sql`${text} as ${sql.ref(`c${place}`)}`] : [];
  });
  const page: Page = {
    alias: statement.nextAlias(),
    read,
    lookAhead: wants(node.fields, [read.backward ? 'hasPreviousPage' : 'hasNextPage']),
    ordered: read.backward || !joins.isEmpty,
  };
  const json = jsonObject(
    node.fields.map((field, place) => ({
      key: field.key,
      json: listMember(statement, field, source, page, `c${place}`),
    })),
  );
  const pageCursors = read.take > 0 && wants(node.fields, ['startCursor', 'endCursor']);
  // With nothing to gather from the rows, a select over them would give one text for each.
  if (columns.length === 0 && !page.lookAhead && !pageCursors) return json;
  if (pageCursors) columns.push(sql`${cursorText(alias)} as cursor`);
  if (page.ordered) columns.push(...orderColumns(alias, read));
  if (columns.length === 0) columns.push(sql`1 as one`);
  const cursor = pageCursors || wantsEdgeCursors(node.fields);
  const fields = new Set(rowsOf(node.fields).flatMap((row) => columnsOfRow(statement, row)));
  const rows = pageRows(statement, source, page, { fields, cursor });
  const from = sql`(${rows}) as ${sql.ref(alias)}${joins.sql()}`;
  return sql`(select ${json} from (select ${sql.join(columns)} from ${from}) as ${sql.ref(page.alias)})`;
}
