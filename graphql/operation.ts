// An operation that came by another way than a plain request: checked by the same limits, then executed or followed.

import {
  type DocumentNode,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { type ErrorCode, FlywheelError } from '../src/core/errors.js';
import type { GatewayContext } from './context.js';
import type { CostLimit } from './cost.js';
import type { Documents } from './documents.js';
import type { ErrorPresenter } from './errors.js';
import type { Executor } from './execute.js';
import type { SubscriptionRequest } from './hub/hub.js';
import { coerceVariables } from './variables.js';

export interface OperationsDeps {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly costLimit: CostLimit;
  readonly executor: Executor;
  readonly presenter: ErrorPresenter;
}

/** A request as it was sent, its members of whatever type. */
export interface RawOperation {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

export type PreparedOperation =
  /** Nothing is executed; the errors are as the caller may see them. */
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLError[] }
  /** A query or a mutation; `run` resolves to its result as JSON in one line. */
  | { readonly kind: 'single'; readonly isMutation: boolean; run(): Promise<string> }
  | { readonly kind: 'subscription'; readonly request: SubscriptionRequest };

export interface Operations {
  prepare(raw: RawOperation, context: GatewayContext): PreparedOperation;
  /** An error as the caller may see it. */
  present(error: unknown, context: GatewayContext): GraphQLError;
}

/** Thrown inside to be refused with these. */
class Refused extends Error {
  constructor(
    readonly errors: readonly unknown[],
    readonly fallback: ErrorCode = 'BAD_INPUT',
  ) {
    super('The operation is refused.');
  }
}

export function createOperations(deps: OperationsDeps): Operations {
  const { schema, documents, costLimit, executor, presenter } = deps;

  function parsed({ query, operationName }: RawOperation) {
    if (typeof query !== 'string') throw wrong('needs the text of a GraphQL document as `query`');
    if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
      throw wrong('may name its operation only by a text');
    const document = documents.parse(query);
    const errors = documents.validate(document);
    if (errors.length > 0) throw new Refused(errors, 'GRAPHQL_VALIDATION_FAILED');
    const operation = documents.operation(document, operationName);
    if (operation === undefined)
      throw wrong('must name one of the operations of its document as `operationName`');
    return { document, operation };
  }

  function prepared(raw: RawOperation, context: GatewayContext): PreparedOperation {
    const { document, operation } = parsed(raw);
    const rawVariables = variablesOf(raw.variables);
    const { coerced, errors } = coerceVariables(schema, operation, rawVariables);
    if (coerced === undefined) throw new Refused(errors);
    costLimit.check(document, operation, coerced);
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      const { scope } = context;
      return {
        kind: 'subscription',
        request: { document, operation, variables: coerced, rawVariables, scope },
      };
    }
    const isMutation = operation.operation === OperationTypeNode.MUTATION;
    const request = { document, operation, variables: coerced, context };
    return {
      kind: 'single',
      isMutation,
      run: () =>
        isMutation ? mutate(document, operation, rawVariables, context) : ask(request, rawVariables),
    };
  }

  async function ask(request: Parameters<Executor['execute']>[0], raw: Record<string, unknown>) {
    const result = await executor.execute(request, raw);
    return result.stringify ? result.stringify(result) : JSON.stringify(result);
  }

  async function mutate(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variableValues: Record<string, unknown>,
    context: GatewayContext,
  ): Promise<string> {
    const operationName = operation.name?.value ?? null;
    const result = await execute({ schema, document, operationName, variableValues, contextValue: context });
    const errors = result.errors?.map((error) => presenter.present(error, 'BAD_INPUT', context.requestId));
    return JSON.stringify({ ...(errors === undefined ? {} : { errors }), data: result.data });
  }

  return {
    prepare(raw, context) {
      try {
        return prepared(raw, context);
      } catch (error) {
        const found = error instanceof Refused ? error : new Refused([error]);
        const errors = found.errors.map((each) => presenter.present(each, found.fallback, context.requestId));
        return { kind: 'refused', errors };
      }
    },
    present: (error, { requestId }) => presenter.present(error, 'BAD_INPUT', requestId),
  };
}

function variablesOf(variables: unknown): Record<string, unknown> {
  if (variables === undefined || variables === null) return {};
  if (typeof variables !== 'object' || Array.isArray(variables))
    throw wrong('takes its variables as an object');
  return { ...variables };
}

function wrong(what: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', `An operation ${what}.`);
}
