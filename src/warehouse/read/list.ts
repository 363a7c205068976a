// A connection as SQL: a page of rows, its edges, cursors, page info, counts and aggregates, as one JSON text.

import { type RawBuilder, sql } from 'kysely';
import { columnOf, type Model, relationOf } from '../catalogue.js';
import { rowJson } from './row.js';
import type { Statement } from './statement.js';
import type {
  AggregateItem,
  EdgeFieldNode,
  ListFieldNode,
  ListNode,
  OrderTerm,
  PageField,
  Read,
} from './tree.js';
import { type BooleanSql, fieldRef, joinCondition, whereExpression } from './where.js';
import { concatenate, jsonObject, plainText } from './wire.js';

/** The rows that a list stands for, before ordering: a table under an alias and what joins it to its parent. */
interface Source {
  readonly model: Model;
  readonly alias: string;
  readonly read: Read;
  readonly join: BooleanSql | null;
}

/** The joins and references that an ordering needs; to-one joins never add or lose rows. */
function orderRefs(statement: Statement, model: Model, alias: string, order: readonly OrderTerm[]) {
  const joins: RawBuilder<unknown>[] = [];
  const aliases = new Map<string, string>();
  const refs = order.map((term) => {
    let at = { model, alias };
    let path = '';
    for (const name of term.path.slice(0, -1)) {
      path += `${name}.`;
      const relation = relationOf(at.model, name);
      const target = statement.catalogue.model(relation.model);
      let joined = aliases.get(path);
      if (joined === undefined) {
        joined = statement.nextAlias();
        aliases.set(path, joined);
        const on = joinCondition(at.model, at.alias, relation, target, joined);
        joins.push(sql`left join ${sql.table(target.table)} as ${sql.ref(joined)} on ${on}`);
      }
      at = { model: target, alias: joined };
    }
    const field = term.path.at(-1) ?? '';
    return { term, column: columnOf(at.model, field), ref: fieldRef(at.model, at.alias, field) };
  });
  return { joins, refs };
}

function whereOf(statement: Statement, source: Source, withSeek: boolean): RawBuilder<unknown> {
  const { model, alias, read, join } = source;
  const parts: BooleanSql[] = join ? [join] : [];
  for (const condition of [read.condition, withSeek ? read.seek : null]) {
    if (!condition || (condition.op === 'and' && condition.items.length === 0)) continue;
    parts.push(whereExpression(statement.catalogue, model, alias, condition, statement.nextAlias));
  }
  return parts.length === 0 ? sql`` : sql` where ${sql.join(parts, sql` and `)}`;
}

/** The rows of the page, in the direction they are read, each with its order's values where cursors need them. */
function pageRows(statement: Statement, source: Source, limit: number, withCursor: boolean) {
  const { model, alias, read } = source;
  const { joins, refs } = orderRefs(statement, model, alias, read.order);
  const terms = refs.map(({ term, ref }) => {
    const descending = (term.direction === 'desc') !== read.backward;
    return descending ? sql`${ref} desc` : ref;
  });
  const joinSql = joins.length === 0 ? sql`` : sql` ${sql.join(joins, sql` `)}`;
  const signature = sql`${sql.lit(orderSignature(read.order))}::text`;
  const values = refs.map(({ column, ref }) => plainText(column, ref));
  const cursorValues = withCursor
    ? sql`, array[${sql.join([signature, ...values])}] as cursor_values`
    : sql``;
  return sql`select ${sql.table(alias)}.*${cursorValues} from ${sql.table(model.table)} as ${sql.ref(alias)}${joinSql}${whereOf(statement, source, true)} order by ${sql.join(terms)} limit ${sql.lit(limit)}`;
}

/** Names an ordering inside a cursor, so that a cursor of another ordering is recognised. */
export function orderSignature(order: readonly OrderTerm[]): string {
  return order.map((term) => `${term.path.join('.')}${term.direction === 'desc' ? '-' : '+'}`).join();
}

function cursorText(alias: string): RawBuilder<string> {
  const json = sql`array_to_json(${sql.ref(`${alias}.cursor_values`)})::text`;
  return sql<string>`translate(encode(convert_to(${json}, 'UTF8'), 'base64'), E'+/=\n', '-_')`;
}

function edgeJson(statement: Statement, alias: string, fields: readonly EdgeFieldNode[]) {
  return jsonObject(
    fields.map((field) => {
      if (field.kind === 'constant') return field;
      if (field.kind === 'cursor')
        return { key: field.key, json: concatenate(['"', cursorText(alias), '"']) };
      return { key: field.key, json: rowJson(statement, field.row, alias) };
    }),
  );
}

/** How the columns of the page's rows become one value: slices drop the row that was read to look ahead. */
interface Page {
  readonly alias: string;
  readonly read: Read;
  readonly lookAhead: boolean;
}

function joined(page: Page, column: string): RawBuilder<unknown> {
  const { alias, read, lookAhead } = page;
  const ref = sql.ref(`${alias}.${column}`);
  const place = sql.ref(`${alias}.place`);
  if (read.backward) {
    const filter = lookAhead ? sql` filter (where ${place} <= ${sql.lit(read.take)})` : sql``;
    return sql`coalesce(string_agg(${ref}, ',' order by ${place} desc)${filter}, '')`;
  }
  if (!lookAhead) return sql`coalesce(string_agg(${ref}, ','), '')`;
  return sql`coalesce(array_to_string((array_agg(${ref}))[1:${sql.lit(read.take)}], ','), '')`;
}

