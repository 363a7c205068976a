// Turns a selection into the warehouse's read tree, as far as every field of it says how it is read.

import {
  type FieldNode as Ast,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isObjectType,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { catalogue, findColumn, findRelation, type Model, relationOf } from '../src/warehouse/catalogue.js';
import type {
  AggregateItem,
  EdgeFieldNode,
  FieldNode,
  ListFieldNode,
  ListNode,
  NodeType,
  PageFieldNode,
  Read,
  RowNode,
} from '../src/warehouse/read/tree.js';
import { hasWireForm } from '../src/warehouse/read/wire.js';
import { argumentReader } from './argument-reader.js';
import type { GatewayContext } from './context.js';
import { type Arguments, extensionOf, type ReadExtension } from './extensions.js';
import { columnAt, findModelApi } from './model.js';

/** Makes one of the reads of a root field from the variables of a request. */
export type ReadMaker = (
  variables: Readonly<Record<string, unknown>>,
  context: GatewayContext,
) => Read | undefined;

/** What planning one root field knows and gathers. */
export interface Planning {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Only those that decide the shape of the tree are looked at while planning. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly makers: ReadMaker[];
}

type Selected = readonly [
  key: string,
  nodes: readonly Ast[],
  field: GraphQLField<unknown, unknown> | undefined,
];

/** Thrown inside, and caught where the root field is planned: the field falls through to its resolver. */
export class Unplannable extends Error {}

function subfields(planning: Planning, type: GraphQLObjectType, nodes: readonly Ast[]): Selected[] {
  const { schema, fragments, variables } = planning;
  const fields = type.getFields();
  return [...collectSubfields(schema, { ...fragments }, { ...variables }, type, [...nodes])].map(
    ([key, selected]) => [key, selected, fields[selected[0]?.name.value ?? '']],
  );
}

function typeName(key: string, type: GraphQLObjectType): FieldNode & { kind: 'constant' } {
  return { kind: 'constant', key, json: JSON.stringify(type.name) };
}

function objectTypeOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) throw new Unplannable();
  return type;
}

/** Adds a read to the request's and tells its place. */
function addRead(
  planning: Planning,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly Ast[],
  make: (args: Arguments, context: GatewayContext) => Read | undefined,
): number {
  const place = planning.makers.length;
  const read = argumentReader(field, nodes);
  planning.makers.push((variables, context) => make(read(variables), context));
  return place;
}

/** The type that a column's wire form belongs to; a field of another type converts, and is not ours to read. */
function columnNode(
  key: string,
  model: Model,
  path: readonly string[],
  field: GraphQLField<unknown, unknown>,
) {
  const column = columnAt(model.name, path);
  const type = getNamedType(field.type);
  const expected = column.type === 'Enum' ? column.enumName : column.type;
  const matches = type.name === expected && (column.type !== 'Enum' || isEnumType(type));
  if (!hasWireForm(column) || column.type === 'BigInt' || !matches) throw new Unplannable();
  return { kind: 'column', key, path } as const;
}

/** The relation that a field of Pothos follows, if it adds no condition, ordering or limit of its own. */
function plainRelation(field: GraphQLField<unknown, unknown>): string | undefined {
  const { pothosPrismaRelationField: relation, pothosPrismaSelect: select } = field.extensions;
  const name: unknown =
    typeof relation === 'object' && relation !== null ? Reflect.get(relation, 'name') : undefined;
  if (typeof name !== 'string' || typeof select !== 'function' || field.args.length > 0) return undefined;
  let query: unknown;
  select({}, {}, (asked: unknown) => {
    query = asked;
    return {};
  });
  return Object.keys(Object(query)).length === 0 ? name : undefined;
}

/** A field that Pothos exposes: a column under its own name, or a to-one relation as it is. */
function exposedNode(planning: Planning, model: Model, [key, nodes, field]: Selected): FieldNode {
  if (!field) throw new Unplannable();
  const exposed: unknown = field.extensions.pothosExposedField;
  if (typeof exposed === 'string' && findColumn(model, exposed))
    return columnNode(key, model, [exposed], field);
  const relation = findRelation(model, plainRelation(field) ?? '');
  if (!relation || relation.list) throw new Unplannable();
  const row = rowNode(planning, relation.model, objectTypeOf(field), nodes);
  return { kind: 'object', key, relation: relation.name, row };
}

