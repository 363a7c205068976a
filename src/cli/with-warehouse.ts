// What every command that works on the warehouse begins and ends with.

import type { Config } from '../config.js';
import { loadConfig } from '../config.js';
import { createDatabase, type Database } from '../warehouse/database.js';
import { openWarehouse } from '../warehouse/embedded-postgres.js';
import { migrate } from '../warehouse/migrate.js';
import { createProgress, type Progress } from './progress.js';

export interface WarehouseAtHand {
  readonly config: Config;
  readonly database: Database;
  readonly url: string;
  readonly progress: Progress;
}

/**
 * Runs `work` on the warehouse of the environment, migrated: the user's own PostgreSQL, or the embedded one, which is
 * found running or is started for this command and stopped after it.
 */
export async function withWarehouse<T>(work: (at: WarehouseAtHand) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  const progress = createProgress();
  const warehouse = await progress.step('Starting the database', () =>
    openWarehouse({ databaseUrl: config.warehouse.databaseUrl, dataDir: config.dataDir }),
  );
  try {
    await progress.step('Bringing the tables up to date', () => migrate(warehouse.url));
    const database = createDatabase({ ...config.warehouse, url: warehouse.url });
    try {
      return await work({ config, database, url: warehouse.url, progress });
    } finally {
      await database.close();
    }
  } finally {
    await warehouse.close();
  }
}
