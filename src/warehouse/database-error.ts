// Says what a failed statement means to whoever asked: an outage, a time-out, values out of range or too many, or a bug.

import { type ErrorCode, FlywheelError } from '../core/errors.js';

export const tooManyValues =
  'The conditions of the request hold too many values at once; ask in several requests.';

const sentences: Partial<Record<ErrorCode, string>> = {
  LIMIT_EXCEEDED: tooManyValues,
  UNAVAILABLE: 'The warehouse cannot be reached at the moment; try again shortly.',
  TIMEOUT: 'The warehouse took too long to answer; ask for fewer rows or a shorter period.',
  CANCELLED: 'The request was cancelled before it was answered.',
  BAD_INPUT: 'A value in the request is outside of what the warehouse can hold; correct it and try again.',
};

const systemFaults = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Messages of pg that bear no code. */
const lostConnection =
  /timeout exceeded when trying to connect|Connection terminated|pool after calling end|Client has encountered a connection error|server closed the connection/i;

function codeOfState(state: string, message: string): ErrorCode | undefined {
  if (state === '57014') return message.includes('timeout') ? 'TIMEOUT' : 'CANCELLED';
  // Class 08: connection, but for 08P01, which says that we spoke wrongly; 53: resources; 57P: the server is stopped or starts; P1: Prisma cannot connect.
  if (/^(08(?!P01)|53|57P|P10)/.test(state) || systemFaults.has(state)) return 'UNAVAILABLE';
  if (/^(22003|22008|22007|22P02|22P05|22021|P2020)$/.test(state)) return 'BAD_INPUT';
  return state === 'P2029' ? 'LIMIT_EXCEEDED' : undefined;
}

interface Trace {
  readonly state: string | undefined;
  readonly message: string;
}

function textOf(value: object, name: string): string | undefined {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** Every code and message along the error, its causes and, for Prisma, what its driver adapter reported. */
function tracesOf(error: unknown, depth = 0): Trace[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const message = textOf(error, 'message') ?? textOf(error, 'originalMessage') ?? '';
  const state = textOf(error, 'originalCode') ?? textOf(error, 'code');
  const inner = ['cause', 'meta', 'driverAdapterError'].flatMap((name) =>
    tracesOf(Reflect.get(error, name), depth + 1),
  );
  return [{ state, message }, ...inner];
}

/**
 * A FlywheelError for an outage, a time-out, a cancellation, a value out of range or too many of them, with the original
 * as its cause; anything else comes back as it is, because it is a bug.
 */
export function explainDatabaseError(error: unknown): unknown {
  if (error instanceof FlywheelError) return error;
  for (const { state, message } of tracesOf(error)) {
    const code =
      (state === undefined ? undefined : codeOfState(state, message)) ??
      (lostConnection.test(message) ? 'UNAVAILABLE' : undefined);
    const sentence = code && sentences[code];
    if (code && sentence) return new FlywheelError(code, sentence, { cause: error });
  }
  return error;
}
