// The front door: one HTTP server that lets requests in, hands them to whoever answers, and closes in order.

import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyRing } from '../access/keys.js';
import type { Clock } from '../core/clock.js';
import { keepAliveTimeoutMs, listen } from '../core/listen.js';
import type { Log } from '../core/log.js';
import { openScope } from '../core/scope.js';
import type { Telemetry } from '../core/telemetry.js';
import { createAdmission, keyOf } from './admission.js';
import { type Refusal, sendRefusal } from './answers.js';
import { createBodyReader } from './body.js';
import { DoorExchange, DoorRequest, DoorResponse, type DoorState } from './exchange.js';
import { createReadiness, type HealthCheck } from './readiness.js';
import { createRequestIds } from './request-id.js';
import { createRoutes, type Handlers } from './routes.js';
import { createSockets } from './sockets.js';
import { createUpgrades } from './upgrades.js';

export interface DoorSettings {
  /** 0 lets the operating system choose a free port. */
  readonly port: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly bodyLimitBytes: number;
  readonly connectionLimit: number;
  /** How long a request may take to arrive whole. */
  readonly requestTimeoutMs: number;
  /** How long requests in flight may take to finish when the door closes. */
  readonly closeTimeoutMs: number;
}

export interface DoorDeps {
  readonly settings: DoorSettings;
  readonly handlers: Handlers;
  readonly health: readonly HealthCheck[];
  /** Undefined: the gateway is open to whoever reaches it. */
  readonly keys: KeyRing | undefined;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Door {
  /** Starts to answer; `url` has the real port and no path. Throws a FlywheelError when the address cannot be had. */
  listen(): Promise<{ readonly url: string }>;
  /** Takes no more requests, lets those in flight finish within closeTimeoutMs, then cuts them off. */
  close(): Promise<void>;
}

const headerSizeLimitBytes = 16 * 1024;

export function createDoor(deps: DoorDeps): Door {
  const { settings, telemetry, log } = deps;
  const state: DoorState = { variesByOrigin: settings.corsOrigins.length > 0, isClosing: false };
  const requestIdOf = createRequestIds();
  const routes = createRoutes({
    handlers: deps.handlers,
    readiness: createReadiness({ ...deps, checks: deps.health }),
    telemetry,
  });
  const admit = createAdmission({ ...settings, keys: deps.keys, routes });
  const recordOther = telemetry.route('other');
  const logsRequests = log.isLevelEnabled('debug');
  let inFlight = 0;
  telemetry.watchRequestsInFlight(() => inFlight);

  function refuse(exchange: DoorExchange, refusal: Refusal): void {
    telemetry.error(refusal.code);
    sendRefusal(exchange, refusal);
  }

  function fail(exchange: DoorExchange, error: unknown): void {
    const { requestId, response, request } = exchange;
    log.error({ requestId, error }, 'a request failed for a reason of ours');
    if (response.headersSent) {
      // Half an answer is on its way: only hanging up tells the client that the rest will not come.
      if (!response.writableEnded) request.socket.destroy();
      return;
    }
    refuse(exchange, {
      status: 500,
      code: 'INTERNAL',
      message: `Something went wrong on our side; the request id is ${requestId}.`,
    });
  }

  function answer(exchange: DoorExchange): void {
    const { route, isPage } = exchange;
    const handle = (isPage ? route?.page : undefined) ?? route?.handle;
    try {
      const answered = handle?.(exchange);
      if (answered !== undefined) answered.catch((error: unknown) => fail(exchange, error));
    } catch (error) {
      fail(exchange, error);
    }
  }

  const readBody = createBodyReader({ limitBytes: settings.bodyLimitBytes, deliver: answer, refuse });

  function receive(request: DoorRequest, response: DoorResponse): void {
    const requestId = requestIdOf(request.headers.traceparent);
    const exchange = new DoorExchange(request, response, requestId, performance.now(), state);
    inFlight += 1;
    response.on('close', onClose);
    const refusal = admit(exchange);
    if (refusal !== undefined) refuse(exchange, refusal);
    else if (request.method === 'POST') readBody(exchange);
    else if (request.method === 'OPTIONS') answerOptions(exchange);
    else answer(exchange);
  }

  function onClose(this: DoorResponse): void {
    inFlight -= 1;
    const { exchange } = this;
    if (exchange === undefined) return;
    const isAnswered = this.writableFinished;
    const status = isAnswered ? this.statusCode : 499;
    const durationMs = performance.now() - exchange.arrivedMs;
    (exchange.route?.record ?? recordOther)(status, durationMs);
    if (!isAnswered) exchange.abandon();
    if (state.isClosing) setImmediate(() => server.closeIdleConnections());
    if (logsRequests) logRequest(log, exchange, status, durationMs);
  }

  const server = createServer(
    {
      IncomingMessage: DoorRequest,
      ServerResponse: DoorResponse,
      maxHeaderSize: headerSizeLimitBytes,
      headersTimeout: settings.requestTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, settings.requestTimeoutMs),
      keepAliveTimeout: keepAliveTimeoutMs,
    },
    receive,
  );
  server.maxConnections = settings.connectionLimit;
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  const webSockets = createSockets({
    protocols: deps.handlers.socketProtocols ?? [],
    messageLimitBytes: settings.bodyLimitBytes,
    identify(credentials) {
      if (deps.keys === undefined) return openScope;
      const key = keyOf(credentials);
      return key === undefined ? undefined : deps.keys.scopeOf(key);
    },
  });
  if (deps.handlers.sockets !== undefined) {
    const reopen = (connection: Socket) => server.emit('connection', connection);
    const upgrade = createUpgrades({ reopen, state, requestIdOf, admit, refuse, sockets: webSockets });
    server.on('upgrade', upgrade);
  }

  async function close(): Promise<void> {
    state.isClosing = true;
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // A connection on which nothing ever came counts as busy to Node, and would be waited for.
    for (const connection of connections) if (connection.bytesRead === 0) connection.destroy();
    const timer = setTimeout(() => {
      log.warn({ inFlight }, 'closing although some requests are not answered yet');
      server.closeAllConnections();
    }, settings.closeTimeoutMs);
    await Promise.all([closed, webSockets.close()]);
    clearTimeout(timer);
    // The server reports itself closed a moment before the last exchanges learn that their clients are gone.
    while (inFlight > 0) await nextTurn();
  }

  let closing: Promise<void> | undefined;
  return {
    listen: async () => ({ url: await listen(server, settings, { host: 'HOST', port: 'PORT' }) }),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Answers OPTIONS: to a page of a listed origin, what it may send; to anybody else, what is answered here. */
function answerOptions({ route, corsOrigin, request, response }: DoorExchange): void {
  const allow = route?.allow ?? '';
  const asked = request.headers['access-control-request-headers'];
  response.writeHead(
    204,
    corsOrigin === undefined
      ? { allow }
      : {
          allow,
          'access-control-allow-methods': allow,
          'access-control-allow-headers': asked ?? 'content-type, authorization, x-api-key',
          'access-control-max-age': '7200',
          vary: 'access-control-request-headers',
        },
  );
  response.end();
}

function logRequest(log: Log, exchange: DoorExchange, status: number, durationMs: number): void {
  const { requestId, request, scope } = exchange;
  // The address without its query, which may hold data of the caller.
  const path = request.url?.split('?', 1)[0];
  log.debug(
    { requestId, method: request.method, path, status, durationMs, principal: scope.principal },
    'request',
  );
}
