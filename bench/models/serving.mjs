// Recommendations and segments of 50 customers in one query at a steady rate, beside the same query without them.
import { readFile } from 'node:fs/promises';
import { threadMicroseconds } from '../lib/processor-time.mjs';
import { requestBytes } from '../lib/requests.mjs';
import { percentile } from '../lib/statistics.mjs';
import { ask, metricsOf, steadily, train, withGateway } from './running-gateway.mjs';

const part = 'serving';
const perSecond = 50;
const secondsInAll = 20;
/** At the rate that is measured, until V8 has compiled what is asked again and again, in all the threads that take part. */
const warmUp = { perSecond, seconds: 12 };
const p99MsMost = 30;
const customers = 50;
const products = 10;

/** @param {string} fields */
const document = (fields) =>
  `query Bench($codes: [String!]!) { customers(first: ${customers}, filter: {code: {in: $codes}}) { nodes { code ${fields} } } }`;
const served = document(
  `recommendations(first: ${products}) { items { product { code name } score } degraded } segment { name degraded }`,
);
const plain = document('');

/** Other customers from request to request. @param {import('./running-gateway.mjs').Gateway} gateway */
function customerGroups({ database }) {
  return database.variables(`
    SELECT json_build_object('codes', json_agg(code)) AS variables
    FROM (SELECT code, (row_number() OVER (ORDER BY md5(code)) - 1) / ${customers} AS place FROM dim_customer) AS placed
    GROUP BY place HAVING count(*) = ${customers} ORDER BY place`);
}

/** @param {import('./running-gateway.mjs').Gateway} gateway @param {Record<string, unknown>} variables */
async function checkAnswer(gateway, variables) {
  const { nodes } = (await ask(gateway, served, variables)).customers;
  const isWhole = nodes.every(
    (/** @type {any} */ { recommendations, segment }) =>
      recommendations.items.length === products &&
      recommendations.items.every((/** @type {any} */ { product }) => product?.name !== undefined) &&
      !recommendations.degraded &&
      !segment.degraded &&
      segment.name !== null,
  );
  if (nodes.length !== customers || !isWhole)
    throw new Error(`An answer lacks something: ${JSON.stringify(nodes[0])}`);
}

/** Calls of services, and those of them whose answers were degraded. @param {import('./running-gateway.mjs').Gateway} gateway */
async function countCalls(gateway) {
  const text = await metricsOf(gateway);
  const sum = { calls: 0, degraded: 0 };
  for (const [, outcome, count] of text.matchAll(
    /^flywheel_service_calls_total\{.*outcome="(\w+)".*\} (\d+)/gm,
  )) {
    sum.calls += Number(count);
    if (outcome !== 'ok' && outcome !== 'refused') sum.degraded += Number(count);
  }
  return sum;
}

/** Microseconds so far: of the main thread, of each service's, and of all others together. @param {import('./running-gateway.mjs').Gateway} gateway */
async function processorTimes({ server, threadsFile }) {
  const services = new Map(
    (await readFile(threadsFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => /** @type {[string, string]} */ (line.split(' '))),
  );
  /** @type {Record<string, number>} */
  const times = { main: 0, recommendation: 0, segmentation: 0, others: 0 };
  for (const [thread, microseconds] of await threadMicroseconds(server.pid)) {
    const service = services.get(thread) ?? '';
    const name = thread === String(server.pid) ? 'main' : service in times ? service : 'others';
    times[name] += microseconds;
  }
  return times;
}

/** @param {import('./running-gateway.mjs').Gateway} gateway @param {Buffer[]} requests @param {number} seconds */
async function measureOnce(gateway, requests, seconds) {
  const before = await processorTimes(gateway);
  const tookMs = await steadily(gateway, requests, { perSecond, seconds });
  const after = await processorTimes(gateway);
  return {
    tookMs,
    times: Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]])),
  };
}

/** @param {Awaited<ReturnType<typeof measureOnce>>[]} slices */
function together(slices) {
  const tookMs = slices.flatMap((slice) => slice.tookMs).sort((a, b) => a - b);
  const perRequestMs = (/** @type {string} */ name) =>
    slices.reduce((sum, { times }) => sum + times[name], 0) / tookMs.length / 1000;
  const names = Object.keys(slices[0].times);
  return {
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    processorMs: Object.fromEntries(names.map((name) => [name, perRequestMs(name)])),
    processorMsInAll: names.reduce((sum, name) => sum + perRequestMs(name), 0),
  };
}

/** @param {number} ms */
const inMs = (ms) => `${ms.toFixed(1)} ms`;

/** @param {import('./run.mjs').Place} place @returns {Promise<import('./side-by-side.mjs').Row[]>} */
export async function measureServing({ rounds }) {
  return withGateway(async (gateway) => {
    for (const service of ['SEGMENTATION', 'RECOMMENDATION']) await train(gateway, service);
    const groups = await customerGroups(gateway);
    const requestsOf = (/** @type {string} */ asked) =>
      groups.map((variables) =>
        requestBytes(gateway.server, { document: asked, operationName: 'Bench', variables }),
      );
    const [withServices, without] = [requestsOf(served), requestsOf(plain)];
    for (const requests of [withServices, without]) await steadily(gateway, requests, warmUp);
    await checkAnswer(gateway, groups[0]);
    const before = await countCalls(gateway);
    /** @type {Awaited<ReturnType<typeof measureOnce>>[]} */
    const slices = [];
    /** @type {typeof slices} */
    const plainSlices = [];
    for (let round = 0; round < rounds; round += 1) {
      slices.push(await measureOnce(gateway, withServices, secondsInAll / rounds));
      plainSlices.push(await measureOnce(gateway, without, secondsInAll / rounds));
    }
    const after = await countCalls(gateway);
    const [ours, beside] = [together(slices), together(plainSlices)];
    const calls = after.calls - before.calls;
    const degraded = after.degraded - before.degraded;
    const byThread = Object.entries(ours.processorMs).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    const latency = ({ p50Ms, p99Ms } = ours) => `${inMs(p99Ms)} (p50 ${inMs(p50Ms)})`;
    return [
      {
        part,
        what: `p99, ${customers} customers with ${products} products and a segment each, ${perSecond}/s; without both`,
        ours: latency(ours),
        peer: latency(beside),
        ratio: `${(ours.p99Ms / beside.p99Ms).toFixed(1)} ×`,
        limit: `≤ ${p99MsMost} ms`,
        passes: ours.p99Ms <= p99MsMost,
      },
      {
        part,
        what: `degraded answers of ${calls} calls of services`,
        ours: String(degraded),
        limit: '0',
        passes: degraded === 0 && calls > 0,
      },
      {
        part,
        what: `processor time a request: ${byThread.join(', ')}; without both`,
        ours: inMs(ours.processorMsInAll),
        peer: inMs(beside.processorMsInAll),
        ratio: `${(ours.processorMsInAll / beside.processorMsInAll).toFixed(1)} ×`,
        limit: '–',
        passes: true,
      },
    ];
  });
}
