// The short answers that the door gives by itself: refusals, failures, small JSON documents.

import type { ErrorCode } from '../core/errors.js';
import type { Exchange } from '../core/exchange.js';
import type { DoorExchange } from './exchange.js';

/** Why the door does not let a request in, as its sender reads it. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes of a refused body that are read and dropped, so that its sender gets to read the answer. */
const drainLimitBytes = 16 * 1024 * 1024;

/** Sends a refusal as a GraphQL-style error; whatever of the body is still coming is dropped, within a bound. */
export function sendRefusal(exchange: DoorExchange, refusal: Refusal): void {
  const { request, requestId } = exchange;
  exchange.isRefused = true;
  if (!request.complete) {
    request.on('data', (chunk: Buffer) => {
      exchange.bodySizeBytes += chunk.length;
      if (exchange.bodySizeBytes > drainLimitBytes) request.socket.destroy();
    });
  }
  const { status, code, message, headers } = refusal;
  sendJson(exchange, status, { errors: [{ message, extensions: { code, requestId } }] }, headers);
}

export function sendJson(
  exchange: Pick<Exchange, 'response'>,
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(exchange, status, 'application/json; charset=utf-8', `${JSON.stringify(content)}\n`, headers);
}

export function sendText(
  { response }: Pick<Exchange, 'response'>,
  status: number,
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(bytes);
}
