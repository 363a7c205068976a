// Reads prisma/schema.prisma and prisma/migrations in the form that Prisma's schema engine takes them.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationDirectory, MigrationList, SchemasContainer } from '@prisma/schema-engine-wasm';
import { projectRoot } from '../core/project-root.js';

/** The folder `prisma/` of the project. */
export const prismaFolder: string = join(projectRoot, 'prisma');

/** Every migration of the folder, oldest first. */
export async function readMigrations(folder: string = prismaFolder): Promise<MigrationList> {
  const baseDir = join(folder, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map((name) => readMigration(baseDir, name))),
  };
}

/** The Prisma schema of the folder. */
export async function readSchema(folder: string = prismaFolder): Promise<SchemasContainer> {
  const path = join(folder, 'schema.prisma');
  return { files: [{ path, content: await readFile(path, 'utf8') }] };
}

async function readMigration(baseDir: string, name: string): Promise<MigrationDirectory> {
  const path = 'migration.sql';
  const content = await readFile(join(baseDir, name, path), 'utf8');
  return { path: name, migrationFile: { path, content: { tag: 'ok', value: content } } };
}
