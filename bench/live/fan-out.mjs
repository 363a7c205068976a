// A thousand subscribers of one metric at ten updates a second: processor time of the server for each message, memory, latency.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServer } from '../lib/server-process.mjs';
import { median, pairedRatio, percentile } from '../lib/statistics.mjs';
import { openEventSource } from './event-source.mjs';
import { openStalled, openSubscribers } from './subscribers.mjs';

const inBench = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const program = inBench('../../dist/src/cli/flywheel.js');
const sockets = 1_000;
const warmUpMs = 2_000;
const shapes = [
  { name: '1 cohort', cohorts: 1 },
  { name: '100 cohorts', cohorts: 100 },
];

const fanOutServers = [
  { name: 'limit', title: 'limit: ws alone, shared bytes', file: 'servers/bare-ws.mjs' },
  { name: 'flywheel', title: 'Flywheel' },
  { name: 'mercurius', title: 'Mercurius + JIT', file: 'servers/mercurius-ws.mjs' },
  { name: 'yoga', title: 'Yoga + graphql-ws', file: 'servers/yoga-ws.mjs' },
];

/** @param {Map<number, number>} handedMs @param {number[]} latencies */
function latencyRecorder(handedMs, latencies) {
  return (/** @type {number} */ value) => {
    const handed = handedMs.get(value);
    if (handed !== undefined) latencies.push(performance.now() - handed);
  };
}

/**
 * @param {import('../lib/server-process.mjs').RunningServer} server
 * @param {{ cohorts: number, seconds: number, handedMs: Map<number, number> | undefined }} plan
 */
async function measureOnce(server, { cohorts, seconds, handedMs }) {
  const idleMb = (await server.residentMb()) ?? Number.NaN;
  /** @type {number[]} */
  const latencies = [];
  let isMeasuring = false;
  const record = handedMs && latencyRecorder(handedMs, latencies);
  const onValue = record && ((/** @type {number} */ value) => isMeasuring && record(value));
  const { port } = server;
  const subscribers = await openSubscribers({ port, sockets, cohorts, ...(onValue ? { onValue } : {}) });
  await sleep(warmUpMs);
  const before = { messages: subscribers.counts.messages, cpu: await server.processorMicroseconds() };
  isMeasuring = true;
  await sleep(seconds * 1_000);
  isMeasuring = false;
  const after = { messages: subscribers.counts.messages, cpu: await server.processorMicroseconds() };
  const residentMb = (await server.residentMb()) ?? Number.NaN;
  await subscribers.close();
  await sleep(500);
  const messages = after.messages - before.messages;
  return {
    microseconds: ((after.cpu ?? 0) - (before.cpu ?? 0)) / messages,
    perSecond: messages / seconds,
    aboveIdleMb: residentMb - idleMb,
    latencies: latencies.sort((a, b) => a - b),
  };
}

/**
 * A thousand sockets that read nothing, beside fifty that do.
 * @param {import('../lib/server-process.mjs').RunningServer} server
 * @param {{ seconds: number, handedMs: Map<number, number> }} plan
 */
async function measureStalled(server, { seconds, handedMs }) {
  const idleMb = (await server.residentMb()) ?? Number.NaN;
  /** @type {number[]} */
  const latencies = [];
  const onValue = latencyRecorder(handedMs, latencies);
  const stalled = await openStalled({ port: server.port, sockets });
  const others = await openSubscribers({ port: server.port, sockets: 50, cohorts: 1, onValue });
  let [mostMb, readers] = [0, 0];
  const watch = async () => {
    await sleep(1_000);
    mostMb = Math.max(mostMb, (await server.residentMb()) ?? 0);
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    readers = Math.max(readers, Number(/^flywheel_subscribers_stalled (\d+)/m.exec(metrics)?.[1] ?? 0));
  };
  // Until the buffers of the system are full, nobody has stalled: what others notice is measured from then on.
  for (let second = 0; second < 60 && readers < sockets; second += 1) await watch();
  await sleep(2_000);
  latencies.length = 0;
  const before = others.counts.messages;
  const startedMs = performance.now();
  for (let second = 0; second < seconds; second += 1) await watch();
  const perSecond = ((others.counts.messages - before) / (performance.now() - startedMs) / 50) * 1_000;
  await Promise.all([others.close(), stalled.close()]);
  latencies.sort((a, b) => a - b);
  return { aboveIdleMb: mostMb - idleMb, readers, perSecond, p99Ms: percentile(latencies, 0.99) };
}

/**
 * @param {{ databaseUrl: string, brokers: string[] | undefined, rounds: number, seconds: number, dataDir: string, node: string, peers: boolean }} options
 */
