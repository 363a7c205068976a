// A fresh, migrated database for a test file, on the PostgreSQL of the run.

import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions } from '../../src/warehouse/database.js';
import { assertTestDatabase, databaseUrl, onServer, testDatabasePrefix } from './test-server.js';

export interface TestDatabase extends Database {
  readonly url: string;
  /** Closes the pool and drops the database. */
  close(): Promise<void>;
}

/** The address of a database on the test server that can always be connected to. */
function maintenanceUrl(): string {
  const templateUrl = inject('templateUrl');
  assertTestDatabase(templateUrl);
  return databaseUrl(templateUrl, 'postgres');
}

/**
 * Copies the migrated template, or, with `empty`, makes a database without tables. Call `close` in `afterAll`.
 */
export async function createTestDatabase(
  options: Omit<DatabaseOptions, 'url'> & { readonly empty?: boolean } = {},
): Promise<TestDatabase> {
  const { empty = false, ...poolOptions } = options;
  const name = `${testDatabasePrefix}${process.pid}_${randomBytes(6).toString('hex')}`;
  const server = maintenanceUrl();
  const template = empty ? 'template0' : new URL(inject('templateUrl')).pathname.slice(1);
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));

  const url = databaseUrl(server, name);
  const database = createDatabase({ url, poolSize: 5, ...poolOptions });
  return {
    ...database,
    url,
    async close() {
      await database.close();
      await onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}
