// graphql-sse, single connection: a reservation, one stream that fulfils it, and operations that other requests start on it.

import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../src/core/exchange.js';
import type { GatewayContext } from '../context.js';
import type { RawOperation } from '../operation.js';
import { type Answer, answerEmpty, answerError, answerErrors } from './answers.js';
import type { EventStreams } from './event-stream.js';
import { EarlyRoom, type Operation, Reservation } from './reservation.js';
import { lastEventIdOf, type ResultWriter, type RunDeps, runOperation } from './running.js';

export interface SingleDeps extends RunDeps {
  readonly streams: EventStreams;
  readonly contextOf: (exchange: Exchange, onAbandon: (callback: () => void) => void) => GatewayContext;
}

const tokenHeader = 'x-graphql-event-stream-token';
const reservationsMax = 10_000;
const operationsMax = 200;
/** A reservation that no stream fulfils by then is void. */
const reservedMs = 30_000;
/** What may wait for streams that are still to be opened, over all reservations. */
const earlyBytesMax = 64 * 1024 * 1024;

const noStream = 'No stream is reserved under this token; reserve one with PUT.';

export interface SingleConnections {
  /** Whether a request belongs to this mode. */
  takes(exchange: Exchange): boolean;
  handle(exchange: Exchange, wantsStream: boolean): void;
}

function tokenOf({ request }: Exchange): string | undefined {
  const header = request.headers[tokenHeader];
  if (typeof header === 'string') return header;
  return parameter(request.url, 'token');
}

function parameter(url = '', name: string): string | undefined {
  return new URL(url, 'http://localhost').searchParams.get(name) ?? undefined;
}

export function createSingleConnections(deps: SingleDeps): SingleConnections {
  const reservations = new Map<string, Reservation>();
  const room = new EarlyRoom(earlyBytesMax);

  function forgetVoid(nowMs: number): void {
    for (const [token, { stream, untilMs }] of reservations) {
      // In the order in which they were made: the rest is younger.
      if (untilMs > nowMs) return;
      if (stream === undefined) release(token);
    }
  }

  function release(token: string): void {
    reservations.get(token)?.end();
    reservations.delete(token);
  }

  function reserve(exchange: Exchange): void {
    const nowMs = performance.now();
    forgetVoid(nowMs);
    if (reservations.size >= reservationsMax) {
      answerError(
        exchange,
        429,
        'RATE_LIMITED',
        'Too many streams are reserved; try again in half a minute.',
      );
      return;
    }
    const token = randomUUID();
    const { principal } = exchange.scope;
    reservations.set(token, new Reservation(principal, nowMs + reservedMs, room, () => release(token)));
    const answer: Answer = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
    exchange.response.writeHead(201, answer).end(token);
  }

  function open(exchange: Exchange, token: string, reservation: Reservation): void {
    if (reservation.stream !== undefined) {
      answerError(exchange, 409, 'CONFLICT', 'The stream of this token is open already.');
      return;
    }
    reservation.fulfil(deps.streams.open(exchange, () => release(token)));
  }

  function start(exchange: Exchange, reservation: Reservation): void {
    const params = paramsOf(exchange.body);
    const id = operationIdOf(params?.extensions);
    if (params === undefined || id === undefined) {
      answerError(
        exchange,
        400,
        'BAD_INPUT',
        'Send a JSON object with `query` and `extensions: {operationId}`.',
      );
      return;
    }
    if (reservation.operations.has(id)) {
      answerError(exchange, 409, 'CONFLICT', 'An operation with this id is at work already.');
      return;
    }
    if (reservation.operations.size >= operationsMax) {
      answerError(exchange, 429, 'LIMIT_EXCEEDED', `At most ${operationsMax} operations share a stream.`);
      return;
    }
    const operation: Operation = { running: undefined, abandon: () => undefined };
    const context = deps.contextOf(exchange, (callback) => {
      operation.abandon = callback;
    });
    const prepared = deps.operations.prepare(params, context);
    if (prepared.kind === 'refused') {
      answerErrors(exchange, 400, prepared.errors);
      return;
    }
    reservation.operations.set(id, operation);
    const head = Buffer.from(`event: next\ndata: {"id":${JSON.stringify(id)},"payload":`);
    const writer: ResultWriter = {
      message: ({ envelopedEvent }) => reservation.write(Buffer.concat([head, envelopedEvent])),
      result: (text) => reservation.write(Buffer.concat([head, Buffer.from(`${text}}\n\n`)])),
      complete() {
        reservation.operations.delete(id);
        reservation.write(Buffer.from(`event: complete\ndata: ${JSON.stringify({ id })}\n\n`));
      },
    };
    operation.running = runOperation(deps, prepared, context, writer, lastEventIdOf(exchange));
    answerEmpty(exchange, 202);
  }

  function complete(exchange: Exchange, reservation: Reservation): void {
    const id = parameter(exchange.request.url, 'operationId');
    if (id === undefined) {
      answerError(
        exchange,
        400,
        'BAD_INPUT',
        'Say which operation is to stop: DELETE /graphql?operationId=ID.',
      );
      return;
    }
    reservation.stop(id);
    answerEmpty(exchange, 200);
  }

  return {
    takes: ({ request: { method, url, headers } }) =>
      headers[tokenHeader] !== undefined ||
      method === 'PUT' ||
      method === 'DELETE' ||
      (url?.includes('token=') === true && parameter(url, 'token') !== undefined),
    handle(exchange, wantsStream) {
      const { method } = exchange.request;
      if (method === 'PUT') {
        reserve(exchange);
        return;
      }
      forgetVoid(performance.now());
      const token = tokenOf(exchange) ?? '';
      const reservation = reservations.get(token);
      if (reservation === undefined || reservation.principal !== exchange.scope.principal)
        answerError(exchange, 404, 'NOT_FOUND', noStream);
      else if (method === 'DELETE') complete(exchange, reservation);
      else if (wantsStream) open(exchange, token, reservation);
      else start(exchange, reservation);
    },
  };
}

interface SingleParams extends RawOperation {
  readonly extensions?: unknown;
}

function paramsOf(body: Buffer): SingleParams | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function operationIdOf(extensions: unknown): string | undefined {
  if (typeof extensions !== 'object' || extensions === null) return undefined;
  const { operationId }: { operationId?: unknown } = extensions;
  return typeof operationId === 'string' && operationId !== '' ? operationId.slice(0, 256) : undefined;
}