export async function measureFanOut(options) {
  const { databaseUrl, brokers, rounds, seconds, dataDir, node, peers } = options;
  // A Kafka may hold the events and results of earlier runs, so each run has topics of its own.
  const run = `bench.${Date.now()}`;
  const topic = `${run}.behaviour`;
  const settings = {
    FLYWHEEL_DEMO: 'off',
    FLYWHEEL_TRAIN_EVERY: 'off',
    FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
    FLYWHEEL_TOPIC_BEHAVIOUR: topic,
    FLYWHEEL_TOPIC_MEASUREMENT: `${run}.measurement`,
    FLYWHEEL_TOPIC_RESULTS: `${run}.results`,
    FLYWHEEL_CONSUMER_GROUP: run,
    ...(brokers ? { KAFKA_BROKERS: brokers.join(',') } : {}),
  };
  const at = { node, databaseUrl, poolSize: 8, dataDir };
  const start = (/** @type {string} */ name, /** @type {string[]} */ args, dialect = 'flywheel') =>
    startServer({ name, title: name, dialect, arguments: args, settings }, at);
  /** @type {import('../lib/server-process.mjs').RunningServer[]} */
  const running = [];
  // However the bench ends, its servers do not outlive it.
  process.once('exit', () => {
    for (const server of running) server.stop();
  });
  const source = await (async () => {
    // The pipeline has a door of its own here, because the bench knows by it that it has started.
    running.push(await start('pipeline', [program, 'start', '--role', 'gateway,pipeline']));
    return openEventSource({ databaseUrl, brokers, topic, perSecond: 500 });
  })();
  const chosen = fanOutServers.filter(({ name }) => peers || name === 'limit' || name === 'flywheel');
  try {
    const servers = [];
    for (const { name, title, file } of chosen) {
      const args = file === undefined ? [program, 'start', '--role', 'gateway'] : [inBench(file)];
      const server = await start(name, args, file === undefined ? 'flywheel' : 'lists');
      running.push(server);
      servers.push({ name, title, server });
    }
    await sleep(3_000);
    const figures = [];
    for (const shape of shapes) {
      /** @type {Map<string, Awaited<ReturnType<typeof measureOnce>>[]>} */
      const found = new Map(servers.map(({ name }) => [name, []]));
      for (let round = 0; round < rounds; round += 1) {
        for (const { name, server } of servers) {
          const handedMs = name === 'flywheel' ? source.handedMs : undefined;
          found.get(name)?.push(await measureOnce(server, { cohorts: shape.cohorts, seconds, handedMs }));
        }
      }
      const limits = (found.get('limit') ?? []).map(({ microseconds }) => microseconds);
      for (const { name, title } of servers) {
        const all = found.get(name) ?? [];
        const latencies = all.flatMap((each) => each.latencies).sort((a, b) => a - b);
        figures.push({
          shape: shape.name,
          name,
          title,
          microseconds: median(all.map(({ microseconds }) => microseconds)),
          ratio: pairedRatio(
            all.map(({ microseconds }) => microseconds),
            limits,
          ).median,
          perSecond: median(all.map(({ perSecond }) => perSecond)),
          aboveIdleMb: all[0]?.aboveIdleMb ?? Number.NaN,
          ...(latencies.length > 0
            ? { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) }
            : {}),
        });
      }
    }
    const flywheel = servers.find(({ name }) => name === 'flywheel');
    const stalled =
      flywheel && (await measureStalled(flywheel.server, { seconds: 5, handedMs: source.handedMs }));
    return { figures, stalled };
  } finally {
    await source.close();
    await Promise.all(running.reverse().map((server) => server.stop()));
  }
}

/** @param {Awaited<ReturnType<typeof measureFanOut>>} measured */
export function fanOutText({ figures, stalled }) {
  const rows = figures.map(({ shape, title, microseconds, ratio, perSecond, aboveIdleMb, p50Ms, p99Ms }) =>
    [
      shape.padEnd(12),
      title.padEnd(30),
      `${microseconds.toFixed(1)} µs`.padStart(9),
      `${ratio.toFixed(2)}×`.padStart(7),
      `${Math.round(perSecond)}/s`.padStart(9),
      `${aboveIdleMb.toFixed(0)} MB`.padStart(8),
      p50Ms === undefined
        ? ''
        : `  p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms?.toFixed(0)} ms from append to message`,
    ].join(' '),
  );
  const head =
    'A thousand subscribers: server processor time per message, ratio to the limit, messages, memory above idle';
  const tail =
    stalled === undefined
      ? []
      : [
          `1,000 sockets that read nothing (${stalled.readers} subscriptions stalled): ${stalled.aboveIdleMb.toFixed(0)} MB above idle; ` +
            `50 others beside them get ${stalled.perSecond.toFixed(1)} messages/s each, p99 ${stalled.p99Ms === undefined ? 'unknown, since none came' : `${stalled.p99Ms.toFixed(0)} ms`}.`,
        ];
  return [head, ...rows, ...tail].join('\n');
}
