// The event log on Apache Kafka.

import { setMaxListeners } from 'node:events';
import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { EventLog, PartitionRange, TopicOptions } from './event-log.js';
import { closedLog, type KafkaContext } from './kafka-context.js';
import { createFaultReport } from './kafka-fault-report.js';
import { kafkaFault } from './kafka-faults.js';
import type { KafkaOptions } from './kafka-options.js';
import { pauseBeforeRetry } from './kafka-pause.js';
import { openKafkaReader } from './kafka-reader.js';
import { createTopicSender, type TopicSender } from './kafka-sender.js';
import { openKafkaTail } from './kafka-tail.js';
import { createKafkaView, patiently, topicMissing } from './kafka-view.js';

export interface KafkaEventLogDeps {
  readonly options: KafkaOptions;
  readonly log: Log;
  /** Told of faults that time may heal, where no caller's own `onFault` is; by default they are logged as warnings. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * Opens no connection until it is used. Topics are told apart by Kafka's own ids, for which it must be 3.1 or newer.
 * What it appends keeps its order per key, and is written once, also when brokers come and go meanwhile.
 */
export function createKafkaEventLog({ options, log, onFault }: KafkaEventLogDeps): EventLog {
  const closing = new AbortController();
  // Every reader listens to it, and there may be many.
  setMaxListeners(0, closing.signal);
  const report = createFaultReport(
    onFault ??
      ((error) => {
        const sentence = error instanceof Error ? error.message : String(error);
        log.warn(sentence);
        log.debug({ error }, 'This is what lies beneath.');
      }),
  );
  const view = createKafkaView({ options, log });
  const context: KafkaContext = { options, log, view, signal: closing.signal, report, closed: closedLog };
  const senders = new Map<string, TopicSender>();
  /** What is open: closing it twice does nothing. */
  const open = new Set<{ close(): Promise<void> }>();

  function wait<T>(work: () => Promise<T>): Promise<T> {
    return patiently({ options, signal: closing.signal, onFault: report }, work);
  }

  function track<T extends { close(): Promise<void> }>(opened: T): T {
    let closed: Promise<void> | undefined;
    const close = opened.close.bind(opened);
    const tracked = {
      close: () => {
        open.delete(tracked);
        closed ??= close();
        return closed;
      },
    };
    open.add(tracked);
    opened.close = tracked.close;
    return opened;
  }

  async function ensureTopic({ name, partitions }: TopicOptions): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const { topics } = await wait(() => view.describe([name]));
      const found = topics.get(name);
      if (found?.partitions.every(({ hasLeader }) => hasLeader) === true) return;
      if (found === undefined) {
        if (!options.createTopics) throw topicMissing(name);
        if (await wait(() => view.createTopic(name, partitions))) {
          log.info({ topic: name, partitions }, 'The topic was created.');
        }
      }
      await pauseBeforeRetry(tries, closing.signal);
    }
  }

  return {
    async ensureTopics(topics) {
      await Promise.all(topics.map(ensureTopic));
    },
    async append(topic, records, signal) {
      if (closing.signal.aborted) throw closedLog();
      if (signal?.aborted) throw new FlywheelError('CANCELLED', 'The append was given up.');
      if (records.length === 0) return;
      let sender = senders.get(topic);
      if (sender === undefined) {
        sender = createTopicSender(context, topic);
        senders.set(topic, sender);
      }
      await sender.append(records, signal);
    },
    ends: (topic): Promise<readonly PartitionRange[]> => wait(() => view.ranges([topic])),
    async consume(consumeOptions) {
      if (closing.signal.aborted) throw closedLog();
      return track(await openKafkaReader(context, consumeOptions));
    },
    async tail(tailOptions) {
      if (closing.signal.aborted) throw closedLog();
      return track(await openKafkaTail(context, tailOptions));
    },
    async check() {
      // A try asks one broker, and that one is away is no outage.
      for (let triesLeft = options.brokers.length; ; triesLeft -= 1) {
        try {
          await view.describe([]);
          return;
        } catch (error) {
          if (triesLeft <= 1) throw kafkaFault(error, options).error;
        }
      }
    },
    async close() {
      closing.abort();
      await Promise.all([...open].map((opened) => opened.close()));
      await Promise.all([...senders.values()].map((sender) => sender.close()));
      await view.close();
    },
  };
}
