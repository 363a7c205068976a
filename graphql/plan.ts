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
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly shaping: ReadonlySet<string>;
  readonly plans: Map<string, Plan>;
}

/** A document whose shape depends on variables keeps this many plans; one more begins anew. */
const plansPerDocument = 64;

export interface Planner {
  /** The plan of a query of a validated document, whose variables were coerced. */
  plan(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Plan;
}

/** Creates the planner of a schema. Plans live as long as their document. */
export function createPlanner(schema: GraphQLSchema): Planner {
  const documents = new WeakMap<DocumentNode, DocumentPlans>();

  function plansOf(document: DocumentNode): DocumentPlans {
    const known = documents.get(document);
    if (known) return known;
    const fragments: Record<string, FragmentDefinitionNode> = {};
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    }
    const made = { fragments, shaping: shapingVariables(schema, document), plans: new Map() };
    documents.set(document, made);
    return made;
  }

  return {
    plan(document, operation, variables) {
      const { fragments, shaping, plans } = plansOf(document);
      let key = operation.name?.value ?? '';
      if (shaping.size > 0) key += JSON.stringify([...shaping].map((name) => variables[name]));
      const known = plans.get(key);
      if (known) return known;
      const query = schema.getQueryType();
      if (!query) throw new Error('The schema has no query type.');
      const selected = collectFields(
        schema,
        { ...fragments },
        { ...variables },
        query,
        operation.selectionSet,
      );
      const fields = [...selected].map(([name, nodes]) =>
        planField({ schema, fragments, variables }, name, nodes),
      );
      const plan = planOf(operation, fields);
      if (plans.size >= plansPerDocument) plans.clear();
      plans.set(key, plan);
      return plan;
    },
  };
}
