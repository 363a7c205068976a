// From an event of one customer to the changed answer for that customer, while others send a hundred events a second.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../lib/statistics.mjs';
import { ask, steadily } from '../models/running-gateway.mjs';
import { eventsRequest } from './events-request.mjs';

const part = 'turn';
const othersPerSecond = 100;
const turnEveryMs = 250;
const lookEveryMs = 20;
const limitMs = 2_000;
/** An answer that has not changed by then counts as one that never does. */
const patienceMs = 10_000;
const otherTypes = [
  'view',
  'view',
  'view',
  'view',
  'view',
  'view',
  'click',
  'click',
  'add_to_cart',
  'purchase',
];

const document = `query Bench($customer: String!) {
  recommendations(customer: $customer, first: 10) { items { product { code } because { code } } degraded }
}`;

/** @typedef {import('../models/running-gateway.mjs').Gateway} Gateway */
/** @typedef {{ items: { product: { code: string } | null, because: { code: string }[] }[], degraded: boolean }} Answer */

/** @typedef {{ whole: number, degraded: number }} Tally of the answers */

/** @param {Gateway} gateway @param {Tally} tally @param {string} customer @returns {Promise<Answer>} */
async function recommend(gateway, tally, customer) {
  const { recommendations } = await ask(gateway, document, { customer });
  tally[recommendations.degraded ? 'degraded' : 'whole'] += 1;
  return recommendations;
}

/** The first product of an answer that is not degraded. @param {Gateway} gateway @param {Tally} tally @param {string} customer */
async function firstProposed(gateway, tally, customer) {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; ) {
    const { items, degraded } = await recommend(gateway, tally, customer);
    const code = items[0]?.product?.code;
    if (!degraded && code !== undefined) return code;
    await sleep(lookEveryMs);
  }
  throw new Error(`Nothing is proposed to ${customer}.`);
}

/** What nobody but the answer to the purchase shows. @param {Answer} answer @param {string} bought */
function hasChanged({ items, degraded }, bought) {
  if (degraded) return false;
  const isGone = items.every(({ product }) => product?.code !== bought);
  return isGone || items.some(({ because }) => because.some(({ code }) => code === bought));
}

/**
 * Buys the first product that is proposed. Milliseconds from the sending of the event to the arrival of an answer that
 * knows of it; Infinity for never.
 * @param {Gateway} gateway @param {Tally} tally @param {string} customer
 */
async function turnMs(gateway, tally, customer) {
  const bought = await firstProposed(gateway, tally, customer);
  const beganMs = performance.now();
  const event = { event: 'purchase', customer_id: customer, product_id: bought, quantity: 1, price: 2.5 };
  const response = await fetch(`http://127.0.0.1:${gateway.server.port}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  if (response.status !== 200) throw new Error(`An event was answered with ${response.status}.`);
  await response.text();
  for (;;) {
    const answer = await recommend(gateway, tally, customer);
    const tookMs = performance.now() - beganMs;
    if (hasChanged(answer, bought)) return tookMs;
    if (tookMs > patienceMs) return Number.POSITIVE_INFINITY;
    await sleep(lookEveryMs);
  }
}

/** The codes of a dimension in an order of chance. @param {Gateway} gateway @param {'dim_customer' | 'dim_product'} table */
const codesOf = ({ database }, table) =>
  database.variables(`SELECT code AS variables FROM ${table} ORDER BY md5(code)`);

/** @param {number} ms */
const inMs = (ms) => (Number.isFinite(ms) ? `${Math.round(ms)} ms` : 'never');

/** @param {Gateway} gateway @param {import('./run.mjs').Size} size @returns {Promise<import('../models/side-by-side.mjs').Row[]>} */
export async function measureTurn(gateway, { seconds }) {
  const customers = await codesOf(gateway, 'dim_customer');
  const products = await codesOf(gateway, 'dim_product');
  const turns = Math.floor((seconds * 1_000) / turnEveryMs);
  const warmUps = 20;
  const others = customers.slice(turns + warmUps);
  const requests = Array.from({ length: othersPerSecond * seconds }, (_, place) =>
    eventsRequest(gateway.server.port, [
      {
        event: otherTypes[place % otherTypes.length],
        customer_id: others[(place * 7919) % others.length],
        product_id: products[(place * 31) % products.length],
        price: 2.5,
      },
    ]),
  );
  for (const customer of customers.slice(turns, turns + warmUps))
    await turnMs(gateway, { whole: 0, degraded: 0 }, customer);
  const tally = { whole: 0, degraded: 0 };
  const load = steadily(gateway, requests, { perSecond: othersPerSecond, seconds });
  /** @type {Promise<number>[]} */
  const running = [];
  const beganMs = performance.now();
  for (let turn = 0; turn < turns; turn += 1) {
    await sleep(Math.max(0, beganMs + turn * turnEveryMs - performance.now()));
    running.push(turnMs(gateway, tally, customers[turn]));
  }
  const tookMs = (await Promise.all(running)).sort((a, b) => a - b);
  const sentMs = await load;
  const never = tookMs.filter((ms) => !Number.isFinite(ms)).length;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(tookMs, share));
  return [
    {
      part,
      what: `p99 of ${turns} purchases, from sending one to an answer that knows of it, under ${othersPerSecond} events/s of others`,
      ours: `${inMs(p99)} (p50 ${inMs(p50)}, p95 ${inMs(p95)})`,
      limit: `≤ ${limitMs} ms`,
      passes: p99 <= limitMs,
    },
    {
      part,
      what: `answers of ${turns} that had not changed after ${patienceMs / 1_000} s`,
      ours: String(never),
      limit: '0',
      passes: never === 0,
    },
    {
      part,
      what: `degraded answers of ${tally.whole + tally.degraded}`,
      ours: String(tally.degraded),
      limit: '–',
      passes: true,
    },
    {
      part,
      what: `p99 of POST /events with one event, at ${othersPerSecond}/s`,
      ours: `${inMs(percentile(sentMs, 0.99))} (p50 ${inMs(percentile(sentMs, 0.5))})`,
      limit: '–',
      passes: true,
    },
  ];
}
