// The arguments of a selected field, prepared once: constants are read beforehand, and only variables at each request.

import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  getArgumentValues,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type ObjectValueNode,
  type ValueNode,
  valueFromAST,
  visit,
} from 'graphql';
import type { Arguments } from './extensions.js';

export type Variables = Readonly<Record<string, unknown>>;

/** Undefined stands for a variable that was not given. */
type ReadValue = (variables: Variables) => unknown;

function holdsVariables(node: ValueNode): boolean {
  let found = false;
  visit(node, {
    Variable: () => {
      found = true;
    },
  });
  return found;
}

function readObject(node: ObjectValueNode, type: GraphQLInputType): ReadValue {
  const inner = getNullableType(type);
  if (!isInputObjectType(inner)) return (variables) => valueFromAST(node, type, { ...variables });
  const given = new Map(node.fields.map((field) => [field.name.value, field.value]));
  const fields = Object.values(inner.getFields()).map((field) => {
    const value = given.get(field.name);
    return { name: field.name, fallback: field.defaultValue, read: value && prepare(value, field.type) };
  });
  return (variables) => {
    const object: Record<string, unknown> = {};
    for (const { name, fallback, read } of fields) {
      const value = read ? read(variables) : undefined;
      if (value !== undefined) object[name] = value;
      else if (fallback !== undefined) object[name] = fallback;
    }
    return object;
  };
}

function prepare(node: ValueNode, type: GraphQLInputType): ReadValue {
  if (!holdsVariables(node)) {
    const value = valueFromAST(node, type);
    return () => value;
  }
  if (node.kind === Kind.VARIABLE) {
    const name = node.name.value;
    return (variables) => variables[name];
  }
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const nodes = node.kind === Kind.LIST ? node.values : [node];
    const items = nodes.map((item) => prepare(item, inner.ofType));
    return (variables) => items.map((read) => read(variables) ?? null);
  }
  if (node.kind === Kind.OBJECT) return readObject(node, type);
  return (variables) => valueFromAST(node, type, { ...variables });
}

/**
 * Reads the arguments of a field of a validated document as its resolver would be given them, from
 * variables that were coerced by the schema. Fails as graphql-js does, with the same error.
 */
export function argumentReader(
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
): (variables: Variables) => Arguments {
  const [node] = nodes;
  if (!node) throw new Error('A selected field has no node.');
  const given = new Map(node.arguments?.map((argument) => [argument.name.value, argument.value]));
  const args = field.args.map((arg) => {
    const value = given.get(arg.name);
    const required = isNonNullType(arg.type);
    return { name: arg.name, fallback: arg.defaultValue, required, read: value && prepare(value, arg.type) };
  });
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const { name, fallback, required, read } of args) {
      const value = read ? read(variables) : undefined;
      if (value !== undefined) values[name] = value;
      else if (fallback !== undefined) values[name] = fallback;
      if (required && (values[name] ?? null) === null)
        return getArgumentValues(field, node, { ...variables });
    }
    return values;
  };
}
