// Types with a global id: how a row makes its id, and how an id finds its row.

import { typeBrandKey } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { FlywheelError } from '../src/core/errors.js';
import type { Read } from '../src/warehouse/read/tree.js';
import { builder } from './builder.js';
import type { Row } from './connection.js';
import type { GatewayContext } from './context.js';
import { type Arguments, readExtension } from './extensions.js';
import { formatKey, parseGlobalId, parseKey } from './global-id.js';
import { rowRead } from './list-arguments.js';
import { findModelApi, type ModelApi } from './model.js';
import { delegateOf, prismaWhere } from './prisma-query.js';

/** How many ids `nodes` takes at once. */
export const nodeIdsMax = 100;

/** The key part of a row's global id. */
export function keyOf(api: ModelApi, row: object): string {
  return formatKey(api.key.map((field) => Reflect.get(row, field)));
}

/** The parts of a key as the warehouse compares them, or undefined when no row can have it. */
export function keyParts(api: ModelApi, key: string): string[] | undefined {
  return keyRead(api, key) && parseKey(key, api.key.length);
}

/** The read of the row with that key, or undefined when no row can have it. */
function keyRead(api: ModelApi, key: string): Read | undefined {
  const parts = parseKey(key, api.key.length);
  return parts && rowRead(api, parts);
}

async function loadNode(globalId: string, context: GatewayContext, info: GraphQLResolveInfo) {
  const { typename, id } = parseGlobalId(globalId);
  const api = findModelApi(typename);
  const read = api && keyRead(api, id);
  if (!api || !read) return null;
  const query = queryFromInfo({ context, info, typeName: typename });
  const where = prismaWhere(typename, read.condition);
  const row = await delegateOf<Row>(context.prisma, typename).findFirst({ ...query, where });
  // The Node interface tells types apart by this mark.
  if (row) Object.defineProperty(row, typeBrandKey, { value: typename });
  return row;
}

/** The ids of a request, none of them beyond the limit. */
function idsOf(args: Arguments): string[] {
  const ids = Array.isArray(args.ids) ? args.ids.map(String) : [];
  if (ids.length <= nodeIdsMax) return ids;
  throw new FlywheelError(
    'LIMIT_EXCEEDED',
    `\`nodes\` takes at most ${nodeIdsMax} ids at once; split the list into several requests.`,
  );
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'The object with this id, or null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'An id as an earlier answer gave it.' }) },
    extensions: readExtension({ kind: 'nodes', ids: (args) => [String(args.id)], single: true }),
    resolve: (_root, args, context, info) => loadNode(args.id, context, info),
  }),
  nodes: t.field({
    type: t.listRef(builder.nodeInterfaceRef(), { nullable: true }),
    description: 'The objects with these ids, in the same order; null stands where there is none.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `At most ${nodeIdsMax} ids as earlier answers gave them.`,
      }),
    },
    extensions: readExtension({ kind: 'nodes', ids: idsOf, single: false }),
    resolve: (_root, args, context, info) =>
      Promise.all(idsOf(args).map((id) => loadNode(id, context, info))),
  }),
}));
