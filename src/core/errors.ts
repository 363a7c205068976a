// The one error class of the project and its closed list of codes.

/** Every code that an error of ours can bear; `extensions.code` of a GraphQL error is one of these. */
export const errorCodes = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_INPUT',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'TIMEOUT',
  'CANCELLED',
  'CONFLICT',
  'UNAVAILABLE',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface FlywheelErrorOptions {
  readonly cause?: unknown;
  /** Facts about the error that a program can read; shown to the caller. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/**
 * An error whose message is meant for the person who caused it or who must act on it: one
 * sentence that says what is wrong and what to do. `cause` keeps what lies beneath; it is logged, never shown.
 */
export class FlywheelError extends Error {
  readonly code: ErrorCode;
  readonly details: FlywheelErrorOptions['details'];

  constructor(code: ErrorCode, message: string, options: FlywheelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FlywheelError';
    this.code = code;
    this.details = options.details;
  }
}

/** Whether something was given up because it took too long: asked for less at once, it may be done. */
export function isTimeout(error: unknown): boolean {
  return error instanceof FlywheelError && error.code === 'TIMEOUT';
}
