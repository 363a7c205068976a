// Plans a query: which of its root fields the warehouse answers with one statement each, and which fall through.

import {
  type FieldNode as Ast,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { FlywheelError } from '../src/core/errors.js';
import { LruMap } from '../src/warehouse/read/lru-map.js';
import type { Envelope, RootNode } from '../src/warehouse/read/tree.js';
import { argumentReader, type Variables } from './argument-reader.js';
import { extensionOf, type ReadExtension } from './extensions.js';
import { listNode, nodeTypes, type Planning, type ReadMaker, rowNode, Unplannable } from './plan-tree.js';

/** A root field that the warehouse answers. */
export interface PlannedField {
  readonly root: RootNode;
  /** Equal ids mean equal trees. */
  readonly id: string;
  readonly makers: readonly ReadMaker[];
  /** For a field of nodes: the global ids that it asks for, and whether it gives one object instead of a list. */
  readonly ids?: (variables: Readonly<Record<string, unknown>>) => readonly string[];
  readonly single: boolean;
}

export interface RootField {
  readonly key: string;
  readonly nodes: readonly Ast[];
  /** An error of a field that cannot be null makes the whole of the data null. */
  readonly nullable: boolean;
  /** A text stands for itself; undefined: the field falls through to its resolver. */
  readonly planned: PlannedField | string | undefined;
}

export interface Plan {
  readonly operation: OperationDefinitionNode;
  readonly fields: readonly RootField[];
  /** The fields that are planned, and those that fall through. */
  readonly planned: readonly RootField[];
  readonly rest: readonly RootField[];
  /** For a query of one planned field: what stands around its text in the whole answer. */
  readonly envelope: Envelope | undefined;
}

function planOf(operation: OperationDefinitionNode, fields: readonly RootField[]): Plan {
  const [only] = fields;
  const planned = fields.filter((field) => field.planned !== undefined);
  const rest = fields.filter((field) => field.planned === undefined);
  const isWhole = fields.length === 1 && typeof only?.planned === 'object' && !only.planned.single;
  const envelope = isWhole ? { head: `{"data":{${JSON.stringify(only.key)}:`, tail: '}}' } : undefined;
  return { operation, fields, planned, rest, envelope };
}

let treeCount = 0;

function planRoot(
  planning: Planning,
  read: ReadExtension,
  nodes: readonly Ast[],
  name: string,
): PlannedField {
  const field = planning.schema.getQueryType()?.getFields()[name];
  if (!field) throw new Unplannable();
  const type = getNamedType(field.type);
  const { makers } = planning;
  const id = `tree${++treeCount}`;
  switch (read.kind) {
    case 'list': {
      const root: RootNode = { kind: 'list', list: listNode(planning, field, nodes, read) };
      return { root, id, makers, single: false };
    }
    case 'row': {
      if (!isObjectType(type)) throw new Unplannable();
      const readArguments = argumentReader(field, nodes);
      makers.push((variables, context) => read.read(readArguments(variables), context));
      const root: RootNode = { kind: 'row', read: 0, row: rowNode(planning, read.model, type, nodes) };
      return { root, id, makers, single: false };
    }
    case 'nodes': {
      if (!isAbstractType(type)) throw new Unplannable();
      const types = nodeTypes(planning, planning.schema.getPossibleTypes(type), nodes);
      const readArguments = argumentReader(field, nodes);
      const ids = (variables: Variables) => read.ids(readArguments(variables));
      return { root: { kind: 'nodes', types }, id, makers, ids, single: read.single };
    }
    default:
      throw new Unplannable();
  }
}

function planField(planning: Omit<Planning, 'makers'>, key: string, nodes: readonly Ast[]): RootField {
  const name = nodes[0]?.name.value ?? '';
  if (name === '__typename') return { key, nodes, nullable: false, planned: '"Query"' };
  const field = planning.schema.getQueryType()?.getFields()[name];
  if (!field) return { key, nodes, nullable: true, planned: undefined };
  const read = extensionOf(field);
  const nullable = !isNonNullType(field.type);
  if (!read) return { key, nodes, nullable, planned: undefined };
  try {
    return { key, nodes, nullable, planned: planRoot({ ...planning, makers: [] }, read, nodes, name) };
  } catch (error) {
    // Arguments that are at fault are refused by the resolver, in the place where they stand.
    if (error instanceof Unplannable || error instanceof FlywheelError)
      return { key, nodes, nullable, planned: undefined };
    throw error;
  }
}

/**
 * The variables that decide the shape of a tree, and not only its values: those of `@include` and `@skip`,
 * and those of fields whose arguments say what is computed.
 */
function shapingVariables(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const info = new TypeInfo(schema);
  const collect = (node: Ast['arguments']) => {
    for (const argument of node ?? [])
      visit(argument, { Variable: (found) => void names.add(found.name.value) });
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      Directive: (node) => collect(node.arguments),
      Field: (node) => {
        const field = info.getFieldDef();
        if (field && extensionOf(field)?.kind === 'aggregates') collect(node.arguments);
      },
    }),
  );
  return names;
}

interface DocumentPlans {
  readonly id: number;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly shaping: ReadonlySet<string>;
  /** Whether there is but one operation, of one shape. */
  readonly isSingle: boolean;
  /** The plan of that. */
  single: Plan | undefined;
}

/** How many plans are kept for documents of several operations or shapes, whose number is the caller's choice. */
const shapedPlansMax = 1_000;
/** The lengths of the documents of these plans together; a plan is some thirty times as large. */
const shapedLengthMax = 2_000_000;

export interface Planner {
  /** The plan of a query of a validated document, whose variables were coerced. */
  plan(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Plan;
}

/** Creates the planner of a schema. A document of one operation and one shape keeps its plan as long as it lives. */
export function createPlanner(schema: GraphQLSchema): Planner {
  const documents = new WeakMap<DocumentNode, DocumentPlans>();
  const shaped = new LruMap<string, Plan>(shapedPlansMax, shapedLengthMax);
  let documentCount = 0;

  function plansOf(document: DocumentNode): DocumentPlans {
    const known = documents.get(document);
    if (known) return known;
    const fragments: Record<string, FragmentDefinitionNode> = {};
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    }
    const shaping = shapingVariables(schema, document);
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const isSingle = operations.length === 1 && shaping.size === 0;
    const made = { id: ++documentCount, fragments, shaping, isSingle, single: undefined };
    documents.set(document, made);
    return made;
  }

  function planFor(
    { fragments }: DocumentPlans,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Plan {
    const query = schema.getQueryType();
    if (!query) throw new Error('The schema has no query type.');
    const selected = collectFields(schema, { ...fragments }, { ...variables }, query, operation.selectionSet);
    const fields = [...selected].map(([name, nodes]) =>
      planField({ schema, fragments, variables }, name, nodes),
    );
    return planOf(operation, fields);
  }

  return {
    plan(document, operation, variables) {
      const plans = plansOf(document);
      if (plans.isSingle) {
        plans.single ??= planFor(plans, operation, variables);
        return plans.single;
      }
      const shape = [...plans.shaping].map((name) => variables[name]);
      const key = `${plans.id} ${operation.name?.value ?? ''}${JSON.stringify(shape)}`;
      let plan = shaped.get(key);
      if (!plan) {
        plan = planFor(plans, operation, variables);
        shaped.set(key, plan, key.length + (document.loc?.source.body.length ?? 0));
      }
      return plan;
    },
  };
}
