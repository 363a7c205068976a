// The warehouse: its server, its tables, and the connections to it.

import { createDatabase, type Database } from '../warehouse/database.js';
import { openWarehouse } from '../warehouse/embedded-postgres.js';
import { migrate } from '../warehouse/migrate.js';
import type { Foundations } from './foundations.js';

export interface StartedDatabase {
  readonly database: Database;
  /** For connections outside of the pool. */
  readonly url: string;
}

/** Starts the warehouse, brings its tables up to date and opens the pool. */
export async function startDatabase({
  config,
  progress,
  log,
  telemetry,
  lifecycle,
}: Foundations): Promise<StartedDatabase> {
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
  return { database, url: warehouse.url };
}
