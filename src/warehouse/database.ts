// One pool of connections to the warehouse, seen through Kysely, the Prisma client and pg alike.

import { PrismaPg } from '@prisma/adapter-pg';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PrismaClient } from '../../prisma/generated/client/client.js';
import type { StatementOutcome } from '../core/telemetry.js';

/** Tables are named by the catalogue at run time, so Kysely knows no table by its type. */
export type AnyTables = Record<string, Record<string, unknown>>;

/** Told of every piece of work on a connection of the pool: how it ended and how long it took, waiting included. */
export type StatementObserver = (outcome: StatementOutcome, durationMs: number) => void;

export interface DatabaseOptions {
  readonly url: string;
  /** The most connections that are held at once (10). */
  readonly poolSize?: number;
  /** How long a caller waits for a connection before it fails (5,000 ms). */
  readonly connectTimeoutMs?: number;
  /** The server stops a statement that runs longer (30,000 ms); 0 means no limit. */
  readonly statementTimeoutMs?: number;
  /** Whether the server may work on one statement with several processes at once (true). */
  readonly parallel?: boolean;
  /** How long an unused connection stays open; 0, as here unless given, keeps it and spares a timer at every use. */
  readonly idleTimeoutMs?: number;
  /** What the server shows as the name of this client in pg_stat_activity. */
  readonly applicationName?: string;
  /** Told when an idle connection breaks, such as when the server stops; the next query opens a new one. */
  readonly onConnectionLost?: (error: Error) => void;
  readonly onStatement?: StatementObserver;
}

export interface Database {
  readonly pool: pg.Pool;
  /** One more connection, to stop statements by while those of the pool are all at work. */
  readonly control: pg.Pool;
  /** Composes SQL over the same pool. */
  readonly kysely: Kysely<AnyTables>;
  /** The Prisma client over the same pool. */
  readonly prisma: PrismaClient;
  readonly onStatement: StatementObserver | undefined;
  /** Waits for the connections that are in use, then closes all; a second call does nothing. */
  close(): Promise<void>;
}

/** Keeps each statement of a connection to one process of the server. */
async function forgoHelpers(client: pg.ClientBase): Promise<void> {
  await client.query('SET max_parallel_workers_per_gather = 0');
}

/**
 * Opens nothing by itself: the first query connects. A server that goes away fails the queries that need it
 * and never the process; the pool connects anew as soon as the server is back.
 *
 * Values arrive as pg gives them: `numeric` and `int8` as text, so that no digit is lost; `timestamptz` as Date.
 */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 0,
    keepAlive: true,
    application_name: options.applicationName ?? 'flywheel',
    ...(options.parallel === false ? { onConnect: forgoHelpers } : {}),
  });
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => options.onConnectionLost?.(error));
  // The same goes for one that breaks while it is lent out but asked nothing; its next query says so.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const control = new pg.Pool({
    connectionString: options.url,
    max: 1,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    // It is rarely needed, and must not keep the process alive.
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
    application_name: options.applicationName ?? 'flywheel',
  });
  control.on('error', (error) => options.onConnectionLost?.(error));

  const kysely = new Kysely<AnyTables>({ dialect: new PostgresDialect({ pool }) });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });

  let closing: Promise<void> | undefined;
  async function closeAll(): Promise<void> {
    await prisma.$disconnect();
    await Promise.all([pool.end(), control.end()]);
  }
  return {
    pool,
    control,
    kysely,
    prisma,
    onStatement: options.onStatement,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
