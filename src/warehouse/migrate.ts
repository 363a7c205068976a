// Brings a database to the state that prisma/migrations describes, agreeing with `prisma migrate deploy`.

import { createHash } from 'node:crypto';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import type pg from 'pg';
import { FlywheelError } from '../core/errors.js';
import { noFilter, withSchemaEngine } from './migration-engine.js';
import { prismaFolder, readMigrations } from './migration-files.js';
import { openClient } from './open-client.js';

/** Any number that no other program is likely to lock; all starts of all gateways meet at it. */
const migrationLock = 7_203_951_844n;

/**
 * Applies every migration that the database of `url` does not have yet and returns their names, oldest first. Several
 * processes may call it at once: one works, the others wait and find nothing left to do.
 *
 * Rejects with UNAVAILABLE when the server cannot be reached or is older than PostgreSQL 15, and with CONFLICT when
 * the database holds something that the migrations cannot be applied to.
 */
export async function migrate(url: string, folder: string = prismaFolder): Promise<readonly string[]> {
  const client = await openClient(url, 'flywheel migration lock');
  try {
    // The lock belongs to this session, so it is gone when the process is, however it ends.
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock.toString()]);
    const migrations = await readMigrations(folder);
    // Loading the engine takes longer than everything else at a start that finds nothing to do.
    return (await areApplied(client, migrations)) ? [] : await applyMigrations(url, migrations);
  } finally {
    await client.end();
  }
}

async function areApplied(client: pg.Client, migrations: MigrationList): Promise<boolean> {
  const { rows: tables } = await client.query(
    `SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_prisma_migrations'`,
  );
  if (tables.length === 0) return false;
  const { rows: applied } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  return (
    applied.every(({ finished }) => finished) &&
    applied.length === migrations.migrationDirectories.length &&
    migrations.migrationDirectories.every(
      ({ path, migrationFile: { content } }) =>
        content.tag === 'ok' &&
        checksums.get(path) === createHash('sha256').update(content.value).digest('hex'),
    )
  );
}

async function applyMigrations(url: string, migrationsList: MigrationList): Promise<readonly string[]> {
  try {
    const applied = await withSchemaEngine(url, (engine) =>
      engine.applyMigrations({ migrationsList, filters: noFilter }),
    );
    return applied.appliedMigrationNames;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FlywheelError(
      'CONFLICT',
      `The migrations cannot be applied to this database: ${reason.replace(/\s+/g, ' ').trim()}`,
      { cause: error },
    );
  }
}
