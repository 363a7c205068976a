// `flywheel check-migrations` and `flywheel make-migration`: the migrations beside the schema they come from.

import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { FlywheelError } from '../core/errors.js';
import { openWarehouse } from '../warehouse/embedded-postgres.js';
import { findMigrationDrift, writeMigration } from '../warehouse/migration-drift.js';

async function withServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  const warehouse = await openWarehouse({
    databaseUrl: config.warehouse.databaseUrl,
    dataDir: config.dataDir,
  });
  try {
    return await work(warehouse.url);
  } finally {
    await warehouse.close();
  }
}

async function checkMigrations(): Promise<void> {
  const drift = await withServer((url) => findMigrationDrift(url));
  if (drift !== undefined) {
    console.error(drift);
    throw new FlywheelError(
      'CONFLICT',
      'prisma/migrations lacks the statements above, which prisma/schema.prisma asks for; write them with: npm run flywheel -- make-migration NAME',
    );
  }
  console.log('prisma/migrations agrees with prisma/schema.prisma.');
}

async function makeMigration(name: string): Promise<void> {
  const path = await withServer((url) => writeMigration(url, name));
  console.log(path ?? 'prisma/migrations agrees with prisma/schema.prisma; there is nothing to write.');
}

/** Adds both commands; they use the server of the warehouse, and leave the warehouse itself alone. */
export function registerMigrations(program: Command): void {
  program
    .command('check-migrations')
    .description('say whether prisma/migrations agrees with prisma/schema.prisma')
    .action(checkMigrations);
  program
    .command('make-migration')
    .description('write the migration that a changed prisma/schema.prisma needs, for you to read and commit')
    .argument('<name>', 'what it does, in small letters, digits and _')
    .action(makeMigration);
}
