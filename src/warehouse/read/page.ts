// A page of a list as SQL: which rows, in which order, and how their texts become one value.

import { type RawBuilder, sql } from 'kysely';
import { columnOf, type Model } from '../catalogue.js';
import { createJoins, followPath } from './joins.js';
import type { Statement } from './statement.js';
import type { OrderTerm, PageField, Read } from './tree.js';
import { type BooleanSql, fieldRef, whereExpression } from './where.js';
import { plainText } from './wire.js';

/** The rows that a list stands for: a table under an alias, what joins it to its parent, and what is asked of it. */
export interface Source {
  readonly model: Model;
  readonly alias: string;
  readonly read: Read;
  readonly join: BooleanSql | null;
}

/** How the rows of a page come. */
export interface Page {
  readonly alias: string;
  readonly read: Read;
  /** One row more is read, to know whether there is one; it is dropped. */
  readonly lookAhead: boolean;
  /** The rows bring the values of their ordering, because they come from their end or because joins may mix them. */
  readonly ordered: boolean;
}

/** The column in which a row of an ordered page brings a value of its ordering. */
function orderColumn(place: number): string {
  return `order_${place}`;
}

/** The columns of the ordering's values, by way of the alias. */
export function orderColumns(alias: string, read: Read): RawBuilder<unknown>[] {
  return read.order.map((_, place) => sql.ref(`${alias}.${orderColumn(place)}`));
}

/** ORDER BY for an aggregate over the page: the order of the list, whatever way its rows were read. */
function listOrder({ alias, read, ordered }: Page): RawBuilder<unknown> {
  if (!ordered) return sql``;
  const terms = orderColumns(alias, read).map((ref, place) =>
    read.order[place]?.direction === 'desc' ? sql`${ref} desc` : ref,
  );
  return sql` order by ${sql.join(terms)}`;
}

/** The WHERE of a list's rows; `withSeek` for those of the page, without for those of the whole list. */
export function whereOf(statement: Statement, source: Source, withSeek: boolean): RawBuilder<unknown> {
  const { model, alias, read, join } = source;
  const parts: BooleanSql[] = join ? [join] : [];
  for (const condition of [read.condition, withSeek ? read.seek : null]) {
    if (!condition || (condition.op === 'and' && condition.items.length === 0)) continue;
    parts.push(whereExpression(statement.catalogue, model, alias, condition, statement.nextAlias));
  }
  return parts.length === 0 ? sql`` : sql` where ${sql.join(parts, sql` and `)}`;
}

/** Names an ordering inside a cursor, so that a cursor of another ordering is recognised. */
export function orderSignature(order: readonly OrderTerm[]): string {
  return order.map((term) => `${term.path.join('.')}${term.direction === 'desc' ? '-' : '+'}`).join();
}

/** The cursor of a row whose ordering values were brought along by `pageRows`. */
export function cursorText(alias: string): RawBuilder<string> {
  const json = sql`array_to_json(${sql.ref(`${alias}.cursor_values`)})::text`;
  return sql<string>`translate(encode(convert_to(${json}, 'UTF8'), 'base64'), E'+/=\n', '-_')`;
}

/** The rows of the page, in the direction they are read, each with the fields that are wanted of it. */
export function pageRows(
  statement: Statement,
  source: Source,
  page: Page,
  wanted: { readonly fields: ReadonlySet<string>; readonly cursor: boolean },
): RawBuilder<unknown> {
  const { model, alias, read } = source;
  const joins = createJoins(statement.catalogue, statement.nextAlias);
  const columns = read.order.map((term) => {
    const at = followPath(joins, { model, alias }, term.path);
    return { term, column: columnOf(at.model, at.field), ref: fieldRef(at.model, at.alias, at.field) };
  });
  const order = columns.map(({ term, ref }) =>
    (term.direction === 'desc') !== read.backward ? sql`${ref} desc` : ref,
  );
  const signature = sql`${sql.lit(orderSignature(read.order))}::text`;
  const values = columns.map(({ column, ref }) => plainText(column, ref));
  const brought = [...wanted.fields].map((field) => fieldRef(model, alias, field));
  if (page.ordered)
    brought.push(...columns.map(({ ref }, place) => sql`${ref} as ${sql.ref(orderColumn(place))}`));
  if (wanted.cursor) brought.push(sql`array[${sql.join([signature, ...values])}] as cursor_values`);
  if (brought.length === 0) brought.push(sql`1 as one`);
  const from = sql`${sql.table(model.table)} as ${sql.ref(alias)}${joins.sql()}`;
  const limit = sql.lit(read.take + (page.lookAhead ? 1 : 0));
  return sql`select ${sql.join(brought)} from ${from}${whereOf(statement, source, true)} order by ${sql.join(order)} limit ${limit}`;
}

/** What is left of an array over the page when the row that was read ahead is dropped: it came last of the reading. */
function kept(array: RawBuilder<unknown>, { read, lookAhead }: Page): RawBuilder<unknown> {
  if (!lookAhead) return array;
  if (read.backward) return sql`(${array})[greatest(count(*) - ${sql.lit(read.take)}, 0)::int + 1 :]`;
  return sql`(${array})[1:${sql.lit(read.take)}]`;
}

/** The texts of a column of the page's rows, joined by commas in the order of the list. */
export function joined(page: Page, column: string): RawBuilder<unknown> {
  const ref = sql.ref(`${page.alias}.${column}`);
  if (!page.lookAhead) return sql`coalesce(string_agg(${ref}, ','${listOrder(page)}), '')`;
  return sql`coalesce(array_to_string(${kept(sql`array_agg(${ref}${listOrder(page)})`, page)}, ','), '')`;
}

/** A value of the page info; the cursors stand in the column `cursor`. */
export function pageValue(page: Page, field: PageField): string | RawBuilder<unknown> {
  const { alias, read } = page;
  const more = sql`(count(*) > ${sql.lit(read.take)})::text`;
  if (field === 'hasNextPage') return read.backward ? String(read.hasBefore) : more;
  if (field === 'hasPreviousPage') return read.backward ? more : String(read.hasAfter);
  if (read.take === 0) return 'null';
  const cursors = kept(sql`array_agg(${sql.ref(`${alias}.cursor`)}${listOrder(page)})`, page);
  const last = sql`least(count(*), ${sql.lit(read.take)})::int`;
  return sql`coalesce('"' || (${cursors})[${field === 'startCursor' ? sql`1` : last}] || '"', 'null')`;
}
