// The cost of a document: how many rows it could touch at most, computed before anything runs.

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { FlywheelError } from '../src/core/errors.js';
import { extensionOf } from './extensions.js';
import { pageRowsDefault } from './list-arguments.js';

type Variables = Readonly<Record<string, unknown>>;
type Cost = (variables: Variables) => number;

const free: Cost = () => 0;

/** What a count or an aggregate over a whole list is taken to touch: it reads by index, but no page bounds it. */
const wholeListRows = 1_000;

function numberOf(node: ValueNode | undefined): (variables: Variables) => number | undefined {
  if (node?.kind === Kind.INT) {
    const value = Number(node.value);
    return () => value;
  }
  if (node?.kind === Kind.VARIABLE) {
    const name = node.name.value;
    return (variables) => {
      const value = variables[name];
      return typeof value === 'number' ? value : undefined;
    };
  }
  return () => undefined;
}

function argument(node: FieldNode, name: string): ValueNode | undefined {
  return node.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function defaultOf(field: GraphQLField<unknown, unknown>, name: string): number | undefined {
  const value: unknown = field.args.find((candidate) => candidate.name === name)?.defaultValue;
  return typeof value === 'number' ? value : undefined;
}

/** How much an argument asks for: its number, or how many entries it lists; 0 where nothing is said. */
type Count = (argument: string) => number;

/** What a field says that it touches, where that depends on how it is asked. */
export type CostRule = (count: Count) => number;

function isCostRule(value: unknown): value is CostRule {
  return typeof value === 'function';
}

function countOf(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Variables): Count {
  return (name) => {
    const given = argument(node, name);
    if (given?.kind === Kind.INT) return Math.max(Number(given.value), 0);
    if (given?.kind === Kind.LIST) return given.values.length;
    const fromVariable = given?.kind === Kind.VARIABLE ? variables[given.name.value] : undefined;
    const value = fromVariable ?? field.args.find((candidate) => candidate.name === name)?.defaultValue;
    if (Array.isArray(value)) return value.length;
    return typeof value === 'number' ? Math.max(value, 0) : 0;
  };
}

/** A number that a field declares by a name of `extensions`. */
function declaredNumber(field: GraphQLField<unknown, unknown>, name: string): number | undefined {
  const declared: unknown = field.extensions[name];
  return typeof declared === 'number' ? declared : undefined;
}

/** How many objects a field gives: those of a page, or of a list of ids, or one. What it declares is all of it. */
function multiplier(field: GraphQLField<unknown, unknown>, node: FieldNode): Cost {
  const read = extensionOf(field);
  // A list that takes no `first` says by this how long it is at most.
  const most = declaredNumber(field, 'costTimes');
  if (most !== undefined) return () => most;
  if (declaredRows(field, node) !== undefined) return () => 1;
  if (read?.kind === 'nodes' && !read.single) {
    const ids = argument(node, 'ids');
    if (ids?.kind === Kind.LIST) return () => ids.values.length;
    const name = ids?.kind === Kind.VARIABLE ? ids.name.value : '';
    return (variables) => {
      const value = variables[name];
      return Array.isArray(value) ? value.length : 1;
    };
  }
  const isList = read?.kind === 'list' || isListType(getNullableType(field.type));
  if (!isList && field.args.every(({ name }) => name !== 'first')) return () => 1;
  const first = numberOf(argument(node, 'first'));
  const last = numberOf(argument(node, 'last'));
  const rows = defaultOf(field, 'first') ?? (read?.kind === 'list' ? pageRowsDefault : 1);
  return (variables) => Math.max(first(variables) ?? last(variables) ?? rows, 0);
}

/** Edges and nodes of one page are the same rows: the page counts them, once for each way they are asked for. */
function isPagePart(field: GraphQLField<unknown, unknown>): boolean {
  const kind = extensionOf(field)?.kind;
  return kind === 'edges' || kind === 'nodesOfList';
}

/** What a field says itself that it touches, with all that it gives. */
function declaredRows(field: GraphQLField<unknown, unknown>, node: FieldNode): Cost | undefined {
  const declared: unknown = field.extensions.costRows;
  if (isCostRule(declared)) return (variables) => declared(countOf(field, node, variables));
  return typeof declared === 'number' ? () => declared : undefined;
}

/** What a field touches beside what it gives. */
function ownRows(field: GraphQLField<unknown, unknown>, node: FieldNode): Cost {
  const kind = extensionOf(field)?.kind;
  if (kind === 'totalCount' || kind === 'aggregates') return () => wholeListRows;
  const beside = declaredNumber(field, 'costBeside') ?? 0;
  return declaredRows(field, node) ?? (() => beside);
}

function isComposite(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return isObjectType(named) || isInterfaceType(named) || isUnionType(named);
}

/** Of a connection: what is read for each row of the page, or the rest; of anything else: all. */
type Part = 'all' | 'rows' | 'rest';

class CostBuilder {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #fragments = new Map<string, Cost>();

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#document = document;
  }

  selection(set: SelectionSetNode | undefined, typeName: string, part: Part = 'all'): Cost {
    const parts = (set?.selections ?? []).map((selection): Cost => {
      if (selection.kind === Kind.FIELD) return this.#field(selection, typeName, part);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const on = selection.typeCondition?.name.value ?? typeName;
        return this.selection(selection.selectionSet, on, part);
      }
      return this.#fragment(selection.name.value, part);
    });
    return (variables) => parts.reduce((sum, cost) => sum + cost(variables), 0);
  }

  #fragment(name: string, part: Part): Cost {
    const key = `${part} ${name}`;
    const found = this.#fragments.get(key);
    if (found) return found;
    const definition = this.#document.definitions.find(
      (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
    );
    if (definition?.kind !== Kind.FRAGMENT_DEFINITION) return () => 0;
    const cost = this.selection(definition.selectionSet, definition.typeCondition.name.value, part);
    this.#fragments.set(key, cost);
    return cost;
  }

  #field(node: FieldNode, typeName: string, part: Part): Cost {
    const type = this.#schema.getType(typeName);
    if (node.name.value.startsWith('__') || !(isObjectType(type) || isInterfaceType(type))) return free;
    const field = type.getFields()[node.name.value];
    if (!field || (part !== 'all' && (part === 'rows') !== isPagePart(field))) return free;
    const own = ownRows(field, node);
    if (!isComposite(field.type)) return own;
    const inner = getNamedType(field.type).name;
    const times = multiplier(field, node);
    if (isPagePart(field)) return this.selection(node.selectionSet, inner);
    if (extensionOf(field)?.kind === 'list') {
      const rows = this.selection(node.selectionSet, inner, 'rows');
      const rest = this.selection(node.selectionSet, inner, 'rest');
      return (variables) => times(variables) * (1 + rows(variables)) + rest(variables);
    }
    const each = this.selection(node.selectionSet, inner);
    const self = extensionOf(field)?.kind === 'pageInfo' ? 0 : 1;
    return (variables) => own(variables) + times(variables) * (self + each(variables));
  }
}

export interface CostLimit {
  /** Fails with LIMIT_EXCEEDED when the operation could touch more rows than are allowed. */
  check(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): void;
}

/** Creates the cost limit of a schema; the sum of a document is worked out once, its page sizes at every request. */
export function createCostLimit(schema: GraphQLSchema, costRowsMax: number): CostLimit {
  const costs = new WeakMap<OperationDefinitionNode, Cost>();

  function costOf(document: DocumentNode, operation: OperationDefinitionNode): Cost {
    const found = costs.get(operation);
    if (found) return found;
    const root = schema.getRootType(operation.operation);
    const cost = root
      ? new CostBuilder(schema, document).selection(operation.selectionSet, root.name)
      : () => 0;
    costs.set(operation, cost);
    return cost;
  }

  return {
    check(document, operation, variables) {
      const rows = costOf(document, operation)(variables);
      if (rows <= costRowsMax) return;
      throw new FlywheelError(
        'LIMIT_EXCEEDED',
        `This request could touch ${rows} rows; at most ${costRowsMax} are allowed. Ask for smaller pages with \`first\`, or for fewer nested lists.`,
        { details: { cost: rows, limit: costRowsMax } },
      );
    },
  };
}
