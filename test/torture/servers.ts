// The servers of the torture: a PostgreSQL and, if wanted, a Kafka of its own, both to be killed and to come back.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KafkaCluster, startKafka } from '../../src/cli/kafka/cluster.js';
import { pause } from '../../src/core/pause.js';
import { createDatabase, type Database } from '../../src/warehouse/database.js';
import { openWarehouse } from '../../src/warehouse/embedded-postgres.js';
import { migrate } from '../../src/warehouse/migrate.js';
import { jarsFolder, silentProgress } from '../support/kafka-places.js';

export interface TortureServers {
  readonly url: string;
  readonly database: Database;
  /** Undefined with the log in PostgreSQL. */
  readonly kafka: KafkaCluster | undefined;
  /** What a process needs to use them. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends PostgreSQL at once, and resolves when it answers again. */
  crashDatabase(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>;
  close(): Promise<void>;
}

/** `nodes` are those of Kafka; 0 for the log in PostgreSQL. */
export async function startServers(folder: string, nodes: 0 | 1 | 3): Promise<TortureServers> {
  const dataDir = join(folder, 'data');
  const warehouse = await openWarehouse({ dataDir });
  await migrate(warehouse.url);
  const database = createDatabase({ url: warehouse.url });
  const kafka =
    nodes === 0
      ? undefined
      : await startKafka({
          folder: join(folder, 'kafka'),
          jarsFolder,
          nodes,
          port: 0,
          progress: silentProgress,
        });

  async function answers(): Promise<boolean> {
    return database.pool.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  return {
    url: warehouse.url,
    database,
    kafka,
    env: { FLYWHEEL_DATA_DIR: dataDir, ...(kafka ? { KAFKA_BROKERS: kafka.brokers.join(',') } : {}) },
    async crashDatabase(signal) {
      const lockFile = join(dataDir, 'postgres', 'cluster', 'data', 'postmaster.pid');
      const before = await readFile(lockFile, 'utf8').catch(() => '');
      const pid = Number(before.split('\n')[0]);
      // Between two crashes it may not be up yet.
      if (!Number.isInteger(pid) || pid <= 0) return;
      process.kill(pid, signal);
      // Its members, ourselves among them, start it again.
      do await pause(50);
      while ((await readFile(lockFile, 'utf8').catch(() => before)) === before || !(await answers()));
    },
    async close() {
      await kafka?.stop();
      await database.close();
      await warehouse.close();
    },
  };
}
