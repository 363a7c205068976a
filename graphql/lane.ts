// The express lane: plain POST queries whose document is known already go past everything that only others need.

import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Exchange } from '../src/core/exchange.js';
import type { GatewayContext } from './context.js';
import type { CostLimit } from './cost.js';
import type { Documents } from './documents.js';
import type { Executor } from './execute.js';
import { coerceVariables } from './variables.js';

export interface LaneDeps {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly costLimit: CostLimit;
  readonly executor: Executor;
  readonly contextOf: (exchange: Exchange) => GatewayContext;
}

const responseType = 'application/graphql-response+json; charset=utf-8';
const jsonType = 'application/json; charset=utf-8';

/** The media type of the answer for the Accept headers of ordinary clients; others are negotiated elsewhere. */
const acceptTypes: ReadonlyMap<string, string> = new Map([
  ['', jsonType],
  ['*/*', jsonType],
  ['application/json', jsonType],
  ['application/graphql-response+json', responseType],
  ['application/graphql-response+json, application/json', responseType],
  ['application/graphql-response+json,application/json', responseType],
  ['application/graphql-response+json, application/json;q=0.9', responseType],
  ['application/json, application/graphql-response+json', jsonType],
  ['application/json, */*', jsonType],
  ['application/json, text/plain, */*', jsonType],
]);

interface Params {
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

const paramNames: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions']);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function paramsOf(body: Buffer): Params | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  for (const name in parsed) if (!paramNames.has(name)) return undefined;
  const { query, operationName, variables, extensions } = parsed;
  if (typeof query !== 'string' || (extensions !== undefined && extensions !== null)) return undefined;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return undefined;
  if (variables !== undefined && variables !== null && !isObject(variables)) return undefined;
  return { query, operationName, variables: variables ?? {} };
}

/**
 * Answers the exchange when it is an ordinary query of a known document, and tells whether it did. Whatever
 * is not ordinary (another method or media type, a fault of any kind) is left for the full way, which
 * applies the same limits and says what is wrong.
 */
export function createLane(deps: LaneDeps): (exchange: Exchange) => Promise<boolean> {
  const { schema, documents, costLimit, executor, contextOf } = deps;

  /** The variables as the schema reads them; undefined when they, or what is asked with them, are beyond a limit. */
  function coercedWithin(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    raw: Params['variables'],
  ) {
    try {
      const { coerced } = coerceVariables(schema, operation, raw);
      if (coerced !== undefined) costLimit.check(document, operation, coerced);
      return coerced;
    } catch {
      return undefined;
    }
  }

  return async (exchange) => {
    const { headers, method } = exchange.request;
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/json')) return false;
    const contentType = acceptTypes.get(headers.accept ?? '');
    if (contentType === undefined) return false;
    const params = paramsOf(exchange.body);
    const document = params && documents.known(params.query);
    const operation = document && documents.operation(document, params.operationName);
    if (!operation || operation.operation !== OperationTypeNode.QUERY) return false;
    const variables = coercedWithin(document, operation, params.variables);
    if (variables === undefined) return false;
    const request = { document, operation, variables, context: contextOf(exchange) };
    const result = await executor.execute(request, params.variables);
    const text = result.stringify ? result.stringify(result) : JSON.stringify(result);
    exchange.response.writeHead(200, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
    });
    exchange.response.end(text);
    return true;
  };
}
