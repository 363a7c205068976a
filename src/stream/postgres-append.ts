// Gathers what callers append at the same time, and writes it topic by topic in few transactions.

import type pg from 'pg';
import { FlywheelError } from '../core/errors.js';
import { createBackoff } from '../core/pause.js';
import type { NewRecord } from './event-log.js';
import { closedFault, explainFault, isPassing, missingTopic } from './postgres-fault.js';
import { layOut, type WrittenMark, wasCommitted, write } from './postgres-flush.js';
import { readRanges } from './postgres-topics.js';

/** One transaction writes no more than this, so that no append waits long for another. */
const flushRecordsMax = 5_000;
const flushBytesMax = 4 * 1024 * 1024;

export interface AppenderDeps {
  readonly pool: pg.Pool;
  readonly onFault: (error: unknown) => void;
}

export interface Appender {
  /**
   * Resolves when the records are durable; each is written once, also where a connection breaks on the way. Waits for a
   * database that is away. When `signal` is aborted it rejects with CANCELLED at once: what is being written at that
   * moment may still become part of the log.
   */
  append(topic: string, records: readonly NewRecord[], signal?: AbortSignal): Promise<void>;
  /** Writes what is waiting, but waits for no database that is away. */
  close(): Promise<void>;
}

interface Request {
  readonly records: readonly NewRecord[];
  /** The first record that is not durable yet. */
  next: number;
  settled: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

interface Topic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: number;
}

/** The requests of one topic, first come, first written; one transaction at a time keeps their order. */
interface Lane {
  readonly name: string;
  requests: Request[];
  topic: Topic | undefined;
  spread: number;
  running: Promise<void> | undefined;
}

function sizeOf({ key, value }: NewRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** The next records of the lane, and how many of them belong to which request. */
function gather(lane: Lane): { records: NewRecord[]; parts: [Request, number][] } {
  const records: NewRecord[] = [];
  const parts: [Request, number][] = [];
  let bytes = 0;
  for (const request of lane.requests) {
    const before = records.length;
    for (let at = request.next; at < request.records.length; at += 1) {
      const record = request.records[at];
      if (record === undefined) break;
      bytes += sizeOf(record);
      if (records.length > 0 && (records.length >= flushRecordsMax || bytes > flushBytesMax)) break;
      records.push(record);
    }
    parts.push([request, records.length - before]);
    if (request.next + records.length - before < request.records.length) break;
  }
  return { records, parts };
}

function advance(parts: readonly [Request, number][]): void {
  for (const [request, count] of parts) {
    request.next += count;
    if (request.next >= request.records.length) request.resolve();
  }
}

export function createAppender({ pool, onFault }: AppenderDeps): Appender {
  const lanes = new Map<string, Lane>();
  const closing = new AbortController();

  async function topicOf(name: string): Promise<Topic> {
    const ranges = await readRanges(pool, [name]);
    const first = ranges[0];
    if (first === undefined) throw missingTopic(name);
    return { name, topicId: first.topicId, partitions: ranges.length };
  }

  /** Whether the records were written; where not, it is worth trying again. Rejects with what went wrong. */
  async function attempt(lane: Lane, records: readonly NewRecord[]): Promise<boolean> {
    lane.topic ??= await topicOf(lane.name);
    const flush = layOut(lane.topic, records, () => {
      lane.spread += 1;
      return lane.spread;
    });
    const outcome = await write(pool, flush);
    if (outcome.kind === 'gone') lane.topic = undefined;
    if (outcome.kind !== 'unknown') return outcome.kind === 'written';
    onFault(outcome.error);
    return settled(flush.topicId, outcome.mark);
  }

  /** Asks for as long as it takes: what was written must not be written again. */
  async function settled(topicId: string, mark: WrittenMark): Promise<boolean> {
    const backoff = createBackoff();
    for (;;) {
      try {
        const committed = await wasCommitted(pool, topicId, mark);
        if (committed !== undefined) return committed;
      } catch (error) {
        if (!isPassing(error) || closing.signal.aborted) throw error;
        onFault(error);
      }
      await backoff.wait();
    }
  }

  async function run(lane: Lane): Promise<void> {
    const backoff = createBackoff();
    // Callers of the same turn of the loop share a transaction.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      lane.requests = lane.requests.filter((request) => !request.settled);
      if (lane.requests.length === 0) break;
      const { records, parts } = gather(lane);
      try {
        if (await attempt(lane, records)) {
          advance(parts);
          backoff.reset();
          continue;
        }
      } catch (error) {
        if (isPassing(error)) onFault(error);
        if (!isPassing(error) || closing.signal.aborted) {
          for (const [request] of parts) request.reject(explainFault(error));
        }
      }
      await backoff.wait(closing.signal);
    }
    lane.running = undefined;
  }

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? { name, requests: [], topic: undefined, spread: 0, running: undefined };
    lanes.set(name, lane);
    return lane;
  }

  async function append(name: string, records: readonly NewRecord[], signal?: AbortSignal): Promise<void> {
    if (closing.signal.aborted) throw closedFault();
    if (signal?.aborted) throw cancelled();
    if (records.length === 0) return;
    const lane = laneOf(name);
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => request.reject(cancelled());
      const settle = (end: () => void) => {
        if (request.settled) return;
        request.settled = true;
        signal?.removeEventListener('abort', onAbort);
        end();
      };
      const request: Request = {
        records,
        next: 0,
        settled: false,
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      lane.requests.push(request);
      lane.running ??= run(lane);
    });
  }

  return {
    append,
    async close() {
      closing.abort();
      await Promise.all([...lanes.values()].map(({ running }) => running));
    },
  };
}

function cancelled(): FlywheelError {
  return new FlywheelError('CANCELLED', 'The append was given up before the event log had confirmed it.');
}
