// A look at the cluster: its topics with their identities, where they begin and end; and what is made or removed there.

import { lookup } from 'node:dns/promises';
import type { Admin } from 'kafkajs';
import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { PartitionRange } from './event-log.js';
import { createKafkaClient, type KafkaClient } from './kafka-client.js';
import { isProtocolError, type KafkaFault, kafkaFault } from './kafka-faults.js';
import { openRawCluster, type RawCluster } from './kafka-internals.js';
import {
  type ClusterDescription,
  decodeMetadataResponse,
  encodeMetadataRequest,
  metadataRequest,
  type TopicDescription,
} from './kafka-metadata.js';
import type { KafkaOptions } from './kafka-options.js';
import { atMost, pauseBeforeRetry } from './kafka-pause.js';

export interface KafkaViewDeps {
  readonly options: KafkaOptions;
  readonly log: Log;
}

/** Every call is one try, which rejects with what lies beneath. After a failure the next call connects anew, elsewhere. */
export interface KafkaView {
  /** The cluster and those of the topics that are there. */
  describe(topics: readonly string[]): Promise<ClusterDescription>;
  /** The partitions of the topics with their places, in the order of the topics; NOT_FOUND for one that is missing. */
  ranges(topics: readonly string[]): Promise<readonly PartitionRange[]>;
  /** Resolves to whether it was this call that created it. */
  createTopic(topic: string, partitions: number): Promise<boolean>;
  deleteGroup(group: string): Promise<void>;
  /** What a group has committed in each partition of a topic; a partition without is left out. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}

interface Access {
  readonly client: KafkaClient;
  readonly raw: RawCluster;
  readonly admin: Admin;
  /** What made an end to it. */
  readonly failures: unknown[];
}

