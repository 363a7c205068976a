// The port of the event log: durable topics of partitions, read by groups that keep their own positions, or by anyone.

import { FlywheelError } from '../core/errors.js';

/** Bytes as they stand in the log. */
export interface LogRecord {
  /** Its place in the partition; places grow, and may leave gaps. */
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** When the log took it, in milliseconds since 1970. */
  readonly appendedAtMs: number;
}

export interface NewRecord {
  /** Records with the same key keep their order; without a key they are spread over the partitions. */
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
}

/** A partition as nobody can mistake it: a topic that was made anew has another `topicId`. */
export interface PartitionId {
  readonly clusterId: string;
  readonly topicId: string;
  readonly topic: string;
  readonly partition: number;
}

/** The places of a partition: `start` is the first that is kept, `end` the one that the next record gets. */
export interface PartitionRange extends PartitionId {
  readonly start: bigint;
  readonly end: bigint;
}

export interface Batch extends PartitionId {
  /** In the order of their places; at least one, unless only `nextOffset` moves on. */
  readonly records: readonly LogRecord[];
  /** The position after this batch. */
  readonly nextOffset: bigint;
  /** The end of the partition as last seen; equal to `nextOffset` for who has caught up. */
  readonly endOffset: bigint;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** The most records that one batch holds. */
  readonly batchRecordsMax: number;
  /**
   * Where each partition that this member has just been given is to begin, in the same order; null leaves it unread.
   * Asked again after every change of ownership, and after `handle` rejected with a `StalePosition`.
   */
  position(partitions: readonly PartitionRange[]): Promise<readonly (bigint | null)[]>;
  /**
   * Takes the batches of a partition one after another, those of different partitions side by side. While it is at
   * work, the ownership is kept alive; `signal` is aborted when it is lost, and the batch then belongs to somebody
   * else. When it rejects, the same batch comes again after a pause that grows up to a second.
   */
  handle(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Told of faults that time may heal, such as a broker that is away; reading goes on by itself. */
  onFault?(error: unknown): void;
}

/** The log takes all records of an append but these, which stand there without them; the others are durable. */
export class RecordsRefused extends FlywheelError {
  /** Which of the records, by their places in the append, from 0. */
  readonly places: readonly number[];

  constructor(message: string, places: readonly number[]) {
    super('BAD_INPUT', message);
    this.places = places;
  }
}

/** `handle` found that its position is not the stored one: what it holds is somebody else's by now. */
export class StalePosition extends Error {
  constructor() {
    super('The position has moved on under another reader.');
    this.name = 'StalePosition';
  }
}

export interface Consumer {
  /** The partitions that this member owns now. */
  owned(): readonly PartitionId[];
  /** Lets the batches at work finish, then gives the partitions back. */
  close(): Promise<void>;
}

/** Where each partition of a topic is read from; a partition that is left out is read from `elsewhere`. */
export interface TailOptions {
  readonly topics: readonly string[];
  readonly from: ReadonlyMap<string, bigint>;
  readonly elsewhere: 'start' | 'end';
  /** Every record of every partition from there on, in order within a partition; the next batch waits for it. */
  handle(batch: Batch): Promise<void> | void;
  onFault?(error: unknown): void;
}

export interface Tail {
  close(): Promise<void>;
}

export interface TopicOptions {
  readonly name: string;
  /** For a topic that is created; one that exists is used as it is. */
  readonly partitions: number;
}

/**
 * What a log promises. The implementation heals by itself what time can heal, and then rejects nothing: an append
 * waits for the log to come back until its `signal` is aborted. What time cannot heal (a wrong password, a topic
 * that is missing and may not be created) is a FlywheelError whose sentence says what to do.
 */
export interface EventLog {
  /** Creates the topics that are missing, where that is allowed; NOT_FOUND for one that is missing and may not be. */
  ensureTopics(topics: readonly TopicOptions[]): Promise<void>;
  /** Resolves when all records are durable, in their order per key. RecordsRefused when all are but those it names. */
  append(topic: string, records: readonly NewRecord[], signal?: AbortSignal): Promise<void>;
  /** The partitions of a topic and what they hold now; NOT_FOUND when there is no such topic. */
  ends(topic: string): Promise<readonly PartitionRange[]>;
  /** Each partition of the topics has one owner in the group at a time. Resolves when this member has joined. */
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Gives this caller every record. Resolves when the places to begin at are fixed: what is appended later is seen. */
  tail(options: TailOptions): Promise<Tail>;
  /** Whether the log answers now; rejects with a sentence otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** How a partition is named in positions that leave the process: `topic/partition`. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
