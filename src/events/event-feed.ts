// The feed of events: follows the input topics while somebody looks, and replays what came after a cursor.

import {
  type Batch,
  type EventLog,
  type LogRecord,
  type PartitionRange,
  partitionKey,
  type Tail,
} from '../stream/event-log.js';
import type { Decoder, FlywheelEvent } from './event.js';
import { EventPlaces } from './event-cursor.js';
import { eventIdOf, sourceOf } from './identity.js';

/** What a feed must know of what it hands out. */
interface Identified {
  readonly source: string | null;
  readonly id: string | null;
}

/** An event, or a decision, as it stands in the log. */
export interface FeedEvent<E = FlywheelEvent> {
  readonly event: E;
  /** With `eventId`, what it is known by. */
  readonly source: string;
  readonly eventId: string;
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

/** `cursor` gives the place after the event, and must be asked before the listener returns. */
export type EventListener<E = FlywheelEvent> = (found: FeedEvent<E>, cursor: () => string) => void;

export interface EventFollowing {
  /** The place after the last event that was handed out. */
  cursor(): string;
  stop(): void;
}

export interface ReplayOptions<E = FlywheelEvent> {
  /** Takes the events one after another; the next one waits for it. */
  handle(found: FeedEvent<E>, cursor: () => string): Promise<void> | void;
  /**
   * Called once, when everything up to what `follow` handed out last has been handled: whoever goes on with what
   * `follow` hands out from this very moment misses nothing, and has had what `isKnown` says.
   */
  met(isKnown: (found: FeedEvent<E>) => boolean): void;
  readonly signal: AbortSignal;
}

export interface EventFeed<E = FlywheelEvent> {
  /** Calls the listener with every later event until it is stopped; resolves when the place to begin at is fixed. */
  follow(listener: EventListener<E>): Promise<EventFollowing>;
  /**
   * Hands over what came after a cursor, then calls `met`; only for a caller that follows. Resolves to false, with
   * nothing handed over, when the cursor is older than the log or none of ours.
   */
  replay(cursor: string, options: ReplayOptions<E>): Promise<boolean>;
  close(): Promise<void>;
}

export interface EventFeedDeps<E = FlywheelEvent> {
  readonly log: EventLog;
  /** How the records of each topic are read. */
  readonly decoders: ReadonlyMap<string, Decoder<E>>;
  /** Told of faults of the log that time may heal. */
  readonly onFault: (error: unknown) => void;
}

/** So many replays read at once; others wait, because after an outage many come together. */
const replaysMax = 8;

interface Following {
  readonly places: EventPlaces;
  readonly tail: Tail;
}

export function createEventFeed<E extends Identified = FlywheelEvent>({
  log,
  decoders,
  onFault,
}: EventFeedDeps<E>): EventFeed<E> {
  const topics = [...decoders.keys()];
  const listeners = new Set<EventListener<E>>();
  const queue: (() => void)[] = [];
  let replays = 0;
  let following: Promise<Following> | undefined;

  function read(batch: Batch, record: LogRecord): FeedEvent<E> | undefined {
    const { topic, topicId, partition } = batch;
    const decoded = decoders.get(topic)?.(record);
    if (!decoded?.ok) return undefined;
    const { event } = decoded;
    const { offset, appendedAtMs } = record;
    const [source, eventId] = [sourceOf(event, topic), eventIdOf(event, batch, offset)];
    return { event, source, eventId, topic, topicId, partition, offset, appendedAtMs };
  }

  function tell(listener: EventListener<E>, found: FeedEvent<E>, cursor: () => string): void {
    try {
      listener(found, cursor);
    } catch (error) {
      onFault(error);
    }
  }

  async function ranges(): Promise<readonly PartitionRange[]> {
    return (await Promise.all(topics.map((topic) => log.ends(topic)))).flat();
  }

  async function begin(): Promise<Following> {
    const all = await ranges();
    const places = EventPlaces.atEnd(all);
    const tail = await log.tail({
      topics,
      from: new Map(all.map(({ topic, partition, end }) => [partitionKey(topic, partition), end])),
      // A partition that is added later is new from its start on.
      elsewhere: 'start',
      onFault,
      handle(batch) {
        for (const record of batch.records) {
          places.set(batch, record.offset + 1n);
          const found = read(batch, record);
          if (found === undefined) continue;
          let cursor: string | undefined;
          const once = () => {
            cursor ??= places.write();
            return cursor;
          };
          for (const listener of listeners) tell(listener, found, once);
        }
        places.set(batch, batch.nextOffset);
      },
    });
    return { places, tail };
  }

  async function end(): Promise<void> {
    const current = following;
    following = undefined;
    await (await current?.catch(() => undefined))?.tail.close();
  }

  /** Where a replay begins in each partition; undefined when something of it is gone. */
  function startOf(places: EventPlaces, all: readonly PartitionRange[], now: EventPlaces) {
    const from = new EventPlaces();
    for (const range of all) {
      const known = places.get(range);
      if (known === undefined) {
        // A topic that the cursor does not know is followed from now on, a new partition from its start.
        from.set(range, places.has(range.topicId) ? range.start : (now.get(range) ?? range.end));
      } else if (known < range.start || known > range.end) return undefined;
      else from.set(range, known);
    }
    return from;
  }

  async function replayFrom(
    at: EventPlaces,
    now: EventPlaces,
    all: readonly PartitionRange[],
    options: ReplayOptions<E>,
  ) {
    const { handle, met, signal } = options;
    const isKnown = ({ topicId, partition, offset }: FeedEvent<E>) =>
      offset < (at.get({ topicId, partition }) ?? 0n);
    if (at.reaches(now)) return met(isKnown);
    async function handAll(batch: Batch): Promise<void> {
      for (const record of batch.records) {
        at.set(batch, record.offset + 1n);
        const found = read(batch, record);
        if (found !== undefined) await handle(found, () => at.write());
        if (signal.aborted) return;
      }
      at.set(batch, batch.nextOffset);
    }
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isMet = false;
    let fault: unknown;
    signal.addEventListener('abort', finish, { once: true });
    const tail = await log.tail({
      topics,
      from: new Map(
        all.map((range) => [partitionKey(range.topic, range.partition), at.get(range) ?? range.end]),
      ),
      elsewhere: 'start',
      onFault,
      async handle(batch) {
        if (isMet || signal.aborted) return;
        try {
          await handAll(batch);
          isMet = !signal.aborted && at.reaches(now);
          if (isMet) met(isKnown);
        } catch (error) {
          // To the tail it is no fault of the log: the batch must not come again.
          isMet = true;
          fault = error;
        }
        if (isMet) finish();
      },
    });
    if (!signal.aborted) await finished;
    signal.removeEventListener('abort', finish);
    await tail.close();
    if (fault !== undefined) throw fault;
  }

  async function turn(): Promise<void> {
    if (replays < replaysMax) {
      replays += 1;
      return;
    }
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  function giveTurn(): void {
    const next = queue.shift();
    if (next === undefined) replays -= 1;
    else next();
  }

  return {
    async follow(listener) {
      const own: EventListener<E> = (found, cursor) => listener(found, cursor);
      listeners.add(own);
      const stop = () => {
        if (listeners.delete(own) && listeners.size === 0) end().catch(onFault);
      };
      following ??= begin();
      try {
        const { places } = await following;
        return { cursor: () => places.write(), stop };
      } catch (error) {
        stop();
        throw error;
      }
    },
    async replay(cursor, options) {
      const places = EventPlaces.read(cursor);
      if (places === undefined || following === undefined) return false;
      await turn();
      try {
        const { places: now } = await following;
        const all = await ranges();
        const at = startOf(places, all, now);
        const isOurs = all.some(({ topicId }) => places.has(topicId));
        if (at === undefined || !isOurs) return false;
        await replayFrom(at, now, all, options);
        return true;
      } finally {
        giveTurn();
      }
    },
    async close() {
      listeners.clear();
      await end();
    },
  };
}
