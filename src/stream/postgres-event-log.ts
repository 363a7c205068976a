// The event log in PostgreSQL: what a gateway needs to start with nothing beside its database.

import type pg from 'pg';
import { createBackoff } from '../core/pause.js';
import type { Consumer, EventLog, PartitionRange, Tail } from './event-log.js';
import { createAppender } from './postgres-append.js';
import { createConsumer } from './postgres-consumer.js';
import { closedFault, explainFault, isPassing } from './postgres-fault.js';
import type { Listener } from './postgres-listener.js';
import { createTail } from './postgres-tail.js';
import { makeTopics, rangesOf, readRanges, requireTopics } from './postgres-topics.js';
import { createWatch } from './postgres-watch.js';

export interface PostgresEventLogDeps {
  /** Of the database that holds the tables of the log; stays the caller's. */
  readonly pool: pg.Pool;
  /** The same database, for connections outside of the pool: one for each group that is joined. */
  readonly url: string;
  /** Hears of new records; stays the caller's. */
  readonly listener: Listener;
  /** Told of faults that heal by themselves, such as a database that is away while somebody appends. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * Opens nothing by itself. `ends` and `check` answer at once or say why not; everything else waits for a database that
 * is away.
 */
export function createPostgresEventLog({ pool, url, listener, onFault }: PostgresEventLogDeps): EventLog {
  const closing = new AbortController();
  const watch = createWatch({ pool, listener });
  const appender = createAppender({ pool, onFault: (error) => onFault?.(error) });
  const open = new Set<Consumer | Tail>();

  async function patiently<T>(work: () => Promise<T>, tell = onFault): Promise<T> {
    const backoff = createBackoff();
    for (;;) {
      if (closing.signal.aborted) throw closedFault();
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error)) throw explainFault(error);
        tell?.(error);
      }
      await backoff.wait(closing.signal);
    }
  }

  async function existing(
    topics: readonly string[],
    tell: ((error: unknown) => void) | undefined,
  ): Promise<readonly PartitionRange[]> {
    const ranges = await patiently(() => readRanges(pool, topics), tell);
    requireTopics(topics, ranges);
    return ranges;
  }

  /** Closed with the log, if not before. */
  async function keep<Reader extends Consumer | Tail>(reader: Reader): Promise<Reader> {
    if (closing.signal.aborted) {
      await reader.close();
      throw closedFault();
    }
    open.add(reader);
    return {
      ...reader,
      async close() {
        await reader.close();
        open.delete(reader);
      },
    };
  }

  async function closeAll(): Promise<void> {
    closing.abort();
    await Promise.all([appender.close(), ...[...open].map((reader) => reader.close())]);
    open.clear();
    await watch.close();
  }

  let closed: Promise<void> | undefined;
  return {
    ensureTopics: (topics) => patiently(() => makeTopics(pool, topics)),
    append: (topic, records, signal) => appender.append(topic, records, signal),
    ends: (topic) => rangesOf(pool, topic),
    async consume(options) {
      await existing(options.topics, options.onFault);
      return keep(await createConsumer({ pool, url, watch }, options));
    },
    async tail(options) {
      const ranges = await existing(options.topics, options.onFault);
      return keep(createTail({ pool, watch, ranges }, options));
    },
    async check() {
      if (closing.signal.aborted) throw closedFault();
      await pool.query('SELECT 1 FROM log_topic LIMIT 1').catch((error: unknown) => {
        throw explainFault(error);
      });
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
