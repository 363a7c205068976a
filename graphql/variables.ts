// The variables of a request, as the schema reads them.

import { type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { FlywheelError } from '../src/core/errors.js';
import { checkVariableNesting } from './nesting.js';

type Variables = Readonly<Record<string, unknown>>;

export type CoercedVariables =
  | { readonly coerced: Record<string, unknown>; readonly errors?: undefined }
  | { readonly coerced?: undefined; readonly errors: readonly Error[] };

/** More would tell nobody more: each value of a long list can be wrong. */
const errorsMax = 20;

/** The variables that an operation declares, or all that is wrong with them, as far as it helps to know. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  raw: Variables,
): CoercedVariables {
  try {
    checkVariableNesting(raw);
  } catch (error) {
    if (error instanceof FlywheelError) return { errors: [error] };
    throw error;
  }
  return getVariableValues(schema, operation.variableDefinitions ?? [], raw, { maxErrors: errorsMax });
}
