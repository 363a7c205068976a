// For developers and CI: does prisma/migrations agree with prisma/schema.prisma, and write what is missing.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlywheelError } from '../core/errors.js';
import { noFilter, withSchemaEngine } from './migration-engine.js';
import { prismaFolder, readMigrations, readSchema } from './migration-files.js';
import { openClient } from './open-client.js';

/**
 * The SQL that leads from the migrations of `folder` to its schema, or undefined when they agree. Uses the server of
 * `url` for a database that exists for this call alone, so its user must be allowed to create one.
 */
export async function findMigrationDrift(
  url: string,
  folder: string = prismaFolder,
): Promise<string | undefined> {
  const client = await openClient(url, 'flywheel check');
  await client.end();
  const [migrations, schema] = await Promise.all([readMigrations(folder), readSchema(folder)]);
  const result = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      // With this flag the engine answers 2 when there is a difference, whatever its script says.
      exitCode: true,
      filters: noFilter,
    }),
  );
  return result.exitCode === 0 ? undefined : (result.stdout ?? '');
}

/**
 * Writes the next migration into `folder`/migrations/<time>_<name>, as `prisma migrate dev --create-only` does, and
 * returns its path; undefined when the migrations already agree with the schema.
 */
export async function writeMigration(
  url: string,
  name: string,
  folder: string = prismaFolder,
  now: Date = new Date(),
): Promise<string | undefined> {
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new FlywheelError('BAD_INPUT', `Name the migration in small letters, digits and _, not "${name}".`);
  }
  const drift = await findMigrationDrift(url, folder);
  if (drift === undefined) return undefined;
  const time = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const migrationFolder = join(folder, 'migrations', `${time}_${name}`);
  await mkdir(migrationFolder, { recursive: true });
  const path = join(migrationFolder, 'migration.sql');
  await writeFile(path, drift);
  return path;
}
