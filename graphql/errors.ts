// Errors as the API shows them: one closed list of codes, sentences for people, nothing of the inside.

import { GraphQLError } from 'graphql';
import { type ErrorCode, errorCodes, FlywheelError } from '../src/core/errors.js';
import { explainDatabaseError } from '../src/warehouse/database-error.js';

/** A GraphQL error with a code of ours. */
export function codedError(code: ErrorCode, message: string, source?: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    nodes: source?.nodes ?? null,
    source: source?.source ?? null,
    positions: source?.positions ?? null,
    path: source?.path ?? null,
    extensions: { ...httpOf(source), code },
  });
}

/** What Yoga itself says about the status of the answer. */
function httpOf(source: GraphQLError | undefined): Record<string, unknown> {
  const http: unknown = source?.extensions.http;
  return http === undefined ? {} : { http };
}

function deepest(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? deepest(error.originalError) : error;
}

export interface ErrorPresenter {
  /** The error as the caller sees it. `fallback` is the code of an error that bears none and is the caller's. */
  present(error: unknown, fallback: ErrorCode, requestId: string): GraphQLError;
}

export interface ErrorPresenterDeps {
  /** Told of errors that are bugs of ours or outages, with their causes. */
  readonly onInternal: (error: unknown, requestId: string) => void;
  readonly onError: (code: ErrorCode) => void;
}

/** Creates the one place where errors of every kind become errors of the API. */
export function createErrorPresenter({ onInternal, onError }: ErrorPresenterDeps): ErrorPresenter {
  function translate(error: unknown, fallback: ErrorCode, requestId: string): GraphQLError {
    const source = error instanceof GraphQLError ? error : undefined;
    const origin = deepest(error);
    // The words of an error of GraphQL are partly the caller's, so they are no sign of what the database said.
    const cause = origin instanceof GraphQLError ? origin : explainDatabaseError(origin);
    if (cause instanceof FlywheelError) {
      if (cause.code === 'UNAVAILABLE' || cause.code === 'INTERNAL') onInternal(cause, requestId);
      const shown = codedError(cause.code, cause.message, source);
      Object.assign(shown.extensions, cause.details);
      return shown;
    }
    if (cause instanceof GraphQLError) {
      const known = errorCodes.find((code) => code === cause.extensions.code);
      return cause === source && known ? cause : codedError(known ?? fallback, cause.message, source);
    }
    onInternal(cause, requestId);
    const message = `Something went wrong on our side; the request id is ${requestId}.`;
    return codedError('INTERNAL', message, source);
  }
  return {
    present(error, fallback, requestId) {
      const shown = translate(error, fallback, requestId);
      const code = errorCodes.find((known) => known === shown.extensions.code);
      if (code) onError(code);
      return shown;
    },
  };
}
