// `flywheel engines …`: Flink and Spark on this machine, for trying out what a grown-up deployment has elsewhere.

import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { startFlink } from './engines/flink.js';
import { installFlink } from './engines/install-flink.js';
import { installSpark, type SparkPlace } from './engines/install-spark.js';
import { registerPrint } from './engines/print.js';
import { runUntilStopped } from './engines/until-stopped.js';
import { wholeNumber } from './options.js';
import { createProgress } from './progress.js';

interface FolderArguments {
  readonly folder: string;
}

interface StartArguments extends FolderArguments {
  readonly port: number;
  readonly slots: number;
  readonly taskManagers: number;
}

/** One after the other, since both fill the same line. */
async function installBoth(
  folder: string,
  signal?: AbortSignal,
): Promise<{ flink: string; spark: SparkPlace }> {
  const options = { folder: resolve(folder), progress: createProgress(), signal };
  return { flink: await installFlink(options), spark: await installSpark(options) };
}

const sparkSettings = ({ home, jars }: SparkPlace) => `SPARK_HOME=${home} SPARK_JARS=${jars.join(',')}`;

async function install({ folder }: FolderArguments): Promise<void> {
  const { flink, spark } = await installBoth(folder);
  console.log(`
Flink is in ${flink}; start it with: npm run flywheel -- engines start

Spark starts when a batch asks for it. Its settings:

  ${sparkSettings(spark)}`);
}

async function start({ folder, port, slots, taskManagers }: StartArguments): Promise<void> {
  const held = join(resolve(folder), 'flink');
  await runUntilStopped({
    engine: 'Flink',
    folder: join(held, 'logs'),
    async start(signal) {
      const { flink, spark } = await installBoth(folder, signal);
      const cluster = await createProgress().step('Starting Flink', () =>
        startFlink({ home: flink, folder: held, port, slots, taskManagers, signal }),
      );
      return { ...cluster, spark };
    },
    tell: ({ rest, sqlGateway, spark }) =>
      console.log(`
Flink answers at ${rest}, and its SQL gateway at ${sqlGateway}. Spark starts when a batch asks for it.

Use them from another terminal, beside a Kafka (npm run kafka):

  KAFKA_BROKERS=127.0.0.1:9092 FLINK_SQL_GATEWAY=${sqlGateway} FLINK_REST=${rest} ${sparkSettings(spark)} FLYWHEEL_DEMO=on npm start

Ctrl-C stops Flink. Its jobs are declared anew by the next pipeline that starts; their checkpoints stay.`),
  });
}

/** Adds the command `engines` to the program. */
export function registerEngines(program: Command): void {
  const engines = program
    .command('engines')
    .description('Flink and Spark on this machine, for trying out (they need Java 17, Maven and pip)');
  const folderOption = () =>
    new Option('--folder <folder>', 'where the engines and what they hold are kept').default(
      join('.flywheel', 'engines'),
    );
  engines
    .command('install')
    .description('fetch Flink and Spark, once')
    .addOption(folderOption())
    .action(install);
  engines
    .command('start')
    .description('start Flink with its SQL gateway, and print the settings of Flink and Spark')
    .addOption(folderOption())
    .addOption(
      new Option('--port <number>', 'the port of REST; the two after it are taken too; 0 takes free ones')
        .argParser(wholeNumber(0, 65_000))
        .default(8081, '8081'),
    )
    .addOption(
      new Option('--slots <number>', 'how many tasks a task manager runs at once')
        .argParser(wholeNumber(1, 64))
        .default(4, '4'),
    )
    .addOption(
      new Option(
        '--task-managers <number>',
        'how many task managers; with a spare one, a crash is a short gap',
      )
        .argParser(wholeNumber(1, 8))
        .default(1, '1'),
    )
    .action(start);
  registerPrint(engines);
}
