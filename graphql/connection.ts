// Connections over rows of the warehouse: their types, and the resolvers that the planner stands in front of.

import type { ObjectRef } from '@pothos/core';
import { allOf, type Condition } from '../src/warehouse/read/condition.js';
import type { Read } from '../src/warehouse/read/tree.js';
import { type BuilderTypes, builder } from './builder.js';
import type { GatewayContext } from './context.js';
import { cursorText, encodeCursor } from './cursor.js';
import { readExtension } from './extensions.js';
import { columnAt, type ModelApi } from './model.js';
import { delegateOf, prismaWhere } from './prisma-query.js';

export type Types = PothosSchemaTypes.ExtendDefaultTypes<BuilderTypes>;

/** A row as the Prisma client loads it: all of its columns, and the relations that were asked for. */
export type Row = object;

/** A page of rows as the plugin's own path loads it. */
export interface ConnectionValue {
  readonly api: ModelApi;
  readonly read: Read;
  /** In the order of the list; the row that was read ahead is gone. */
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  /** What joins the rows to the row that they belong to. */
  readonly base: Condition;
}

export interface EdgeValue {
  readonly connection: ConnectionValue;
  readonly row: Row;
}

/** Puts rows that were read one ahead, perhaps from their end, into the order of the list. */
export function connectionValue(
  api: ModelApi,
  read: Read,
  loaded: readonly Row[],
  base: Condition,
): ConnectionValue {
  const rows = loaded.slice(0, read.take);
  if (read.backward) rows.reverse();
  return { api, read, rows, hasMore: loaded.length > read.take, base };
}

function valueAt(row: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, field) => (typeof value === 'object' && value !== null ? Reflect.get(value, field) : null),
    row,
  );
}

function cursorOf({ api, read }: ConnectionValue, row: Row | undefined): string | null {
  if (!row) return null;
  const values = read.order.map((term) => cursorText(columnAt(api.name, term.path), valueAt(row, term.path)));
  return encodeCursor(read.order, values);
}

/** How many rows the list has in all, whatever the page. */
function countRows({ api, read, base }: ConnectionValue, context: GatewayContext): Promise<number> {
  const where = prismaWhere(api.name, allOf([base, read.condition]));
  return delegateOf<Row>(context.prisma, api.name).count({ where });
}

interface PageInfoValue {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

const pageInfo = builder.objectRef<PageInfoValue>('PageInfo').implement({
  description: 'Where a page of a list begins and ends, and whether there is more.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      description: 'Whether rows follow this page; ask for them with `after: endCursor`.',
      extensions: readExtension({ kind: 'page', field: 'hasNextPage' }),
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Whether rows precede this page; ask for them with `before: startCursor`.',
      extensions: readExtension({ kind: 'page', field: 'hasPreviousPage' }),
    }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'The cursor of the first row of the page; null when the page is empty.',
      extensions: readExtension({ kind: 'page', field: 'startCursor' }),
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'The cursor of the last row of the page; null when the page is empty.',
      extensions: readExtension({ kind: 'page', field: 'endCursor' }),
    }),
  }),
});

function pageInfoOf(value: ConnectionValue): PageInfoValue {
  const { read, rows, hasMore } = value;
  return {
    hasNextPage: read.backward ? read.hasBefore : hasMore,
    hasPreviousPage: read.backward ? hasMore : read.hasAfter,
    startCursor: cursorOf(value, rows[0]),
    endCursor: cursorOf(value, rows.at(-1)),
  };
}

function edgeType(name: string, node: ObjectRef<Types, Row>) {
  return builder.objectRef<EdgeValue>(`${name}Edge`).implement({
    description: `One ${name} of a list, with its place in it.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The place of this row in the list; pass it as `after` or `before`.',
        extensions: readExtension({ kind: 'cursor' }),
        resolve: ({ connection, row }) => cursorOf(connection, row) ?? '',
      }),
      node: t.field({
        type: node,
        description: 'The row itself.',
        extensions: readExtension({ kind: 'node' }),
        resolve: ({ row }) => row,
      }),
    }),
  });
}

/** The connection type of a model, with edges, nodes, page info and a count that is taken only when asked for. */
export function connectionType(name: string, node: ObjectRef<Types, Row>) {
  const edge = edgeType(name, node);
  return builder.objectRef<ConnectionValue>(`${name}Connection`).implement({
    description: `A page of ${name} rows.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'The rows of the page, each with its cursor.',
        extensions: readExtension({ kind: 'edges' }),
        resolve: (connection) => connection.rows.map((row) => ({ connection, row })),
      }),
      nodes: t.field({
        type: [node],
        description: 'The rows of the page, without cursors.',
        extensions: readExtension({ kind: 'nodesOfList' }),
        resolve: (connection) => [...connection.rows],
      }),
      pageInfo: t.field({
        type: pageInfo,
        description: 'Whether there are rows before or after this page, and how to get them.',
        extensions: readExtension({ kind: 'pageInfo' }),
        resolve: pageInfoOf,
      }),
      totalCount: t.int({
        description: 'How many rows the list has in all; counted only when you ask for it.',
        extensions: readExtension({ kind: 'totalCount' }),
        resolve: (connection, _args, context) => countRows(connection, context),
      }),
    }),
  });
}
