// Brings a database to the state that prisma/migrations describes, agreeing with `prisma migrate deploy`.

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
    return await applyMigrations(url, folder);
  } finally {
    await client.end();
  }
}

async function applyMigrations(url: string, folder: string): Promise<readonly string[]> {
  const migrationsList = await readMigrations(folder);
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
