// The short answers to requests about event streams.

import type { GraphQLError } from 'graphql';
import type { ErrorCode } from '../../src/core/errors.js';
import type { Exchange } from '../../src/core/exchange.js';

export type Answer = Readonly<Record<string, string | number>>;

/** A response without a body. */
export function answerEmpty({ response }: Exchange, status: number): void {
  response.writeHead(status, { 'content-length': 0 }).end();
}

/** Errors in the form of every refusal. */
export function answerErrors(
  { request, response }: Exchange,
  status: number,
  errors: readonly (GraphQLError | object)[],
): void {
  const isResponseType = request.headers.accept?.includes('application/graphql-response+json') === true;
  const type = `application/${isResponseType ? 'graphql-response+json' : 'json'}; charset=utf-8`;
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify({ errors }));
}

export function answerError(exchange: Exchange, status: number, code: ErrorCode, message: string): void {
  answerErrors(exchange, status, [{ message, extensions: { code, requestId: exchange.requestId } }]);
}
