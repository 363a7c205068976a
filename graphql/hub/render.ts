// Executes the document of a cohort over one event, and writes the result down once for all who get it.

import { type DocumentNode, executeSync, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from '../context.js';
import type { ErrorPresenter } from '../errors.js';

export interface RenderDeps {
  readonly schema: GraphQLSchema;
  readonly presenter: ErrorPresenter;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly rawVariables: Readonly<Record<string, unknown>>;
  readonly context: GatewayContext;
}

/** The result of the document over an event, as JSON; its fields must not wait for anything. */
export type Render = (event: object) => Buffer;

export function createRender(deps: RenderDeps): Render {
  const { schema, presenter, document, operation, rawVariables, context } = deps;
  const operationName = operation.name?.value ?? null;
  return (event) => {
    const { data, errors } = executeSync({
      schema,
      document,
      operationName,
      rootValue: event,
      contextValue: context,
      variableValues: rawVariables,
    });
    const shown = errors?.map((error) => presenter.present(error, 'BAD_INPUT', context.requestId));
    return Buffer.from(JSON.stringify({ ...(shown === undefined ? {} : { errors: shown }), data }));
  };
}
