// The door, opened before there is somebody to answer behind it.

import { socketProtocols } from '../../graphql/ws-protocol.js';
import { createKeyRing } from '../access/keys.js';
import { systemClock } from '../core/clock.js';
import { FlywheelError } from '../core/errors.js';
import type { ExchangeHandler } from '../core/exchange.js';
import type { SocketHandler } from '../core/socket.js';
import { createDoor, type Door } from '../door/door.js';
import type { HealthCheck } from '../door/readiness.js';
import type { Foundations } from './foundations.js';

/** Who answers behind the door. */
export interface Server {
  readonly graphql: ExchangeHandler;
  readonly page: ExchangeHandler;
  readonly events: ExchangeHandler;
  readonly sockets: SocketHandler;
  /** Ends the event streams that are open, which otherwise would be requests that never end. */
  endStreams(): void;
  /** What `/readyz` asks, by the names of the checks. */
  readonly checks: Readonly<Record<CheckName, HealthCheck['check']>>;
}

type CheckName = 'database' | 'event log' | 'pipeline';

export interface Entrance {
  readonly door: Door;
  readonly url: string;
  /** Hands over the requests that came meanwhile, and all that follow. */
  answerWith(server: Server): void;
}

/** Opens the door at once; a request that comes before there is somebody to answer it waits. */
export async function openEntrance({ config, log, telemetry, lifecycle }: Foundations): Promise<Entrance> {
  let current: Server | undefined;
  const graphql = createGate();
  const page = createGate();
  const events = createGate();
  const check = (name: CheckName): HealthCheck => ({
    name,
    isAdvisory: name !== 'database',
    check: async () => {
      if (current === undefined) throw new FlywheelError('UNAVAILABLE', 'The gateway is still starting.');
      await current.checks[name]();
    },
  });
  const door = createDoor({
    settings: config.door,
    handlers: {
      graphql: graphql.handle,
      page: page.handle,
      events: events.handle,
      sockets: (socket) => (current === undefined ? turnAway(socket) : current.sockets(socket)),
      socketProtocols,
    },
    health: [check('database'), check('event log'), check('pipeline')],
    keys: config.apiKeys.length > 0 ? createKeyRing(config.apiKeys) : undefined,
    telemetry,
    log,
    clock: systemClock,
  });
  const { url } = await lifecycle.start({
    name: 'door',
    start: () => door.listen(),
    stop: () => door.close(),
    stopTimeoutMs: config.door.closeTimeoutMs + 2_000,
  });
  return {
    door,
    url,
    answerWith(server) {
      current = server;
      graphql.open(server.graphql);
      page.open(server.page);
      events.open(server.events);
    },
  };
}

/** A socket cannot wait as a request can: its client connects again by itself. */
const turnAway: SocketHandler = (socket) => {
  // What is said while it is being opened would not be heard.
  queueMicrotask(() => socket.close(1013, 'The gateway is still starting; connect again.'));
  return { onMessage: () => undefined, onDrain: () => undefined, onClose: () => undefined };
};

/** A handler that waits for the real one, and from then on is hardly there. */
function createGate(): { readonly handle: ExchangeHandler; open(handler: ExchangeHandler): void } {
  let admit: (handler: ExchangeHandler) => void = () => {};
  const opening = new Promise<ExchangeHandler>((resolve) => {
    admit = resolve;
  });
  let current: ExchangeHandler = async (exchange) => (await opening)(exchange);
  return {
    handle: (exchange) => current(exchange),
    open(handler) {
      current = handler;
      admit(handler);
    },
  };
}
