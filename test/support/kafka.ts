// A real Kafka for tests: one that all share, or one of a test file's own that may be killed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type KafkaCluster, type KafkaClusterOptions, startKafka } from '../../src/cli/kafka/cluster.js';
import { createLog } from '../../src/core/log.js';
import type { EventLog } from '../../src/stream/event-log.js';
import { createKafkaEventLog } from '../../src/stream/kafka-event-log.js';
import type { KafkaOptions } from '../../src/stream/kafka-options.js';
import { describeWithPrograms } from './engine-programs.js';
import { jarsFolder, silentProgress } from './kafka-places.js';

/** How long a `beforeAll` that starts a Kafka may take; the first one ever fetches it. */
export const kafkaStartTimeoutMs = 240_000;

/** A suite that needs a real Kafka; see `describeWithPrograms`. */
export function describeWithKafka(title: string, suite: () => void): void {
  describeWithPrograms('Kafka', ['java', 'mvn'], title, suite);
}

export interface SharedKafka {
  readonly brokers: readonly string[];
  /** The same broker through a line that can be cut; for the contract suite alone, since others would be cut too. */
  readonly lineBrokers: readonly string[];
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** The Kafka of the run, which is started for whoever asks first. Use topics and groups of your own. */
export async function sharedKafka(): Promise<SharedKafka> {
  const door = inject('kafkaDoor');
  const ask = async (path: string): Promise<Pick<SharedKafka, 'brokers' | 'lineBrokers'>> => {
    const response = await fetch(`${door}${path}`);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  const places = await ask('/kafka');
  return {
    ...places,
    cut: async () => void (await ask('/cut')),
    mend: async () => void (await ask('/mend')),
  };
}

export interface OwnKafka extends KafkaCluster {
  /** Stops it and removes what it held. */
  close(): Promise<void>;
}

/** A Kafka of the test file's own, on free ports. Call `close` in `afterAll`. */
export async function startOwnKafka(
  options: Partial<Pick<KafkaClusterOptions, 'nodes' | 'extraListeners' | 'scramUsers'>> = {},
): Promise<OwnKafka> {
  const folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-kafka-`));
  const cluster = await startKafka({
    nodes: 1,
    ...options,
    folder,
    jarsFolder,
    port: 0,
    progress: silentProgress,
  });
  return {
    ...cluster,
    async close() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Options of a plain cluster, with others over them. */
export function kafkaOptions(brokers: readonly string[], options: Partial<KafkaOptions> = {}): KafkaOptions {
  return {
    brokers,
    ssl: false,
    sslCa: undefined,
    sslCert: undefined,
    sslKey: undefined,
    saslMechanism: undefined,
    username: '',
    password: '',
    createTopics: true,
    replication: -1,
    ...options,
  };
}

/** A log on that cluster; what time may heal is told to `onFault`, or to nobody. */
export function createTestKafkaLog(
  brokers: readonly string[],
  options: Partial<KafkaOptions> = {},
  onFault: (error: unknown) => void = () => {},
): EventLog {
  const level = process.env.KAFKA_TEST_LOG ?? 'silent';
  return createKafkaEventLog({
    options: kafkaOptions(brokers, options),
    log: createLog({ level, plain: true }),
    onFault,
  });
}
