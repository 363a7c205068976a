// A document as one function from an event to JSON text: what execution finds out anew each time is found out once.

import {
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';

export interface CompileRequest {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** As the schema reads them. */
  readonly variables: Record<string, unknown>;
  readonly context: unknown;
}

/** The data of the document over an event, as JSON; undefined where only a full execution can say what it is. */
export type Compiled = (event: unknown) => string | undefined;

/** JSON of a value that a resolver gave; undefined where a full execution has to say what is wrong. */
type Write = (value: unknown) => string | undefined;

/**
 * Compiles a subscription whose fields are plain: objects, lists and leaves, resolved at once. Undefined for any other.
 * Whatever is out of the ordinary while it runs, from an error to a null where none may be, makes its answer undefined.
 */
export function compile(request: CompileRequest): Compiled | undefined {
  const { schema, operation, fragments, variables } = request;
  const root = schema.getSubscriptionType();
  if (!root) return undefined;
  const fields = collectFields(schema, fragments, variables, root, operation.selectionSet);
  const write = objectWriter(request, root, fields);
  return (
    write &&
    ((event) => {
      try {
        return write(event);
      } catch {
        return undefined;
      }
    })
  );
}

function objectWriter(
  request: CompileRequest,
  type: GraphQLObjectType,
  fields: ReadonlyMap<string, readonly FieldNode[]>,
): Write | undefined {
  const members: Write[] = [];
  for (const [key, nodes] of fields) {
    const member = fieldWriter(request, type, key, nodes);
    if (member === undefined) return undefined;
    members.push(member);
  }
  return (source) => {
    let text = '{';
    for (const member of members) {
      const part = member(source);
      if (part === undefined) return undefined;
      text += text === '{' ? part : `,${part}`;
    }
    return `${text}}`;
  };
}

function fieldWriter(
  request: CompileRequest,
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): Write | undefined {
  const { schema, operation, fragments, variables, context } = request;
  const [node] = nodes;
  const name = `${JSON.stringify(key)}:`;
  if (node?.name.value === '__typename') {
    const text = name + JSON.stringify(parent.name);
    return () => text;
  }
  const field = node && parent.getFields()[node.name.value];
  const complete = field && valueWriter(request, field.type, nodes);
  if (!node || !field || !complete) return undefined;
  const args = getArgumentValues(field, node, variables);
  const resolve = field.resolve ?? defaultFieldResolver;
  const info: GraphQLResolveInfo = {
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: parent,
    path: { prev: undefined, key, typename: parent.name },
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues: variables,
  };
  return (source) => {
    const text = complete(resolve(source, args, context, info));
    return text === undefined ? undefined : name + text;
  };
}

function valueWriter(
  request: CompileRequest,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Write | undefined {
  if (isNonNullType(type)) {
    const inner = valueWriter(request, type.ofType, nodes);
    return inner && ((value) => (value === null || value === undefined ? undefined : inner(value)));
  }
  const write = presentWriter(request, type, nodes);
  return write && ((value) => (value === null || value === undefined ? 'null' : write(value)));
}

function presentWriter(
  request: CompileRequest,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Write | undefined {
  if (isLeafType(type)) {
    return (value) => {
      const plain: unknown = type.serialize(value);
      return plain === null || plain === undefined ? undefined : JSON.stringify(plain);
    };
  }
  if (isListType(type)) {
    const item = valueWriter(request, type.ofType, nodes);
    return item && ((value) => listText(value, item));
  }
  if (!isObjectType(type)) return undefined;
  const { schema, fragments, variables } = request;
  const fields = collectSubfields(schema, fragments, variables, type, [...nodes]);
  const write = objectWriter(request, type, fields);
  // A promise is an object too, and has none of the fields.
  return write && ((value) => (value instanceof Promise ? undefined : write(value)));
}

function listText(value: unknown, item: Write): string | undefined {
  if (!Array.isArray(value)) return undefined;
  let text = '[';
  for (const each of value) {
    const part = item(each);
    if (part === undefined) return undefined;
    text += text === '[' ? part : `,${part}`;
  }
  return `${text}]`;
}
