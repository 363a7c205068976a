// `flywheel kafka`: a real Kafka on this machine, for trying out, until it is told to stop.

import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { runUntilStopped } from './engines/until-stopped.js';
import { startKafka } from './kafka/cluster.js';
import { wholeNumber } from './options.js';
import { createProgress } from './progress.js';

interface KafkaArguments {
  readonly nodes: 1 | 3;
  readonly port: number;
  readonly folder: string;
}

function oneOrThree(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('It must be 1 or 3.');
}

async function kafka({ nodes, port, folder }: KafkaArguments): Promise<void> {
  await runUntilStopped({
    engine: 'Kafka',
    folder,
    start: (signal) =>
      startKafka({
        folder: join(resolve(folder), nodes === 1 ? 'one-node' : 'three-nodes'),
        jarsFolder: resolve(folder),
        nodes,
        port,
        progress: createProgress(),
        signal,
      }),
    tell: ({ brokers }) =>
      console.log(`
Kafka answers at ${brokers.join(', ')}

Use it from another terminal:

  KAFKA_BROKERS=${brokers.join(',')} FLYWHEEL_DEMO=on npm start

Ctrl-C stops it; what it holds stays for the next time.`),
  });
}

/** Adds the command `kafka` to the program. */
export function registerKafka(program: Command): void {
  program
    .command('kafka')
    .description('start a real Kafka on this machine, for trying out (needs Java 17 and Maven)')
    .addOption(new Option('--nodes <number>', 'how many nodes: 1 or 3').argParser(oneOrThree).default(1, '1'))
    .addOption(
      new Option('--port <number>', 'the port of the first node; 0 takes free ones')
        .argParser(wholeNumber(0, 65_000))
        .default(9092, '9092'),
    )
    .option('--folder <folder>', 'where Kafka and what it holds are kept', join('.flywheel', 'kafka'))
    .action(kafka);
}