export function createKafkaView({ options, log }: KafkaViewDeps): KafkaView {
  let access: Access | undefined;
  let firstBroker = 0;
  let isClosed = false;

  function open(): Access {
    if (isClosed) throw new FlywheelError('UNAVAILABLE', 'The event log is closed.');
    const { brokers } = options;
    // A client that may try only once tries the first address, so each new one begins at another.
    const rotated = brokers.map((_, index) => brokers[(firstBroker + index) % brokers.length] ?? '');
    firstBroker = (firstBroker + 1) % brokers.length;
    const client = createKafkaClient({
      options: { ...options, brokers: rotated },
      log,
      onConnectionFault: () => {},
      retries: 'never',
    });
    const { kafka, retry } = client;
    return { client, raw: openRawCluster(kafka), admin: kafka.admin({ retry }), failures: [] };
  }

  async function attempt<T>(work: (access: Access) => Promise<T>): Promise<T> {
    access ??= open();
    const used = access;
    try {
      return await work(used);
    } catch (error) {
      if (access === used) access = undefined;
      used.client.dispose();
      // Whoever used the same connections meanwhile learns why they broke, not that they were closed.
      const [reason] = used.failures.length === 0 ? [error] : used.failures;
      used.failures.push(reason);
      throw reason;
    }
  }

  async function describe(topics: readonly string[]): Promise<ClusterDescription> {
    const body = encodeMetadataRequest(topics);
    return attempt(async ({ raw }) => decodeMetadataResponse(await raw.send({ ...metadataRequest, body })));
  }

  async function topicRanges(topic: string): Promise<readonly PartitionRange[]> {
    for (let tries = 0; ; tries += 1) {
      const before = await described(topic);
      const offsets = await attempt(({ admin }) => admin.fetchTopicOffsets(topic));
      const after = await described(topic);
      // Between the two answers the topic was not made anew, so the places are those of this identity.
      if (before.topicId === after.topicId && offsets.length === after.partitions.length) {
        const { clusterId, topicId } = after;
        return offsets
          .map(({ partition, low, high }) => ({
            clusterId,
            topicId,
            topic,
            partition,
            start: BigInt(low),
            end: BigInt(high),
          }))
          .sort((a, b) => a.partition - b.partition);
      }
      await pauseBeforeRetry(tries);
    }
  }

  async function described(topic: string): Promise<TopicDescription & { clusterId: string }> {
    const { clusterId, topics } = await describe([topic]);
    const found = topics.get(topic);
    if (found === undefined) throw topicMissing(topic);
    return { ...found, clusterId };
  }

  return {
    describe,
    async ranges(topics) {
      const lists = await Promise.all(topics.map(topicRanges));
      return lists.flat();
    },
    async createTopic(topic, partitions) {
      const replicationFactor = options.replication;
      try {
        return await attempt(({ admin }) =>
          admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor }] }),
        );
      } catch (error) {
        if (isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) return false;
        throw refusal(error, topic, partitions);
      }
    },
    async deleteGroup(group) {
      await attempt(({ admin }) => admin.deleteGroups([group]));
    },
    async committed(group, topic) {
      const topics = await attempt(async ({ admin }) => {
        // Asked for offsets of groups alone, it never learns which brokers there are.
        await admin.fetchTopicMetadata({ topics: [topic] });
        return admin.fetchOffsets({ groupId: group, topics: [topic] });
      });
      const offsets = topics.flatMap(({ partitions }) =>
        partitions.map(({ partition, offset }) => [partition, BigInt(offset)] as const),
      );
      return new Map(offsets.filter(([, offset]) => offset >= 0n));
    },
    async close() {
      isClosed = true;
      if (access === undefined) return;
      const { client, raw, admin } = access;
      await atMost(1_000, Promise.allSettled([raw.disconnect(), admin.disconnect()]));
      client.dispose();
    },
  };

  function refusal(error: unknown, topic: string, partitions: number): unknown {
    const said = (sentence: string) => new FlywheelError('BAD_INPUT', sentence, { cause: error });
    if (isProtocolError(error, 'INVALID_REPLICATION_FACTOR')) {
      return said(
        `Kafka cannot keep ${options.replication} copies of the topic ${topic}, because it has fewer brokers; lower KAFKA_REPLICATION.`,
      );
    }
    if (isProtocolError(error, 'POLICY_VIOLATION', 'INVALID_PARTITIONS', 'INVALID_TOPIC_EXCEPTION')) {
      return said(
        `Kafka does not allow the topic ${topic} with ${partitions} partitions; create it yourself, or correct its name or FLYWHEEL_TOPIC_PARTITIONS.`,
      );
    }
    return error;
  }
}

export function topicMissing(topic: string): FlywheelError {
  return new FlywheelError(
    'NOT_FOUND',
    `Kafka has no topic ${topic}; create it, or set KAFKA_CREATE_TOPICS=on so that it is created at the start.`,
  );
}

export interface Patience {
  readonly options: KafkaOptions;
  readonly signal: AbortSignal;
  /** Told of what time may heal. */
  readonly onFault: (fault: FlywheelError) => void;
}

/**
 * Tries until it works. Rejects with a FlywheelError at once for what time cannot heal, and with UNAVAILABLE when the
 * signal is aborted.
 */
export async function patiently<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const { options, signal, onFault } = patience;
  for (let tries = 0; ; tries += 1) {
    if (signal.aborted) throw new FlywheelError('UNAVAILABLE', 'The event log is closed.');
    try {
      return await work();
    } catch (error) {
      const fault: KafkaFault = kafkaFault(error, options);
      if (signal.aborted) continue;
      if (!fault.mayHeal && !(await someHostIsKnown(error, options))) throw fault.error;
      onFault(fault.error);
      await pauseBeforeRetry(tries, signal);
    }
  }
}

/** Of several brokers one may be misspelt; as long as another has an address, it is worth going on. */
async function someHostIsKnown(error: unknown, { brokers }: KafkaOptions): Promise<boolean> {
  if (!isProtocolError(error, 'ENOTFOUND') || brokers.length < 2) return false;
  const found = await Promise.allSettled(brokers.map((broker) => lookup(broker.replace(/:\d+$/, ''))));
  return found.some(({ status }) => status === 'fulfilled');
}
