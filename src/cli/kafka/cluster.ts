// A real Kafka on this machine, of one node or three: made, started, stopped.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';
import { countKafkaBrokers } from '../../stream/kafka-probe.js';
import { findJava } from '../engines/java.js';
import { type EngineProcess, spawnEngine } from '../engines/process.js';
import type { Progress } from '../progress.js';
import { fetchJars, kafkaEngine } from './jars.js';
import { type ExtraListener, loggingProperties, type NodePorts, nodeProperties } from './node-settings.js';
import { chooseNodePorts } from './ports.js';

const run = promisify(execFile);

const readyTimeoutMs = 180_000;

export interface KafkaClusterOptions {
  /** Where the data are kept; a cluster that is there is started again. */
  readonly folder: string;
  /** Where Kafka's own files are kept. */
  readonly jarsFolder: string;
  readonly nodes: 1 | 3;
  /** The port of the first node; the others follow. 0: free ones. */
  readonly port: number;
  readonly progress: Progress;
  readonly extraListeners?: readonly ExtraListener[];
  /** Users of the SASL mechanisms SCRAM-SHA-256 and SCRAM-SHA-512, made when the cluster is made. */
  readonly scramUsers?: readonly { readonly name: string; readonly password: string }[];
  readonly signal?: AbortSignal;
}

export interface KafkaCluster {
  /** The addresses of the plain listener, one of each node. */
  readonly brokers: readonly string[];
  /** The addresses of a listener, of which `PLAIN` is the first. */
  brokersOf(listener: string): readonly string[];
  /** Runs a class of Kafka's own files, such as `org.apache.kafka.tools.TopicCommand`, and resolves to what it printed. */
  runTool(name: string, args: readonly string[]): Promise<string>;
  /** Ends a node at once, as a crash would; nodes count from 1. */
  kill(node: number): Promise<void>;
  /** Starts a node that ended, on the same port, and waits until every broker is there. */
  start(node: number): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when every node has ended. */
  readonly ended: Promise<void>;
}

/** Starts the cluster and resolves when every broker answers. Rejects with a sentence when that cannot be. */
export async function startKafka(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const { folder, nodes, progress, extraListeners = [], signal } = options;
  const java = await findJava(kafkaEngine);
  const jars = await progress.step('Fetching Kafka', () => fetchJars(options.jarsFolder, signal));
  await mkdir(folder, { recursive: true });
  const ports = await chooseNodePorts(options.port, nodes, extraListeners.length);
  const logging = join(folder, 'log4j2.properties');
  await writeFile(logging, loggingProperties);
  const javaArgs = (heap: string, ...rest: string[]) => [
    `-Xmx${heap}`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    join(jars, '*'),
    ...rest,
  ];
  const ids = ports.map((_, index) => index + 1);
  const propertiesOf = (id: number) => join(folder, `node-${id}.properties`);
  await formatNodes({ options, ports, run: (args) => run(java, javaArgs('128m', ...args)) });

  const processes = new Map<number, EngineProcess>();
  const brokers = ports.map(({ plain }) => `127.0.0.1:${plain}`);
  const spawnOne = (id: number): EngineProcess => {
    const args = javaArgs('384m', 'kafka.Kafka', propertiesOf(id));
    const spawned = spawnEngine({ command: java, args, logFile: join(folder, `node-${id}.log`) });
    processes.set(id, spawned);
    return spawned;
  };
  const stop = async () => {
    // All at once: a quorum that is stopped one by one leaves its last node waiting for a majority.
    await Promise.all([...processes.values()].map((node) => node.stop()));
  };
  const ready = (started: readonly EngineProcess[]) => untilReady({ brokers, started, folder, signal });
  const spawned = ids.map(spawnOne);
  try {
    await progress.step('Starting Kafka', () => ready(spawned));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers,
    brokersOf: (listener) => {
      if (listener === 'PLAIN') return brokers;
      const index = extraListeners.findIndex(({ name }) => name === listener);
      return ports.map(({ extra }) => `127.0.0.1:${extra[index]}`);
    },
    runTool: async (name, args) => {
      const { stdout } = await run(java, javaArgs('128m', name, ...args), { maxBuffer: 16_777_216 });
      return stdout;
    },
    kill: async (node) => processes.get(node)?.kill(),
    async start(node) {
      await processes.get(node)?.ended;
      await ready([spawnOne(node)]);
    },
    stop,
    ended: Promise.all(spawned.map(({ ended }) => ended)).then(() => {}),
  };
}

interface Formatting {
  readonly options: KafkaClusterOptions;
  readonly ports: readonly NodePorts[];
  readonly run: (args: readonly string[]) => Promise<unknown>;
}

/** Writes each node's properties, and makes the data folders that are not there yet. */
async function formatNodes({ options, ports, run: runJava }: Formatting): Promise<void> {
  const { folder, extraListeners = [], scramUsers = [], progress, signal } = options;
  const clusterId = await clusterIdOf(join(folder, 'cluster-id'));
  const users = scramUsers.flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  for (const [index] of ports.entries()) {
    const id = index + 1;
    const dataFolder = join(folder, `node-${id}`);
    const file = join(folder, `node-${id}.properties`);
    await writeFile(file, nodeProperties({ id, ports, dataFolder, extraListeners }));
    if (existsSync(join(dataFolder, 'meta.properties'))) continue;
    signal?.throwIfAborted();
    const args = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...users];
    await progress.step(`Making node ${id}`, () => runJava(args));
  }
}

/** The cluster's name for itself, made at the first start. It must not begin with a dash, which a tool takes for an option. */
async function clusterIdOf(file: string): Promise<string> {
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  let id: string;
  do id = randomBytes(16).toString('base64url');
  while (id.startsWith('-'));
  await writeFile(file, id);
  return id;
}

interface Readiness {
  readonly brokers: readonly string[];
  /** Those that must not end meanwhile; others may be away, and are waited for. */
  readonly started: readonly EngineProcess[];
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

async function untilReady({ brokers, started, folder, signal }: Readiness): Promise<void> {
  const deadlineMs = performance.now() + readyTimeoutMs;
  let someEnded = false;
  for (const { ended } of started) {
    void ended.then(() => {
      someEnded = true;
    });
  }
  for (;;) {
    if (signal?.aborted) throw new FlywheelError('CANCELLED', 'The start of Kafka was interrupted.');
    // Each is asked: the others count one that was killed for a while.
    const counts = await Promise.all(brokers.map((broker) => countKafkaBrokers([broker])));
    if (counts.every((count) => count === brokers.length)) return;
    if (someEnded || performance.now() > deadlineMs) {
      throw new FlywheelError(
        'UNAVAILABLE',
        `Kafka did not start; the files node-….log in ${folder} say why.`,
      );
    }
    await sleep(200);
  }
}