function pageValue(page: Page, field: PageField): string | RawBuilder<unknown> {
  const { alias, read } = page;
  const more = sql`(count(*) > ${sql.lit(read.take)})::text`;
  if (field === 'hasNextPage') return read.backward ? String(read.hasBefore) : more;
  if (field === 'hasPreviousPage') return read.backward ? more : String(read.hasAfter);
  if (read.take === 0) return 'null';
  const nearest = (field === 'startCursor') !== read.backward;
  const place = nearest ? sql`1` : sql`least(count(*), ${sql.lit(read.take)})::int`;
  const cursors = read.backward
    ? sql`array_agg(${sql.ref(`${alias}.cursor`)} order by ${sql.ref(`${alias}.place`)})`
    : sql`array_agg(${sql.ref(`${alias}.cursor`)})`;
  return sql`coalesce('"' || (${cursors})[${place}] || '"', 'null')`;
}

function needs(fields: readonly ListFieldNode[], wanted: readonly PageField[]): boolean {
  return fields.some(
    (field) =>
      field.kind === 'pageInfo' &&
      field.fields.some((inner) => inner.kind === 'page' && wanted.includes(inner.field)),
  );
}

interface Member {
  readonly key: string;
  readonly json: string | RawBuilder<unknown>;
}

/** The members of the connection's object, and the columns that the page must bring for them. */
function members(statement: Statement, node: ListNode, source: Source, page: Page) {
  const columns: RawBuilder<unknown>[] = [];
  const bring = (json: RawBuilder<unknown>): string => {
    const name = `c${columns.length}`;
    columns.push(sql`${json} as ${sql.ref(name)}`);
    return name;
  };
  const member = (field: ListFieldNode): Member => {
    switch (field.kind) {
      case 'constant':
        return field;
      case 'edges': {
        const column = bring(edgeJson(statement, source.alias, field.fields));
        return { key: field.key, json: concatenate(['[', joined(page, column), ']']) };
      }
      case 'nodes': {
        const column = bring(rowJson(statement, field.row, source.alias));
        return { key: field.key, json: concatenate(['[', joined(page, column), ']']) };
      }
      case 'pageInfo':
        return {
          key: field.key,
          json: jsonObject(
            field.fields.map((inner) =>
              inner.kind === 'constant' ? inner : { key: inner.key, json: pageValue(page, inner.field) },
            ),
          ),
        };
      case 'totalCount':
        return { key: field.key, json: overAll(statement, source, () => sql`count(*)::text`) };
      case 'aggregates':
        return { key: field.key, json: aggregatesJson(statement, source, field.items) };
    }
  };
  return { parts: node.fields.map(member), columns };
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

/** A value over every row of the list, whatever the page. */
function overAll(statement: Statement, source: Source, value: (alias: string) => RawBuilder<unknown>) {
  const { model, alias } = source;
  return sql`(select ${value(alias)} from ${sql.table(model.table)} as ${sql.ref(alias)}${whereOf(statement, source, false)})`;
}

/**
 * The JSON text of a connection. `parent` joins it to the row it belongs to. The page is read once, in
 * index order where there is an index; what hangs on its rows is read row by row through keys, so the
 * order of the page is kept without sorting again.
 */
export function listJson(
  statement: Statement,
  node: ListNode,
  parent: ((alias: string) => BooleanSql) | null,
): RawBuilder<unknown> {
  const model = statement.catalogue.model(node.model);
  const alias = statement.nextAlias();
  const read = statement.reads[node.read];
  if (!read) throw new Error(`The read ${node.read} of the tree has no arguments.`);
  const lookAhead = needs(node.fields, [read.backward ? 'hasPreviousPage' : 'hasNextPage']);
  const pageCursors = needs(node.fields, ['startCursor', 'endCursor']);
  const edgeCursors = node.fields.some(
    (field) => field.kind === 'edges' && field.fields.some((inner) => inner.kind === 'cursor'),
  );
  const source: Source = { model, alias, read, join: parent ? parent(alias) : null };
  const page: Page = { alias: statement.nextAlias(), read, lookAhead };
  const { parts, columns } = members(statement, node, source, page);
  const readsCursors = pageCursors && read.take > 0;
  // With nothing to gather from the rows, a select over them would give one text for each.
  if (columns.length === 0 && !lookAhead && !readsCursors) return jsonObject(parts);
  if (readsCursors) columns.push(sql`${cursorText(alias)} as cursor`);
  if (read.backward) columns.push(sql`row_number() over () as place`);
  if (columns.length === 0) columns.push(sql`1 as one`);
  const rows = pageRows(statement, source, read.take + (lookAhead ? 1 : 0), pageCursors || edgeCursors);
  return sql`(select ${jsonObject(parts)} from (select ${sql.join(columns)} from (${rows}) as ${sql.ref(alias)}) as ${sql.ref(page.alias)})`;
}
