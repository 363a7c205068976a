// One kafkajs consumer, from its joining until it gives up: what it does is told, and nothing is decided here.

import type { Consumer } from 'kafkajs';
import type { LogRecord } from './event-log.js';
import { createKafkaClient } from './kafka-client.js';
import type { KafkaContext } from './kafka-context.js';
import { kafkaFault } from './kafka-faults.js';
import { kafkaMeasures } from './kafka-options.js';
import { atMost } from './kafka-pause.js';
import { logRecord } from './kafka-records.js';

export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** The first place that was fetched, even if nothing there is for readers. */
  readonly firstOffset: bigint;
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
}

export interface SessionDeps {
  readonly context: KafkaContext;
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * The partitions are ours from now on. None is fetched before `seek` and `resume`. A member id that stays the same
   * says that we were in the group all the time.
   */
  onJoin(assignment: Readonly<Record<string, readonly number[]>>, memberId: string): void;
  /** The group knows that we are there. */
  onAlive(): void;
  /** The group shares its partitions anew; until `onJoin`, nobody asks whether we are there. */
  onRejoining(): void;
  /** Answers whether the records were taken; otherwise they are fetched again, or what `seek` says. */
  onFetched(fetched: Fetched): boolean;
  onFault(error: unknown): void;
}

export interface KafkaSession {
  readonly topics: readonly string[];
  /** Resolves with the reason when the consumer has given up, and with undefined when it was closed. */
  readonly ended: Promise<unknown>;
  seek(topic: string, partition: number, offset: bigint): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  close(): Promise<void>;
}

export function openKafkaSession(deps: SessionDeps): KafkaSession {
  const { context, group, topics, onJoin, onAlive, onRejoining, onFetched, onFault } = deps;
  const { options, log } = context;
  const client = createKafkaClient({
    options,
    log,
    onConnectionFault: (error, broker) =>
      onFault(kafkaFault(error, { ...options, brokers: [broker] }, true).error),
    retries: 'always',
  });
  const consumer = client.kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    sessionTimeout: kafkaMeasures.sessionTimeoutMs,
    heartbeatInterval: kafkaMeasures.heartbeatEveryMs,
    rebalanceTimeout: kafkaMeasures.rebalanceTimeoutMs,
    maxWaitTimeInMs: kafkaMeasures.fetchWaitMs,
    metadataMaxAge: kafkaMeasures.metadataAgeMsMax,
    retry: client.retry,
  });
  let end = (_reason: unknown) => {};
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });

  const { GROUP_JOIN, HEARTBEAT, REBALANCING, CRASH, REQUEST_TIMEOUT, START_BATCH_PROCESS } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
    // Before the first fetch, which would otherwise begin where kafkajs thinks best.
    consumer.pause(Object.entries(memberAssignment).map(([topic, partitions]) => ({ topic, partitions })));
    onJoin(memberAssignment, memberId);
  });
  consumer.on(HEARTBEAT, onAlive);
  consumer.on(REBALANCING, onRejoining);
  consumer.on(CRASH, ({ payload }) => end(payload.error));
  // kafkajs keeps a connection whose requests are not answered.
  consumer.on(REQUEST_TIMEOUT, ({ payload }) => client.sockets.drop(payload.broker));
  // What holds nothing but marks of transactions, and what they undid, never comes to `eachBatch`.
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    const { topic, partition, firstOffset, lastOffset, highWatermark } = payload;
    const nextOffset = BigInt(lastOffset) + 1n;
    onFetched({
      topic,
      partition,
      records: [],
      firstOffset: firstOffset === null ? nextOffset - 1n : BigInt(firstOffset),
      nextOffset,
      endOffset: BigInt(highWatermark),
    });
  });
  void run(consumer, topics, onFetched).catch(end);

  /** Between a crash and the next session there is no consumer that could be told anything. */
  function tell(what: () => void): void {
    try {
      what();
    } catch (error) {
      log.debug({ group, error }, 'The consumer is not running.');
    }
  }

  return {
    topics,
    ended,
    seek: (topic, partition, offset) => tell(() => consumer.seek({ topic, partition, offset: `${offset}` })),
    pause: (topic, partition) => tell(() => consumer.pause([{ topic, partitions: [partition] }])),
    resume: (topic, partition) => tell(() => consumer.resume([{ topic, partitions: [partition] }])),
    async close() {
      await atMost(kafkaMeasures.closeTimeoutMs, consumer.disconnect());
      client.dispose();
      end(undefined);
    },
  };
}

async function run(
  consumer: Consumer,
  topics: readonly string[],
  onFetched: SessionDeps['onFetched'],
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    async eachBatch({ batch, resolveOffset, isStale }) {
      // A place that was sought meanwhile makes this batch one of the past.
      if (isStale()) return;
      const lastOffset = batch.lastOffset();
      const isTaken = onFetched({
        topic: batch.topic,
        partition: batch.partition,
        records: batch.messages.map(logRecord),
        firstOffset: BigInt(batch.firstOffset() ?? lastOffset),
        nextOffset: BigInt(lastOffset) + 1n,
        endOffset: BigInt(batch.highWatermark),
      });
      if (isTaken) resolveOffset(lastOffset);
    },
  });
}
