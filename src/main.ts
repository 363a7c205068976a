// The fuse box: the only place where the parts are chosen, wired, started in order and stopped in reverse.

import { createGraphiqlHandler } from '../graphql/graphiql.js';
import { createGraphiqlExamples } from '../graphql/graphiql-examples.js';
import { createGraphqlServer } from '../graphql/server.js';
import { createKeyRing } from './access/keys.js';
import { fillDemo } from './cli/fill-demo.js';
import type { Progress } from './cli/progress.js';
import type { Config } from './config.js';
import { systemClock } from './core/clock.js';
import { FlywheelError } from './core/errors.js';
import type { ExchangeHandler } from './core/exchange.js';
import { createLifecycle, type Lifecycle } from './core/lifecycle.js';
import { createLog, type Log } from './core/log.js';
import { createTelemetry, type Telemetry } from './core/telemetry.js';
import { createDoor, type Door } from './door/door.js';
import { definitions } from './metrics/definitions.js';
import { createReports } from './metrics/reports.js';
import { catalogue } from './warehouse/catalogue.js';
import { createDatabase, type Database } from './warehouse/database.js';
import { openWarehouse } from './warehouse/embedded-postgres.js';
import { checkHealth } from './warehouse/health.js';
import { migrate } from './warehouse/migrate.js';
import { createReader } from './warehouse/read/reader.js';

/** What one process does: answer, or do the duties of which the warehouse has one holder at a time. */
export const processRoles = ['gateway', 'pipeline'] as const;
export type ProcessRole = (typeof processRoles)[number];

export interface Gateway {
  /** The address of the door, without a path; undefined for a process without the role of a gateway. */
  readonly url: string | undefined;
  /** Stops everything in order; never rejects, and a second call waits for the first. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly roles: readonly ProcessRole[];
  readonly progress: Progress;
  /** Asks a start that is under way to stop. */
  readonly signal?: AbortSignal;
}

/** What every part may need, and that itself needs no start. */
interface Foundations {
  readonly config: Config;
  readonly progress: Progress;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
}

/**
 * Resolves when everything has started. Rejects with a FlywheelError whose message tells the operator what to do, after
 * stopping what had started.
 */
export async function startGateway({ config, roles, progress, signal }: StartOptions): Promise<Gateway> {
  const log = createLog({ level: config.logLevel });
  const telemetry = createTelemetry();
  const lifecycle = createLifecycle({
    onStopFault: (part, error) => log.error({ part, error }, 'a part did not stop as it should'),
  });
  const foundations: Foundations = { config, progress, log, telemetry, lifecycle };
  const stop = () => lifecycle.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return { url: await startParts(foundations, roles), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function startParts(
  foundations: Foundations,
  roles: readonly ProcessRole[],
): Promise<string | undefined> {
  const { config, progress, lifecycle } = foundations;
  // First of all, because a port that is taken should be known before minutes of other work.
  const entrance = roles.includes('gateway') ? await openEntrance(foundations) : undefined;
  const database = await startDatabase(foundations);
  if (config.demo && roles.includes('pipeline')) {
    await lifecycle.start({
      name: 'demonstration',
      start: (signal) => fillDemo({ database, clock: systemClock, progress }, signal),
    });
  }
  if (entrance === undefined) return undefined;
  const server = await createServer(foundations, database);
  await lifecycle.start({
    name: 'requests',
    start: () => entrance.answerWith(database, server),
    stop: () => entrance.door.close(),
    // The door itself hangs up on whoever is still waiting by then.
    stopTimeoutMs: config.door.closeTimeoutMs + 2_000,
  });
  return entrance.url;
}

interface Entrance {
  readonly door: Door;
  readonly url: string;
  /** Hands over the requests that came meanwhile, and all that follow. */
  answerWith(database: Database, server: Server): void;
}

/** Opens the door at once; a request that comes before there is somebody to answer it waits. */
async function openEntrance({ config, log, telemetry, lifecycle }: Foundations): Promise<Entrance> {
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

async function startDatabase({
  config,
  progress,
  log,
  telemetry,
  lifecycle,
}: Foundations): Promise<Database> {
  const warehouse = await lifecycle.start({
    name: 'embedded PostgreSQL',
    start: () =>
      progress.step('Starting the database', () =>
        openWarehouse({ databaseUrl: config.warehouse.databaseUrl, dataDir: config.dataDir }),
      ),
    stop: (opened) => opened.close(),
    stopTimeoutMs: 35_000,
  });
  await lifecycle.start({
    name: 'migrations',
    start: () => progress.step('Bringing the tables up to date', () => migrate(warehouse.url)),
  });
  const database = await lifecycle.start({
    name: 'database connections',
    start: () =>
      createDatabase({
        ...config.warehouse,
        url: warehouse.url,
        onStatement: (outcome, durationMs) => telemetry.statement(outcome, durationMs),
        onConnectionLost: (error) => log.warn({ error }, 'a connection to the database was lost'),
      }),
    stop: (opened) => opened.close(),
  });
  const { pool } = database;
  telemetry.watchPool(() => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }));
  return database;
}

/** The two handlers of /graphql. */
interface Server {
  readonly graphql: ExchangeHandler;
  readonly page: ExchangeHandler;
}

async function createServer({ config, log, telemetry }: Foundations, database: Database): Promise<Server> {
  const reports = createReports({ database, catalogue, definitions });
  const page = createGraphiqlHandler({
    needsKey: config.apiKeys.length > 0,
    examples: createGraphiqlExamples({ reports, clock: systemClock, log }),
  });
  const { handle } = await createGraphqlServer({
    services: {
      prisma: database.prisma,
      reader: createReader({ database, catalogue }),
      reports,
      limits: config.limits,
    },
    limits: config.limits,
    planner: config.planner,
    onField: (outcome) => telemetry.planner(outcome),
    onError: (code) => telemetry.error(code),
    onInternal: (error, requestId) =>
      log.error({ requestId, error }, 'a request failed for a reason of ours'),
  });
  return { graphql: handle, page };
}
