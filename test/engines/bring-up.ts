// Fetches the engines and brings each up once, so that a machine that cannot run them says so before the suites do.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFlink } from '../../src/cli/engines/flink.js';
import { installFlink } from '../../src/cli/engines/install-flink.js';
import { installSpark, type SparkPlace } from '../../src/cli/engines/install-spark.js';
import { startKafka } from '../../src/cli/kafka/cluster.js';
import { fetchJars } from '../../src/cli/kafka/jars.js';
import { createProgress } from '../../src/cli/progress.js';
import { enginesFolder } from '../support/engine-places.js';
import { jarsFolder, silentProgress } from '../support/kafka-places.js';
import type { Ledger } from './ledger.js';

/** Whether each of them could be fetched and came up. */
export async function bringUp(ledger: Ledger): Promise<boolean> {
  const progress = createProgress();
  const install = { folder: enginesFolder, progress };
  const folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-engines-`));
  let flinkHome = '';
  let spark: SparkPlace = { home: '', jars: [] };
  try {
    const isHere =
      (await ledger.check('Kafka is fetched', () =>
        progress.step('Fetching Kafka', () => fetchJars(jarsFolder)),
      )) &&
      (await ledger.check('Flink is fetched', async () => {
        flinkHome = await installFlink(install);
      })) &&
      (await ledger.check('Spark is fetched', async () => {
        spark = await installSpark(install);
      }));
    if (!isHere) return false;
    const isUp = [
      await ledger.check('Kafka answers, three nodes', async () => {
        const kafka = join(folder, 'kafka');
        const cluster = await startKafka({
          folder: kafka,
          jarsFolder,
          nodes: 3,
          port: 0,
          progress: silentProgress,
        });
        await cluster.stop();
      }),
      await ledger.check('Flink answers, with its SQL gateway', async () => {
        const flink = join(folder, 'flink');
        const cluster = await startFlink({
          home: flinkHome,
          folder: flink,
          slots: 4,
          taskManagers: 1,
          port: 0,
        });
        await cluster.stop();
      }),
      await ledger.check('Spark answers', () => runSparkOnce(spark, folder)),
    ];
    return isUp.every(Boolean);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One statement, with the SQL program that comes with it. Rejects with what it said. */
async function runSparkOnce({ home }: SparkPlace, folder: string): Promise<void> {
  const program = spawn(
    join(home, 'bin', 'spark-sql'),
    [
      ...['--master', 'local[1]', '--conf', 'spark.sql.catalogImplementation=in-memory'],
      ...['--conf', 'spark.ui.enabled=false', '-e', "SELECT concat('fly', 'wheel')"],
    ],
    {
      cwd: folder,
      env: { ...process.env, SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  await once(program, 'close');
  if (!said.includes('flywheel\n')) throw new Error(said.trim().split('\n').slice(-12).join('\n'));
}
