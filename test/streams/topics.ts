// The two event logs as a producer meets them: topics of a test's own, filled from outside of the gateway.

import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { beforeAll, describe } from 'vitest';
import { createAppender } from '../../src/stream/postgres-append.js';
import { pruneLog } from '../../src/stream/postgres-retention.js';
import { describeWithKafka, kafkaStartTimeoutMs, sharedKafka } from '../support/kafka.js';
import type { TestDatabase } from '../support/postgres.js';

export interface Topics {
  /** What a process needs to use them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly behaviour: string;
  readonly measurement: string;
  /** Sends texts without a key, or objects as their JSON, as a producer does that knows nothing of the gateway. */
  send(topic: string, ...values: readonly (object | string)[]): Promise<void>;
  readonly results: string;
  /** Lets go of every record of a topic, as retention does with old ones. */
  forget(topic: string): Promise<void>;
  close(): Promise<void>;
}

type OpenTopics = (database: TestDatabase) => Promise<Topics>;

const names = {
  FLYWHEEL_TOPIC_BEHAVIOUR: 'user-behavior',
  FLYWHEEL_TOPIC_MEASUREMENT: 'data_stream',
  FLYWHEEL_TOPIC_RESULTS: 'flywheel.results',
  FLYWHEEL_TOPIC_DEAD_LETTERS: 'flywheel.dead-letters',
  FLYWHEEL_TOPIC_DECISIONS: 'flywheel.decisions',
  FLYWHEEL_TOPIC_FACTS: 'flywheel.facts',
  FLYWHEEL_TOPIC_WINDOWS: 'flywheel.windows',
};

/** The same suite on the log in PostgreSQL and on a real Kafka. */
export function describeOnBothLogs(title: string, suite: (openTopics: OpenTopics) => void): void {
  describe(`${title}, on PostgreSQL`, () => suite(openPostgresTopics));
  describeOnKafka(`${title}, on Kafka`, () => suite(openKafkaTopics));
}

/** A suite on the Kafka of the run, which is there before its own hooks count their time. */
export function describeOnKafka(title: string, suite: () => void): void {
  describeWithKafka(title, () => {
    beforeAll(async () => void (await sharedKafka()), kafkaStartTimeoutMs);
    suite();
  });
}

function textOf(value: object | string): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Every test database has a log of its own. */
async function openPostgresTopics({ pool }: TestDatabase): Promise<Topics> {
  const appender = createAppender({ pool, onFault: () => undefined });
  return {
    settings: {},
    behaviour: names.FLYWHEEL_TOPIC_BEHAVIOUR,
    measurement: names.FLYWHEEL_TOPIC_MEASUREMENT,
    send: (topic, ...values) =>
      appender.append(
        topic,
        values.map((value) => ({ key: null, value: textOf(value) })),
      ),
    results: names.FLYWHEEL_TOPIC_RESULTS,
    // Its retention knows no topics.
    async forget() {
      await pruneLog({ pool, retentionMs: 0 });
    },
    close: () => appender.close(),
  };
}

/** The Kafka of the run is shared, so the topics are named after the test's own number. */
export async function openKafkaTopics(): Promise<Topics> {
  const { brokers } = await sharedKafka();
  const own = randomBytes(5).toString('hex');
  const topics = Object.fromEntries(
    Object.entries(names).map(([setting, name]) => [setting, `${name}.${own}`]),
  );
  const topicOf = (setting: keyof typeof names) => topics[setting] ?? '';
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return {
    settings: { KAFKA_BROKERS: brokers.join(), FLYWHEEL_CONSUMER_GROUP: `flywheel.${own}`, ...topics },
    behaviour: topicOf('FLYWHEEL_TOPIC_BEHAVIOUR'),
    measurement: topicOf('FLYWHEEL_TOPIC_MEASUREMENT'),
    async send(topic, ...values) {
      await producer.send({ topic, messages: values.map((value) => ({ value: textOf(value) })) });
    },
    results: topicOf('FLYWHEEL_TOPIC_RESULTS'),
    async forget(topic) {
      const admin = kafka.admin();
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic, partitions });
      await admin.disconnect();
    },
    close: () => producer.disconnect(),
  };
}
