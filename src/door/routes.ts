// The addresses behind the door, and what stands at each.

import type { ExchangeHandler } from '../core/exchange.js';
import type { SocketHandler } from '../core/socket.js';
import type { Telemetry } from '../core/telemetry.js';
import { sendJson, sendText } from './answers.js';
import type { Route } from './exchange.js';
import { eventFormOf } from './media-types.js';
import type { ReadinessReport } from './readiness.js';

export interface Handlers {
  /** GET and POST of /graphql, and what else its event streams take; never without a key when keys are set. */
  readonly graphql: ExchangeHandler;
  /**
   * The page that a browser gets for GET /graphql. It must hold no data, because it needs no key: whoever uses it
   * enters the key there, as a header of the requests that it sends.
   */
  readonly page?: ExchangeHandler;
  /** POST of /events; never without a key when keys are set. */
  readonly events?: ExchangeHandler;
  /** Takes over the WebSockets that are opened at /graphql. */
  readonly sockets?: SocketHandler;
  /** The sub-protocols that it speaks, the preferred first. */
  readonly socketProtocols?: readonly string[];
}

export interface RoutesDeps {
  readonly handlers: Handlers;
  readonly readiness: { report(): Promise<ReadinessReport> };
  readonly telemetry: Telemetry;
}

const reading = ['GET', 'HEAD'];

export function createRoutes({ handlers, readiness, telemetry }: RoutesDeps): ReadonlyMap<string, Route> {
  const route = (
    path: string,
    methods: readonly string[],
    rest: Omit<Route, 'allow' | 'methods' | 'record'>,
  ) => {
    const allow = [...methods, 'OPTIONS'];
    return [
      path,
      { allow: allow.join(', '), methods: new Set(allow), record: telemetry.route(path), ...rest },
    ] as const;
  };
  return new Map<string, Route>([
    route('/graphql', ['GET', 'POST', 'PUT', 'DELETE'], {
      needsNoKey: false,
      handle: handlers.graphql,
      ...(handlers.page === undefined ? {} : { page: handlers.page }),
      ...(handlers.sockets === undefined ? {} : { sockets: handlers.sockets }),
    }),
    ...(handlers.events === undefined ? [] : [route('/events', ['POST'], eventsRoute(handlers.events))]),
    route('/healthz', reading, {
      needsNoKey: true,
      handle: (exchange) => sendJson(exchange, 200, { status: 'alive' }),
    }),
    route('/readyz', reading, {
      needsNoKey: true,
      handle: async (exchange) => {
        const { ready, checks } = await readiness.report();
        const status = ready ? 'ready' : 'not ready';
        sendJson(exchange, ready ? 200 : 503, exchange.isIdentified ? { status, checks } : { status });
      },
    }),
    route('/metrics', reading, {
      needsNoKey: false,
      handle: async (exchange) => sendText(exchange, 200, telemetry.contentType, await telemetry.render()),
    }),
    route('/', reading, {
      needsNoKey: true,
      handle: (exchange) =>
        sendText(exchange, 302, 'text/plain; charset=utf-8', 'The API is at /graphql.\n', {
          location: '/graphql',
        }),
    }),
  ]);
}

function eventsRoute(handle: ExchangeHandler): Omit<Route, 'allow' | 'methods' | 'record'> {
  return {
    needsNoKey: false,
    handle,
    reads: (contentType) => eventFormOf(contentType) !== undefined,
    notRead:
      'Events are read as JSON in UTF-8; send them with "Content-Type: application/json" (one event or a list), ' +
      '"application/x-ndjson" (one per line), "application/cloudevents+json" or "application/cloudevents-batch+json".',
  };
}
