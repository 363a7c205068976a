// Pipelines on the event log in a test database, as a process has them.

import { createLog } from '../../src/core/log.js';
import { createDecoder } from '../../src/events/decode.js';
import type { LiveWriter } from '../../src/metrics/live-facts.js';
import { createPipeline, type Pipeline } from '../../src/pipeline/pipeline.js';
import type { EventLog } from '../../src/stream/event-log.js';
import { createPostgresEventLog } from '../../src/stream/postgres-event-log.js';
import { createListener, type Listener } from '../../src/stream/postgres-listener.js';
import type { TestDatabase } from '../support/postgres.js';
import { noWindows } from './feed.js';

export interface LogAtHand {
  readonly log: EventLog;
  readonly listener: Listener;
  close(): Promise<void>;
}

export function openLog(database: TestDatabase): LogAtHand {
  const listener = createListener({ url: database.url });
  const log = createPostgresEventLog({ pool: database.pool, url: database.url, listener });
  return {
    log,
    listener,
    async close() {
      await log.close();
      await listener.close();
    },
  };
}

export interface RunningPipeline {
  readonly pipeline: Pipeline;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly topics: readonly string[];
  readonly group?: string;
  readonly batchRecordsMax?: number;
  readonly liveWriter?: LiveWriter;
}

/** A pipeline with a log of its own, joined. */
export async function runPipeline(database: TestDatabase, options: RunOptions): Promise<RunningPipeline> {
  const running = preparePipeline(database, options);
  await running.pipeline.start();
  return running;
}

/** The same before it has joined. */
export function preparePipeline(database: TestDatabase, options: RunOptions): RunningPipeline {
  const { log, listener, close } = openLog(database);
  const decode = createDecoder({ timeZone: 'UTC' });
  const pipeline = createPipeline({
    log,
    database,
    decoders: new Map(options.topics.map((topic) => [topic, decode])),
    liveWriter: options.liveWriter ?? noWindows,
    deadLetter: (_partition, record, reason) => ({ key: null, value: record.value, headers: { reason } }),
    deadLetterTopic: 'flywheel.dead-letters',
    group: options.group ?? 'flywheel',
    batchRecordsMax: options.batchRecordsMax ?? 1_000,
    notifications: listener,
    logger: createLog({ level: 'silent' }),
  });
  return {
    pipeline,
    async close() {
      await pipeline.close();
      await close();
    },
  };
}
