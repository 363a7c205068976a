// An idempotent producer of one topic, which sends a batch until it is acknowledged.

import kafkajs, { type Message, type Producer } from 'kafkajs';
import type { FlywheelError } from '../core/errors.js';
import { createKafkaClient, type KafkaClient } from './kafka-client.js';
import type { KafkaContext } from './kafka-context.js';
import { isProtocolError, kafkaFault } from './kafka-faults.js';
import { kafkaMeasures } from './kafka-options.js';
import { atMost, pauseBeforeRetry } from './kafka-pause.js';

export interface KafkaProducer {
  /**
   * Resolves when the messages, which all name the same partition, are durable, but for those that it gives back: they
   * are larger than Kafka takes. One call at a time for a partition. Rejects only with what time cannot heal, as a
   * FlywheelError; the messages may or may not be in the log then.
   */
  send(messages: readonly Message[], compress: boolean): Promise<readonly Message[]>;
  /** Gives up what is being sent: `reason` is what it rejects with. */
  giveUp(reason: FlywheelError): void;
  close(): Promise<void>;
}

/** The brokers lost, or never had, what they know of our producer; the next one begins afresh. */
const brokenSequence = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_PRODUCER_EPOCH',
];

const tooLarge = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

interface OpenProducer {
  readonly client: KafkaClient;
  readonly producer: Producer;
}

/**
 * A producer counts the records that it sends to a partition, and a broker takes a batch with a count that it has seen
 * for a repetition: it acknowledges and does not write it. So after a failed send either the very same batch goes out
 * again, or another producer is opened; never another batch on the same one. One call of kafkajs's `send` holds one
 * partition, since with several it can take the success of one for that of another when leaders move meanwhile.
 */
export function createKafkaProducer(context: KafkaContext, topic: string): KafkaProducer {
  const { options, log, report } = context;
  let current: Promise<OpenProducer> | undefined;
  let opened: KafkaClient | undefined;
  let givenUp: FlywheelError | undefined;
  let isClosed = false;

  async function open(): Promise<OpenProducer> {
    for (let tries = 0; ; tries += 1) {
      if (isClosed) throw context.closed();
      const client = createKafkaClient({
        options,
        log,
        onConnectionFault: (error, broker) =>
          report(kafkaFault(error, { ...options, brokers: [broker] }, true).error),
        retries: 'always',
      });
      opened = client;
      const producer = client.kafka.producer({
        idempotent: true,
        allowAutoTopicCreation: false,
        retry: client.retry,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      // kafkajs keeps a connection whose requests are not answered.
      producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => client.sockets.drop(payload.broker));
      try {
        await producer.connect();
        return { client, producer };
      } catch (error) {
        client.dispose();
        const fault = kafkaFault(error, options);
        if (!fault.mayHeal) throw fault.error;
        report(fault.error);
        await pauseBeforeRetry(tries);
      }
    }
  }

  /** Closes the producer, if it is still the one in use, so that the next batch gets a new one. */
  function retire(used: Promise<OpenProducer>): void {
    if (current === used) current = undefined;
    used.then(
      ({ client }) => client.dispose(),
      () => {},
    );
  }

  async function attempt(messages: readonly Message[], compress: boolean): Promise<'sent' | 'too large'> {
    for (let tries = 0; ; tries += 1) {
      if (isClosed) throw context.closed();
      if (givenUp !== undefined) throw givenUp;
      current ??= open();
      const used = current;
      try {
        const { producer } = await used;
        await producer.send({
          topic,
          messages: [...messages],
          timeout: kafkaMeasures.acknowledgementTimeoutMs,
          compression: compress ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
        });
        return 'sent';
      } catch (error) {
        // The broker has had the batch before: it is written.
        if (isProtocolError(error, 'DUPLICATE_SEQUENCE_NUMBER')) return 'sent';
        if (isProtocolError(error, ...tooLarge)) return 'too large';
        if (isProtocolError(error, ...brokenSequence)) {
          log.debug({ topic, error }, 'The brokers have forgotten our producer; a new one is opened.');
          retire(used);
          continue;
        }
        const fault = kafkaFault(error, options);
        if (isClosed || givenUp !== undefined || !fault.mayHeal) {
          retire(used);
          throw isClosed ? context.closed() : (givenUp ?? fault.error);
        }
        report(fault.error);
        await pauseBeforeRetry(tries);
      }
    }
  }

  async function send(messages: readonly Message[], compress: boolean): Promise<readonly Message[]> {
    if ((await attempt(messages, compress)) === 'sent') return [];
    if (messages.length === 1) return messages;
    // It was refused as a whole, so nothing of it is written, and its parts may go under the same count.
    const half = Math.ceil(messages.length / 2);
    const refused = await send(messages.slice(0, half), compress);
    return [...refused, ...(await send(messages.slice(half), compress))];
  }

  return {
    send,
    giveUp(reason) {
      givenUp = reason;
      opened?.dispose();
      if (current !== undefined) retire(current);
    },
    async close() {
      isClosed = true;
      const last = current;
      current = undefined;
      if (last !== undefined) {
        await atMost(
          kafkaMeasures.closeTimeoutMs,
          last.then(({ producer }) => producer.disconnect()),
        );
      }
      opened?.dispose();
    },
  };
}