function rowField(planning: Planning, model: Model, type: GraphQLObjectType, selected: Selected): FieldNode {
  const [key, nodes, field] = selected;
  if (!field) {
    if (nodes[0]?.name.value === '__typename') return typeName(key, type);
    throw new Unplannable();
  }
  const read = extensionOf(field);
  switch (read?.kind) {
    case undefined:
      return exposedNode(planning, model, selected);
    case 'column':
      return columnNode(key, model, read.path, field);
    case 'identity': {
      const api = findModelApi(type.name);
      if (!api) throw new Unplannable();
      return { kind: 'identity', key, typeName: type.name, columns: api.key };
    }
    case 'relation': {
      const row = rowNode(planning, relationOf(model, read.relation).model, objectTypeOf(field), nodes);
      return { kind: 'object', key, relation: read.relation, row };
    }
    case 'list':
      if (read.relation === undefined) throw new Unplannable();
      return { kind: 'list', key, relation: read.relation, list: listNode(planning, field, nodes, read) };
    default:
      throw new Unplannable();
  }
}

/** The tree of a row: an object of the type, made from the model of that name. */
export function rowNode(
  planning: Planning,
  model: string,
  type: GraphQLObjectType,
  nodes: readonly Ast[],
): RowNode {
  const fields = subfields(planning, type, nodes).map((selected) =>
    rowField(planning, catalogue.model(model), type, selected),
  );
  return { model, fields };
}

/** The tree of a connection. */
export function listNode(
  planning: Planning,
  field: GraphQLField<unknown, unknown>,
  nodes: readonly Ast[],
  extension: Extract<ReadExtension, { kind: 'list' }>,
): ListNode {
  const type = objectTypeOf(field);
  const read = addRead(planning, field, nodes, extension.read);
  const fields = subfields(planning, type, nodes).map((selected) =>
    listField(planning, extension.model, type, selected),
  );
  return { model: extension.model, read, fields };
}

function listField(
  planning: Planning,
  model: string,
  type: GraphQLObjectType,
  [key, nodes, field]: Selected,
): ListFieldNode {
  if (!field) return typeName(key, type);
  const read = extensionOf(field);
  switch (read?.kind) {
    case 'edges': {
      const edge = objectTypeOf(field);
      const fields = subfields(planning, edge, nodes).map((inner) => edgeField(planning, model, edge, inner));
      return { kind: 'edges', key, fields };
    }
    case 'nodesOfList':
      return { kind: 'nodes', key, row: rowNode(planning, model, objectTypeOf(field), nodes) };
    case 'pageInfo': {
      const info = objectTypeOf(field);
      return { kind: 'pageInfo', key, fields: subfields(planning, info, nodes).map(pageField(info)) };
    }
    case 'totalCount':
      return { kind: 'totalCount', key };
    case 'aggregates': {
      const item = objectTypeOf(field);
      const selected = subfields(planning, item, nodes);
      const values = read.items(argumentReader(field, nodes)(planning.variables));
      return {
        kind: 'aggregates',
        key,
        items: values.map((members) => aggregateItem(item, selected, members)),
      };
    }
    default:
      throw new Unplannable();
  }
}

function edgeField(
  planning: Planning,
  model: string,
  type: GraphQLObjectType,
  [key, nodes, field]: Selected,
): EdgeFieldNode {
  if (!field) return typeName(key, type);
  const read = extensionOf(field);
  if (read?.kind === 'cursor') return { kind: 'cursor', key };
  if (read?.kind !== 'node') throw new Unplannable();
  return { kind: 'node', key, row: rowNode(planning, model, objectTypeOf(field), nodes) };
}

function pageField(type: GraphQLObjectType): (selected: Selected) => PageFieldNode {
  return ([key, , field]) => {
    if (!field) return typeName(key, type);
    const read = extensionOf(field);
    if (read?.kind !== 'page') throw new Unplannable();
    return { kind: 'page', key, field: read.field };
  };
}

function aggregateItem(
  type: GraphQLObjectType,
  selected: readonly Selected[],
  members: Readonly<Record<string, AggregateItem[number]['json']>>,
): AggregateItem {
  return selected.map(([key, , field]) => {
    if (!field) return typeName(key, type);
    const json = members[field.name];
    if (json === undefined) throw new Unplannable();
    return { key, json };
  });
}

/** The trees of all types that a node field can give, each found by the parts of its global id. */
export function nodeTypes(
  planning: Planning,
  types: readonly GraphQLObjectType[],
  nodes: readonly Ast[],
): NodeType[] {
  return types.map((type) => {
    const api = findModelApi(type.name);
    if (!api) throw new Unplannable();
    return { typeName: type.name, columns: api.key, row: rowNode(planning, api.name, type, nodes) };
  });
}
