// What requests notice of a training in the same process: q1 at a steady rate, idle and beside each training.
import { requestBytes } from '../lib/requests.mjs';
import { percentile } from '../lib/statistics.mjs';
import { products as question } from '../questions/products.mjs';
import { metricsOf, steadily, train, withGateway } from './running-gateway.mjs';

const part = 'beside training';
const perSecond = 100;
const idleSeconds = 10;
/** A training that is over sooner is repeated, so that the 99th percentile has something to stand on. */
const trainingSecondsLeast = 10;
const sliceSeconds = 1;
const ratioMost = 3;
const delayMsMost = 20;

/**
 * The 99th percentile of the delay of the event loop since it was last asked for, as the gateway says it. The timer
 * behind it fires every 10 ms, and that is what it says of a loop that nothing holds up.
 * @param {import('./running-gateway.mjs').Gateway} gateway
 */
async function loopDelayMs(gateway) {
  const found = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await metricsOf(gateway));
  return Number(found?.[1]) * 1000;
}

/**
 * @param {import('./running-gateway.mjs').Gateway} gateway
 * @param {Buffer[]} requests
 * @param {() => Promise<unknown>} work requests are made until it is done
 */
async function measureWhile(gateway, requests, work) {
  let isDone = false;
  await loopDelayMs(gateway);
  const working = work().finally(() => {
    isDone = true;
  });
  /** @type {number[]} */
  const tookMs = [];
  const asking = async () => {
    while (!isDone) tookMs.push(...(await steadily(gateway, requests, { perSecond, seconds: sliceSeconds })));
  };
  await Promise.all([working, asking()]);
  const delayMs = await loopDelayMs(gateway);
  tookMs.sort((a, b) => a - b);
  return { p99Ms: percentile(tookMs, 0.99), p50Ms: percentile(tookMs, 0.5), delayMs, answers: tookMs.length };
}

/** Again and again, until it has been at it long enough. @param {import('./running-gateway.mjs').Gateway} gateway @param {string} service */
async function trainFor(gateway, service) {
  const beganMs = performance.now();
  do await train(gateway, service);
  while (performance.now() - beganMs < trainingSecondsLeast * 1000);
}

/** @param {number} ms */
const inMs = (ms) => `${ms.toFixed(1)} ms`;

/** @returns {Promise<import('./side-by-side.mjs').Row[]>} */
export async function measureBesideTraining() {
  return withGateway(async (gateway) => {
    const document = question.documents.flywheel ?? '';
    const requests = (await gateway.database.variables(question.variablesSql)).map((variables) =>
      requestBytes(gateway.server, { document, operationName: 'Q1', variables }),
    );
    const idleFor = () => new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
    await steadily(gateway, requests, { perSecond, seconds: idleSeconds / 2 });
    const idle = await measureWhile(gateway, requests, idleFor);
    /** @type {import('./side-by-side.mjs').Row[]} */
    const rows = [];
    for (const service of ['RECOMMENDATION', 'SEGMENTATION']) {
      const busy = await measureWhile(gateway, requests, () => trainFor(gateway, service));
      const name = service.toLowerCase();
      const ratio = busy.p99Ms / idle.p99Ms;
      rows.push(
        {
          part,
          what: `p99 of q1 at ${perSecond}/s while ${name} is trained (${busy.answers} answers); idle`,
          ours: `${inMs(busy.p99Ms)} (p50 ${inMs(busy.p50Ms)})`,
          peer: `${inMs(idle.p99Ms)} (p50 ${inMs(idle.p50Ms)})`,
          ratio: `${ratio.toFixed(2)} ×`,
          limit: `≤ ${ratioMost} ×`,
          passes: ratio <= ratioMost,
        },
        {
          part,
          what: `p99 of the event loop's delay, its timer's 10 ms included, while ${name} is trained; idle`,
          ours: inMs(busy.delayMs),
          peer: inMs(idle.delayMs),
          limit: `≤ ${delayMsMost} ms`,
          passes: busy.delayMs <= delayMsMost,
        },
      );
    }
    return rows;
  });
}
