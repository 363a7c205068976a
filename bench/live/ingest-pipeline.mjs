// node ingest-pipeline.mjs: the pipeline of the product in a process of its own, on a log that is full already.
// Says "ready" when it has joined its group, and the milliseconds and its peak memory when everything is in the warehouse.
import { dist } from '../lib/places.mjs';

const { databaseUrl, brokers, topic, cuts, learns, group } = JSON.parse(process.argv[2] ?? '{}');
const { createDatabase } = await import(dist('warehouse/database.js'));
const { createListener } = await import(dist('stream/postgres-listener.js'));
const { createPipeline } = await import(dist('pipeline/pipeline.js'));
const { createDecoder } = await import(dist('events/decode.js'));
const { createLiveWriter } = await import(dist('metrics/live-writer.js'));
const { createDefinitions } = await import(dist('metrics/definition.js'));
const { definitions } = await import(dist('metrics/definitions.js'));
const { catalogue } = await import(dist('warehouse/catalogue.js'));
const { createLog } = await import(dist('core/log.js'));
const { createLifecycle } = await import(dist('core/lifecycle.js'));
const { createTelemetry } = await import(dist('core/telemetry.js'));
const { createLeases } = await import(dist('warehouse/leases.js'));
const { createLearning } = await import(dist('main/learning.js'));
const { openBenchLog } = await import('./open-log.mjs');

const database = createDatabase({ url: databaseUrl, poolSize: 8 });
const listener = createListener({ url: databaseUrl });
const logger = createLog({ level: 'warn' });
const log = await openBenchLog({ brokers, databaseUrl, database, listener, logger });
const kept = createDefinitions(
  definitions.metrics.map((metric) => ({ ...metric, live: metric.name === 'EVENTS' ? cuts : [] })),
);
const lifecycle = createLifecycle({ onStopFault: (_, error) => logger.error({ error }, 'it did not stop') });
const learning = createLearning(
  { lifecycle, log: logger, telemetry: createTelemetry() },
  { listener, leases: createLeases({ url: databaseUrl, holder: String(process.pid) }) },
  database,
);
const pipeline = createPipeline({
  log,
  database,
  group,
  decoders: new Map([[topic, createDecoder({ timeZone: 'UTC' })]]),
  liveWriter: createLiveWriter({ catalogue, definitions: kept, graceMs: 60_000 }),
  steps: learns ? [learning.step] : [],
  deadLetter: () => {
    throw new Error('A record of the bench was refused.');
  },
  deadLetterTopic: 'bench.dead-letters',
  notifications: listener,
  logger,
});
const ends = await log.ends(topic);
let peakMb = 0;
let firstHalfMb = 0;
const startedMs = performance.now();
await pipeline.start();
if (learns) await learning.start();
for (let done = 0; done < ends.length; ) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  const status = pipeline.status();
  done = ends.filter((end) =>
    status.some(({ partition, nextOffset }) => partition === end.partition && (nextOffset ?? -1n) >= end.end),
  ).length;
  const mb = process.memoryUsage().rss / 1024 ** 2;
  peakMb = Math.max(peakMb, mb);
  const read = status.reduce((sum, { nextOffset }) => sum + Number(nextOffset ?? 0n), 0);
  if (read <= ends.reduce((sum, { end }) => sum + Number(end), 0) / 2) firstHalfMb = peakMb;
}
const durationMs = performance.now() - startedMs;
await lifecycle.stop();
await pipeline.close();
await log.close();
await listener.close();
await database.close();
console.log(
  JSON.stringify({ durationMs, peakMb, firstHalfMb, processorMs: process.cpuUsage().user / 1_000 }),
);
