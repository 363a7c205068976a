// The door, opened before there is somebody to answer behind it.

import { createKeyRing } from '../access/keys.js';
import { systemClock } from '../core/clock.js';
import { FlywheelError } from '../core/errors.js';
import type { ExchangeHandler } from '../core/exchange.js';
import { createDoor, type Door } from '../door/door.js';
import type { Database } from '../warehouse/database.js';
import { checkHealth } from '../warehouse/health.js';
import type { Foundations } from './foundations.js';
import type { Server } from './server.js';

export interface Entrance {
  readonly door: Door;
  readonly url: string;
  /** Hands over the requests that came meanwhile, and all that follow. */
  answerWith(database: Database, server: Server): void;
}

/** Opens the door at once; a request that comes before there is somebody to answer it waits. */
export async function openEntrance({ config, log, telemetry, lifecycle }: Foundations): Promise<Entrance> {
  let warehouse: Database | undefined;
  const graphql = createGate();
  const page = createGate();
  const door = createDoor({
    settings: config.door,
    handlers: { graphql: graphql.handle, page: page.handle },
    health: [
      {
        name: 'database',
        check: async () => {
          if (warehouse === undefined)
            throw new FlywheelError('UNAVAILABLE', 'The gateway is still starting.');
          await checkHealth(warehouse);
        },
      },
    ],
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
    answerWith(database, server) {
      warehouse = database;
      graphql.open(server.graphql);
      page.open(server.page);
    },
  };
}

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
