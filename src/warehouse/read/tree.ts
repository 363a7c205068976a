// The read tree: what one root field of a request asks of the warehouse, in the shape of its answer.

import type { RawBuilder } from 'kysely';
import type { Condition } from './condition.js';

/** One term of an ordering: a path over to-one relations that ends at a column. */
export interface OrderTerm {
  readonly path: readonly string[];
  readonly direction: 'asc' | 'desc';
}

/** Which rows of a model are read, in which order and how many: all that arguments decide. */
export interface Read {
  /** What the rows must meet; counts and aggregates cover all of these. */
  readonly condition: Condition;
  /** Where the page begins or ends, made from cursors. */
  readonly seek: Condition | null;
  /** A total order: the last term is unique. */
  readonly order: readonly OrderTerm[];
  readonly take: number;
  /** True for the last rows of the range instead of the first. */
  readonly backward: boolean;
  readonly hasAfter: boolean;
  readonly hasBefore: boolean;
}

/** A JSON object made of one row. */
export interface RowNode {
  readonly model: string;
  readonly fields: readonly FieldNode[];
}

/** A value that is known without reading, such as a type name, already as JSON. */
interface ConstantNode {
  readonly kind: 'constant';
  readonly key: string;
  readonly json: string;
}

/** One member of a row's object. Keys are the aliases of the response. */
export type FieldNode =
  | ConstantNode
  | { readonly kind: 'column'; readonly key: string; readonly path: readonly string[] }
  | {
      readonly kind: 'identity';
      readonly key: string;
      readonly typeName: string;
      readonly columns: readonly string[];
    }
  | { readonly kind: 'object'; readonly key: string; readonly relation: string; readonly row: RowNode }
  | { readonly kind: 'list'; readonly key: string; readonly relation: string; readonly list: ListNode };

/** A connection over the rows of a model; `read` is its place among the reads of the request. */
export interface ListNode {
  readonly model: string;
  readonly read: number;
  readonly fields: readonly ListFieldNode[];
}

export type ListFieldNode =
  | ConstantNode
  | { readonly kind: 'edges'; readonly key: string; readonly fields: readonly EdgeFieldNode[] }
  | { readonly kind: 'nodes'; readonly key: string; readonly row: RowNode }
  | { readonly kind: 'pageInfo'; readonly key: string; readonly fields: readonly PageFieldNode[] }
  | { readonly kind: 'totalCount'; readonly key: string }
  | { readonly kind: 'aggregates'; readonly key: string; readonly items: readonly AggregateItem[] };

export type EdgeFieldNode =
  | ConstantNode
  | { readonly kind: 'cursor'; readonly key: string }
  | { readonly kind: 'node'; readonly key: string; readonly row: RowNode };

export type PageField = 'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor';
export type PageFieldNode =
  | ConstantNode
  | { readonly kind: 'page'; readonly key: string; readonly field: PageField };

/** A value over all rows of a list, written as SQL by whoever defines it. */
export interface Aggregate {
  /** The finished JSON text, over rows that stand under the alias. */
  json(alias: string): RawBuilder<unknown>;
}

/** The members of one object over all rows of a list: constants as JSON, or values. */
export type AggregateItem = readonly { readonly key: string; readonly json: string | Aggregate }[];

/** One root field. */
export type RootNode =
  | { readonly kind: 'row'; readonly read: number; readonly row: RowNode }
  | { readonly kind: 'list'; readonly list: ListNode }
  | { readonly kind: 'nodes'; readonly types: readonly NodeType[] };

/** Text that the warehouse writes around a root field's JSON, so that nobody needs to join it afterwards. */
export interface Envelope {
  readonly head: string;
  readonly tail: string;
}

/** How the rows of one type are found by the parts of their global id. */
export interface NodeType {
  readonly typeName: string;
  readonly columns: readonly string[];
  readonly row: RowNode;
}
