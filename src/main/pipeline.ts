// The duties of the pipeline role: reading the log into the warehouse, learning, closing windows, relaying, pruning.

import { systemClock } from '../core/clock.js';
import { createLiveTelemetry } from '../core/live-telemetry.js';
import { pause } from '../core/pause.js';
import { createStreamTelemetry } from '../core/stream-telemetry.js';
import { deadLetterOf } from '../events/dead-letter.js';
import { decodeDecision } from '../events/decision.js';
import { definitions } from '../metrics/definitions.js';
import { createLiveWriter } from '../metrics/live-writer.js';
import { createCloser } from '../pipeline/closer.js';
import { createLogWatch } from '../pipeline/log-watch.js';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.js';
import type { InputDecoder } from '../pipeline/read-batch.js';
import { createRelay } from '../pipeline/relay.js';
import { pruneLog } from '../stream/postgres-retention.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { countOutbox } from '../warehouse/stream/outbox-pages.js';
import { startDuty } from './duty.js';
import { createFlink } from './flink.js';
import type { Foundations } from './foundations.js';
import { createLearning } from './learning.js';
import { createRules } from './rules.js';
import { stockStep } from './stock.js';
import type { Streams } from './streams.js';
import { createWebhooks } from './webhooks.js';
import { createWheel } from './wheel.js';

const pruneEveryMs = 60_000;

/** Starts everything that only pipelines do. */
export async function startPipeline(
  foundations: Foundations,
  streams: Streams,
  database: Database,
): Promise<Pipeline> {
  const { config, lifecycle, log: logger, telemetry } = foundations;
  const { log, listener: notifications, leases, decoders } = streams;
  const streamTelemetry = createStreamTelemetry(telemetry.registry);
  const common = { log, database, leases, notifications, logger };
  await lifecycle.start({
    name: 'relay',
    start: () => {
      const relay = createRelay({ ...common, telemetry: streamTelemetry });
      relay.start();
      return relay;
    },
    stop: (relay) => relay.close(),
  });
  const learning = createLearning(foundations, streams, database);
  const flink = await createFlink(foundations, streams, database);
  const liveWriter = createLiveWriter({
    catalogue,
    definitions,
    graceMs: config.stream.graceMs,
    publisher: flink?.publisher,
  });
  const wheel = createWheel(foundations, streams, database, liveWriter);
  const rules = createRules(foundations, streams, database);
  const webhooks = createWebhooks(foundations, streams, database);
  const pipeline = createPipeline({
    ...common,
    decoders: new Map<string, InputDecoder>([...decoders, [config.topics.decisions, decodeDecision]]),
    liveWriter,
    // Learning comes last: from there to the end of the transaction nobody else adds examples.
    steps: [wheel.step, rules.step, webhooks.step, stockStep(logger), learning.step],
    deadLetter: (place, record, reason) =>
      deadLetterOf({
        record,
        place: { ...place, offset: record.offset },
        reason,
        refusedAtMs: systemClock.nowMs(),
      }),
    deadLetterTopic: config.topics.deadLetters,
    group: config.stream.group,
    telemetry: streamTelemetry,
  });
  streamTelemetry.watchPartitions(() => pipeline.status());
  streamTelemetry.watchOutbox(() => countOutbox(database));
  await lifecycle.start({
    name: 'pipeline',
    start: (signal) => pipeline.start(signal),
    stop: () => pipeline.close(),
    stopTimeoutMs: 20_000,
  });
  await flink?.start();
  await learning.start();
  await wheel.start();
  await rules.start();
  await webhooks.start();
  // Only once the pipeline has joined: until then, partitions that nobody reads would look idle.
  const isLogWell = createLogWatch(log);
  await lifecycle.start({
    name: 'closer',
    start: () => {
      const closer = createCloser({
        ...common,
        catalogue,
        definitions,
        telemetry: createLiveTelemetry(telemetry.registry, () => systemClock.nowMs()),
        clocks: {
          group: config.stream.group,
          topics: [...decoders.keys()],
          latenessMs: config.stream.latenessMs,
          idleMs: config.stream.idleMs,
        },
        isSeen: () => isLogWell() && pipeline.status().every(({ lag }) => lag === 0),
        resultsTopic: config.topics.results,
      });
      closer.start();
      return closer;
    },
    stop: (closer) => closer.close(),
  });
  if (config.kafka === undefined) await startRetention(foundations, streams, database);
  return {
    ...pipeline,
    async check() {
      await pipeline.check();
      await flink?.check();
    },
  };
}

/** Kafka lets go of old records by itself; the log in the database is told to. */
async function startRetention(
  foundations: Foundations,
  { leases }: Streams,
  database: Database,
): Promise<void> {
  const { config } = foundations;
  await startDuty(foundations, leases, {
    name: 'retention',
    work: async (_lease, signal) => {
      while (!signal.aborted) {
        await pruneLog({ pool: database.pool, retentionMs: config.stream.retentionMs, signal });
        await pause(pruneEveryMs, signal);
      }
    },
    complaint: 'old records of the event log are deleted later',
  });
}
