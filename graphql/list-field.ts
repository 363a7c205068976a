// Fields that give rows: lists and single rows, at the root and on relations, for both paths of reading.

import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { catalogue, relationOf } from '../src/warehouse/catalogue.js';
import { allOf, type Condition, everything, type Scalar } from '../src/warehouse/read/condition.js';
import type { Read } from '../src/warehouse/read/tree.js';
import { builder } from './builder.js';
import { type ConnectionValue, connectionValue, type Row } from './connection.js';
import type { GatewayContext } from './context.js';
import { type Arguments, readExtension } from './extensions.js';
import { filterRef } from './filter-inputs.js';
import { type ListArguments, listRead, pageRowsDefault } from './list-arguments.js';
import { type ModelApi, modelApi } from './model.js';
import { orderRef } from './order-inputs.js';
import { delegateOf, orderInclude, prismaPage, prismaWhere } from './prisma-query.js';

const rowPaths = [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]];

/** The arguments of a list of a model. */
export function listArguments(model: string) {
  return builder.args((t) => ({
    first: t.int({
      description: `How many rows from the beginning of the list; ${pageRowsDefault} unless you say otherwise.`,
    }),
    after: t.string({ description: 'Only rows after this cursor.' }),
    last: t.int({ description: 'How many rows from the end of the list, instead of `first`.' }),
    before: t.string({ description: 'Only rows before this cursor.' }),
    filter: t.field({
      type: filterRef(model),
      description: 'Which rows are wanted; all unless you say otherwise.',
    }),
    orderBy: t.field({
      type: [orderRef(model)],
      description: 'How the rows are ordered. Ties are always broken in the same way.',
    }),
  }));
}

/** The arguments of a list whose texts can be searched. */
export function searchableListArguments(model: string) {
  return {
    ...listArguments(model),
    ...builder.args((t) => ({
      search: t.string({
        description:
          'Only rows whose code, name or other texts hold all of these words; upper and lower case are the same.',
      }),
    })),
  };
}

function readOf(api: ModelApi, args: ListArguments | Arguments, context: GatewayContext): Read {
  return listRead(api, args, context.limits.pageRows);
}

/** The resolver of a list at the root, and what the planner reads instead. */
export function rootList(api: ModelApi) {
  return {
    extensions: readExtension({
      kind: 'list',
      model: api.name,
      read: (args, context) => readOf(api, args, context),
    }),
    resolve: async (
      _root: unknown,
      args: ListArguments,
      context: GatewayContext,
      info: GraphQLResolveInfo,
    ): Promise<ConnectionValue> => {
      const read = readOf(api, args, context);
      const include = orderInclude(read.order) ?? {};
      const query = queryFromInfo({ context, info, typeName: api.name, paths: rowPaths, include });
      const loaded = await delegateOf<Row>(context.prisma, api.name).findMany({
        ...query,
        ...prismaPage(api.name, read),
      });
      return connectionValue(api, read, loaded, everything);
    },
  };
}

/** A key as a condition holds it. */
function scalarOf(key: unknown): Scalar {
  return typeof key === 'number' ? key : String(key);
}

/** What the plugin hands to a field's selection, to plan what is selected beneath it. */
type NestedSelection = (
  query: object,
  path: { getType: () => string; paths: typeof rowPaths },
) => Record<string, unknown>;

/** The resolver of a list on a relation, what it needs of the parent's query, and what the planner reads instead. */
export function relatedList(parent: string, relationName: string) {
  const relation = relationOf(catalogue.model(parent), relationName);
  const api = () => modelApi(relation.model);
  return {
    extensions: {
      ...readExtension({
        kind: 'list',
        model: relation.model,
        relation: relationName,
        read: (args, context) => readOf(api(), args, context),
      }),
      pothosPrismaSelect: (args: ListArguments, context: GatewayContext, nested: NestedSelection) => {
        const read = readOf(api(), args, context);
        // What is selected beneath adds all columns; without that, only what orders the rows is loaded.
        const keys = Object.fromEntries(read.order.map(({ path }) => [path[0], true]));
        const select = { ...keys, ...orderInclude(read.order) };
        const page = { ...prismaPage(relation.model, read), select };
        return {
          select: {
            ...Object.fromEntries(relation.from.map((field) => [field, true])),
            [relationName]: nested(page, { getType: () => relation.model, paths: rowPaths }),
          },
        };
      },
    },
    resolve: (row: object, args: ListArguments, context: GatewayContext): ConnectionValue => {
      const loaded: unknown = Reflect.get(row, relationName);
      if (!Array.isArray(loaded))
        throw new Error(`${parent}.${relationName} was not loaded with its parent.`);
      const base = relation.to.map((field, place): Condition => {
        const key: unknown = Reflect.get(row, relation.from[place] ?? '');
        return { op: 'compare', field, operator: 'equals', value: scalarOf(key) };
      });
      return connectionValue(api(), readOf(api(), args, context), loaded, allOf(base));
    },
  };
}

/** The resolver of a single row, and what the planner reads instead. An undefined read finds nothing. */
export function rootRow<Shape extends object>(
  api: ModelApi,
  read: (args: Arguments, context: GatewayContext) => Read | undefined,
) {
  return {
    extensions: readExtension({ kind: 'row', model: api.name, read }),
    resolve: async (
      _root: unknown,
      args: Arguments,
      context: GatewayContext,
      info: GraphQLResolveInfo,
    ): Promise<Shape | null> => {
      const asked = read(args, context);
      if (!asked) return null;
      const where = prismaWhere(api.name, asked.condition);
      const query = queryFromInfo({ context, info, typeName: api.name });
      return delegateOf<Shape>(context.prisma, api.name).findFirst({ ...query, where });
    },
  };
}

/** A column that stands behind to-one relations, as a plain field: what it needs, how it resolves, how it is read. */
export function columnThrough(path: readonly string[]) {
  const select = (fields: readonly string[]): object => {
    const [head = '', ...rest] = fields;
    return rest.length === 0 ? { [head]: true } : { [head]: { select: select(rest) } };
  };
  return {
    extensions: { ...readExtension({ kind: 'column', path }), pothosPrismaSelect: select(path) },
    resolve: (row: object): string | null => {
      const value = path.reduce<unknown>(
        (at, field) => (typeof at === 'object' && at !== null ? Reflect.get(at, field) : null),
        row,
      );
      return value === null || value === undefined ? null : String(value);
    },
  };
}
