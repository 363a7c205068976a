// A gateway with its pipeline over Online Retail, in a process of its own: asked at a steady rate, trained, looked into.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../lib/database.mjs';
import { latencies, openConnections } from '../lib/load.mjs';
import { cacheDir, newestNode } from '../lib/options.mjs';
import { askOnce } from '../lib/requests.mjs';
import { startServer } from '../lib/server-process.mjs';
import { sharedFile } from './shared-data.mjs';

const inBench = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const connections = 16;
const trainingMsMost = 600_000;
const lookEveryMs = 200;

/** @typedef {{ server: import('../lib/server-process.mjs').RunningServer, database: import('../lib/database.mjs').Database, threadsFile: string }} Gateway */

/**
 * Loads Online Retail once, into a database of these parts alone, or of whoever names another folder; nothing is trained
 * unless it is asked for.
 * @template T @param {(gateway: Gateway) => Promise<T>} use @param {string} [dataDir]
 */
export async function withGateway(use, dataDir = join(cacheDir, 'models')) {
  const dataFile = sharedFile('data/online-retail.csv.gz');
  await mkdir(dataDir, { recursive: true });
  const database = await openDatabase({ databaseUrl: undefined, dataFile, dataDir });
  const threadsFile = join(dataDir, `threads-${process.pid}`);
  try {
    const server = await startServer(
      {
        name: 'flywheel',
        title: 'Flywheel',
        dialect: 'flywheel',
        arguments: [
          ...['--import', inBench('thread-names.mjs')],
          ...[inBench('../../dist/src/cli/flywheel.js'), 'start', '--role', 'gateway,pipeline'],
        ],
        settings: {
          FLYWHEEL_DEMO: 'off',
          LOG_LEVEL: 'silent',
          FLYWHEEL_TRAIN_EVERY: 'off',
          FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
          BENCH_THREADS_FILE: threadsFile,
        },
      },
      { node: newestNode(), databaseUrl: database.url, poolSize: 8, dataDir },
    );
    // However the bench ends, its server does not outlive it.
    const stop = () => server.stop();
    process.once('exit', stop);
    try {
      return await use({ server, database, threadsFile });
    } finally {
      process.off('exit', stop);
      await server.stop();
    }
  } finally {
    await rm(threadsFile, { force: true });
    await database.close();
  }
}

/** @param {Gateway} gateway @param {string} document @param {Record<string, unknown>} [variables] */
export const ask = ({ server }, document, variables = {}) =>
  askOnce(server, { document, operationName: 'Bench', variables });

/** The newest training of a service, once it is over; undefined where there was none. @param {Gateway} gateway @param {string} service */
async function trainingOver(gateway, service) {
  const look = `query Bench { trainings(service: ${service}, first: 1) { number state step } }`;
  for (const untilMs = performance.now() + trainingMsMost; performance.now() < untilMs; ) {
    const [training] = (await ask(gateway, look)).trainings;
    if (training?.state !== 'WAITING' && training?.state !== 'RUNNING') return training;
    await sleep(lookEveryMs);
  }
  throw new Error(`The training of ${service} did not end within ${trainingMsMost / 1000} s.`);
}

/** Trains a model, which serves from then on, and waits for its end. @param {Gateway} gateway @param {string} service */
export async function train(gateway, service) {
  // A run that was broken off leaves a training behind, which the pipeline takes up again.
  await trainingOver(gateway, service);
  await ask(gateway, `mutation Bench { train(service: ${service}) { number } }`);
  const { state, step } = await trainingOver(gateway, service);
  if (state !== 'REGISTERED') throw new Error(`The training of ${service} ended as ${state}: ${step}`);
}

/**
 * Milliseconds of every answer at a steady rate, sorted, from the moment at which each request was due.
 * @param {Gateway} gateway @param {Buffer[]} requests @param {{ perSecond: number, seconds: number }} plan
 */
export async function steadily({ server }, requests, plan) {
  const open = await openConnections(server.port, connections);
  try {
    return await latencies(open, requests, plan);
  } finally {
    for (const connection of open) connection.close();
  }
}

/** The metrics of the gateway as it prints them. @param {Gateway} gateway */
export async function metricsOf({ server }) {
  return (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
}
