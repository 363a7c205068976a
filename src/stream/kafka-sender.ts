// Appending to one topic: records go to their partitions' lanes, and each lane has one batch under way at a time.

import type { Message } from 'kafkajs';
import { FlywheelError } from '../core/errors.js';
import { type NewRecord, RecordsRefused } from './event-log.js';
import type { KafkaContext } from './kafka-context.js';
import { createPartitioner } from './kafka-partitioner.js';
import { createKafkaProducer, type KafkaProducer } from './kafka-producer.js';
import { patiently, topicMissing } from './kafka-view.js';

export interface TopicSender {
  append(records: readonly NewRecord[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const batchRecordsMax = 1_000;
const batchBytesMax = 512_000;
/** What waits to be sent; who appends more waits for room. */
const waitingBytesMax = 64_000_000;
/** Smaller batches are not worth packing. */
const packedFromBytes = 1_024;
const partitionsKnownForMs = 30_000;
/** A send that takes longer is looked after: perhaps the topic is gone. */
const lookAfterMs = 1_000;

/** Records of one append for one partition, no more than fit into a batch. */
interface Parcel {
  readonly messages: Message[];
  /** Where each of the messages stood in its append. */
  readonly places: Map<Message, number>;
  bytes: number;
  readonly done: PromiseWithResolvers;
  isWanted: boolean;
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

interface Lane {
  readonly partition: number;
  readonly parcels: Parcel[];
  isSending: boolean;
}

export function createTopicSender(context: KafkaContext, topic: string): TopicSender {
  const { options, signal: closing, view, report } = context;
  let producer = createKafkaProducer(context, topic);
  const partitionOf = createPartitioner();
  const lanes = new Map<number, Lane>();
  let known: { readonly count: number; readonly atMs: number } | undefined;
  let waitingBytes = 0;
  let roomMade: PromiseWithResolvers | undefined;
  let admission: Promise<unknown> = Promise.resolve();

  async function learnPartitions(): Promise<number> {
    const found = await patiently({ options, signal: closing, onFault: report }, async () => {
      const { topics } = await view.describe([topic]);
      const description = topics.get(topic);
      if (description === undefined) throw topicMissing(topic);
      return description.partitions.length;
    });
    known = { count: found, atMs: performance.now() };
    return found;
  }

  async function partitionCount(): Promise<number> {
    if (known === undefined) return learnPartitions();
    if (performance.now() - known.atMs > partitionsKnownForMs) {
      known = { ...known, atMs: performance.now() };
      learnPartitions().catch(report);
    }
    return known.count;
  }

  /** Takes the records in; the parcels' promises say when they are durable. */
  async function admit(records: readonly NewRecord[], signal: AbortSignal | undefined): Promise<Parcel[]> {
    const count = await partitionCount();
    while (waitingBytes > waitingBytesMax) {
      roomMade ??= promiseWithResolvers();
      await roomMade.promise;
    }
    if (closing.aborted) throw context.closed();
    if (signal?.aborted) throw cancelled();
    const open = new Map<number, Parcel>();
    const parcels: Parcel[] = [];
    for (const [place, record] of records.entries()) {
      const partition = partitionOf(record.key, count);
      const bytes = sizeOf(record);
      let parcel = open.get(partition);
      if (
        parcel === undefined ||
        parcel.messages.length === batchRecordsMax ||
        parcel.bytes + bytes > batchBytesMax
      ) {
        parcel = { messages: [], places: new Map(), bytes: 0, done: promiseWithResolvers(), isWanted: true };
        open.set(partition, parcel);
        parcels.push(parcel);
        laneOf(partition).parcels.push(parcel);
      }
      const message = messageOf(record, partition);
      parcel.messages.push(message);
      parcel.places.set(message, place);
      parcel.bytes += bytes;
      waitingBytes += bytes;
    }
    for (const lane of lanes.values()) void send(lane);
    return parcels;
  }

  function laneOf(partition: number): Lane {
    let lane = lanes.get(partition);
    if (lane === undefined) {
      lane = { partition, parcels: [], isSending: false };
      lanes.set(partition, lane);
    }
    return lane;
  }

  async function send(lane: Lane): Promise<void> {
    if (lane.isSending || lane.parcels.length === 0) return;
    lane.isSending = true;
    // What is appended in the same turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = takeBatch(lane); batch.length > 0; batch = takeBatch(lane)) {
      const bytes = batch.reduce((sum, parcel) => sum + parcel.bytes, 0);
      const used = producer;
      const care = lookAfter(used);
      try {
        const messages = batch.flatMap((parcel) => parcel.messages);
        const refused = await used.send(messages, bytes > packedFromBytes);
        // One that is too large is the fault of its own append alone.
        for (const { places, done } of batch) {
          const bad = refused.flatMap((message) => places.get(message) ?? []);
          if (bad.length > 0) done.reject(recordsTooLarge(topic, bad));
          else done.resolve();
        }
      } catch (error) {
        for (const { done } of batch) done.reject(error);
        if (error instanceof FlywheelError && error.code === 'NOT_FOUND') forget(used, lane, error);
      } finally {
        care.stop();
        makeRoom(bytes);
      }
    }
    lane.isSending = false;
  }

  /** The topic is gone, and what waits for it goes nowhere; should it be made anew, that is found out by a later append. */
  function forget(used: KafkaProducer, lane: Lane, error: FlywheelError): void {
    known = undefined;
    for (const { done, bytes } of lane.parcels.splice(0)) {
      done.reject(error);
      makeRoom(bytes);
    }
    if (producer !== used) return;
    producer = createKafkaProducer(context, topic);
    void used.close();
  }

  function takeBatch({ parcels }: Lane): Parcel[] {
    const batch: Parcel[] = [];
    let records = 0;
    let bytes = 0;
    for (let next = parcels[0]; next !== undefined; next = parcels[0]) {
      if (!next.isWanted) {
        parcels.shift();
        makeRoom(next.bytes);
        continue;
      }
      records += next.messages.length;
      bytes += next.bytes;
      if (batch.length > 0 && (records > batchRecordsMax || bytes > batchBytesMax)) break;
      batch.push(next);
      parcels.shift();
    }
    return batch;
  }

  function makeRoom(bytes: number): void {
    waitingBytes -= bytes;
    if (waitingBytes > waitingBytesMax) return;
    roomMade?.resolve();
    roomMade = undefined;
  }

  /** kafkajs would try for ever to send to a topic that was deleted. */
  function lookAfter(used: KafkaProducer): { stop(): void } {
    let wasMissing = false;
    const timer = setInterval(async () => {
      try {
        const { topics } = await view.describe([topic]);
        const isMissing = !topics.has(topic);
        if (isMissing && wasMissing) used.giveUp(topicMissing(topic));
        wasMissing = isMissing;
      } catch (error) {
        context.log.debug({ topic, error }, 'The topic could not be looked at.');
      }
    }, lookAfterMs);
    return { stop: () => clearInterval(timer) };
  }

  return {
    async append(records, signal) {
      const admitted = admission.then(() => admit(records, signal));
      admission = admitted.catch(() => {});
      let parcels: Parcel[] = [];
      const durable = admitted.then((taken) => {
        parcels = taken;
        return allDurable(
          topic,
          taken.map(({ done }) => done.promise),
        );
      });
      await untilAborted(durable, signal, () => {
        for (const parcel of parcels) parcel.isWanted = false;
      });
    },
    async close() {
      await producer.close();
    },
  };
}

function cancelled(): FlywheelError {
  return new FlywheelError('CANCELLED', 'The append was given up.');
}

/** Waits for the work, or rejects with CANCELLED as soon as the signal is aborted. */
async function untilAborted(
  work: Promise<unknown>,
  signal: AbortSignal | undefined,
  onAbort: () => void,
): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  const abort = promiseWithResolvers();
  const listener = () => {
    onAbort();
    abort.reject(cancelled());
  };
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  try {
    await Promise.race([work, abort.promise]);
  } finally {
    signal.removeEventListener('abort', listener);
    work.catch(() => {});
  }
}

function promiseWithResolvers(): PromiseWithResolvers {
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}

function recordsTooLarge(topic: string, places: readonly number[]): RecordsRefused {
  return new RecordsRefused(
    `A record is larger than Kafka takes for the topic ${topic}; make it smaller, or raise the topic's max.message.bytes.`,
    places,
  );
}

/** Rejects with what was refused only once all else is durable; with any other fault at once. */
async function allDurable(topic: string, parcels: readonly Promise<void>[]): Promise<void> {
  const refused: number[] = [];
  await Promise.all(
    parcels.map((parcel) =>
      parcel.catch((error: unknown) => {
        if (!(error instanceof RecordsRefused)) throw error;
        refused.push(...error.places);
      }),
    ),
  );
  if (refused.length > 0) {
    throw recordsTooLarge(
      topic,
      refused.sort((a, b) => a - b),
    );
  }
}

function messageOf({ key, value, headers }: NewRecord, partition: number): Message {
  return { key, value, partition, ...(headers === undefined ? {} : { headers: { ...headers } }) };
}

function sizeOf({ key, value, headers = {} }: NewRecord): number {
  const lengthOf = (part: Buffer | string | null) => (part === null ? 0 : Buffer.byteLength(part));
  let bytes = 16 + lengthOf(key) + lengthOf(value);
  for (const [name, part] of Object.entries(headers)) bytes += lengthOf(name) + lengthOf(part);
  return bytes;
}
