// Before the first test: one PostgreSQL server for the whole run, with a migrated database to copy from.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openWarehouse, type Warehouse } from '../../src/warehouse/embedded-postgres.js';
import { migrate } from '../../src/warehouse/migrate.js';
import { isAlive } from '../../src/warehouse/postgres-cluster.js';
import { openKafkaDoor } from './kafka-door.js';
import { assertTestDatabase, databaseUrl, onServer, testDatabasePrefix } from './test-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that is copied for each test database and never used itself. */
    readonly templateUrl: string;
    /** Where tests ask for the Kafka of the run. */
    readonly kafkaDoor: string;
  }
}

const folderPrefix = 'flywheel-test-';

/** A run that was killed could not stop its server: the next one does. */
async function clearKilledRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(folderPrefix)
      ? Number(name.slice(folderPrefix.length).split('-')[0])
      : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    if (existsSync(join(folder, 'postgres', 'cluster', 'data', 'postmaster.pid'))) {
      // Who becomes its only user and leaves again stops it.
      const left = await openServer(undefined, folder).catch(() => undefined);
      await left?.close();
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * FLYWHEEL_TEST_DATABASE_URL names a server of one's own instead, such as an older PostgreSQL; its database must be
 * marked for tests by its name.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ownUrl = process.env.FLYWHEEL_TEST_DATABASE_URL;
  if (ownUrl !== undefined) assertTestDatabase(ownUrl);

  await clearKilledRuns();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  // Where the tests run as root, PostgreSQL runs as another user, who must be able to pass.
  await chmod(folder, 0o755);
  const server = await openServer(ownUrl, folder);

  const template = `${testDatabasePrefix}template_${process.pid}_${randomBytes(4).toString('hex')}`;
  const templateUrl = databaseUrl(server.url, template);
  await onServer(server.url, (client) => client.query(`CREATE DATABASE ${template} TEMPLATE template0`));
  await migrate(templateUrl);
  project.provide('templateUrl', templateUrl);
  const kafkaDoor = await openKafkaDoor(folder);
  project.provide('kafkaDoor', kafkaDoor.url);

  return async () => {
    await kafkaDoor.close();
    await onServer(server.url, (client) => client.query(`DROP DATABASE ${template} WITH (FORCE)`));
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
}

async function openServer(ownUrl: string | undefined, dataDir: string): Promise<Warehouse> {
  return openWarehouse({
    databaseUrl: ownUrl,
    dataDir,
    // Nothing here outlives the run, so nothing waits for the disk.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300', shared_buffers: '128MB' },
  });
}
