// `flywheel kafka`: a real Kafka on this machine, for trying out, until it is told to stop.

import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
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

async function kafka({ nodes, port: firstPort, folder }: KafkaArguments): Promise<void> {
  const interruption = new AbortController();
  const stopAsked = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interruption.abort();
        done();
      });
    }
  });
  const cluster = await startKafka({
    folder: join(resolve(folder), nodes === 1 ? 'one-node' : 'three-nodes'),
    jarsFolder: resolve(folder),
    nodes,
    port: firstPort,
    progress: createProgress(),
    signal: interruption.signal,
  }).catch((error: unknown) => {
    // Who interrupts a start gets what was asked for, which is no failure.
    if (!interruption.signal.aborted) throw error;
  });
  if (cluster === undefined) return;
  console.log(`
Kafka answers at ${cluster.brokers.join(', ')}

Use it from another terminal:

  KAFKA_BROKERS=${cluster.brokers.join(',')} FLYWHEEL_DEMO=on npm start

Ctrl-C stops it; what it holds stays for the next time.`);
  await Promise.race([stopAsked, cluster.ended]);
  if (!interruption.signal.aborted) console.error(`Kafka has ended; the logs in ${folder} say why.`);
  await cluster.stop();
  process.exit(interruption.signal.aborted ? 0 : 1);
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
