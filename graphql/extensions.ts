// What fields tell the planner: how their values are read from the warehouse, beside the plugin's own resolvers.

import type { GraphQLField } from 'graphql';
import type { Aggregate, PageField, Read } from '../src/warehouse/read/tree.js';
import type { GatewayContext } from './context.js';

export type Arguments = Readonly<Record<string, unknown>>;
type MakeRead = (args: Arguments, context: GatewayContext) => Read | undefined;

/** A member of an aggregate's object: a constant as JSON, or a value over the rows of the list. */
export type AggregateMember = string | Aggregate;

export type ReadExtension =
  /** A list of rows: of a model, or of a relation of the parent row. */
  | { readonly kind: 'list'; readonly model: string; readonly relation?: string; readonly read: MakeRead }
  /** One row of a model; an undefined read means that there is none. */
  | { readonly kind: 'row'; readonly model: string; readonly read: MakeRead }
  /** Rows of any node type, by their global ids. */
  | { readonly kind: 'nodes'; readonly ids: (args: Arguments) => readonly string[]; readonly single: boolean }
  | { readonly kind: 'column'; readonly path: readonly string[] }
  | { readonly kind: 'relation'; readonly relation: string }
  | { readonly kind: 'identity' }
  | { readonly kind: 'edges' | 'nodesOfList' | 'pageInfo' | 'totalCount' | 'cursor' | 'node' }
  | { readonly kind: 'page'; readonly field: PageField }
  /** Objects over all rows of a list: for each, the members by field name. */
  | {
      readonly kind: 'aggregates';
      readonly items: (args: Arguments) => readonly Readonly<Record<string, AggregateMember>>[];
    };

/** The extensions of a field that the planner reads. */
export function readExtension(read: ReadExtension): { readonly read: ReadExtension } {
  return { read };
}

function isReadExtension(value: unknown): value is ReadExtension {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** How a field says that it is read, if it does. */
export function extensionOf(field: GraphQLField<unknown, unknown>): ReadExtension | undefined {
  const { read } = field.extensions;
  return isReadExtension(read) ? read : undefined;
}
