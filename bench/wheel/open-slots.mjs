// Events into the warehouse, of customers to whom something was shown and of customers to whom nothing was, in turn.
import { setTimeout as sleep } from 'node:timers/promises';
import { dist } from '../lib/places.mjs';
import { median } from '../lib/statistics.mjs';
import { openBenchLog } from '../live/open-log.mjs';
import { ask } from '../models/running-gateway.mjs';

const part = 'ingest';
const topics = { behaviour: 'user-behavior', decisions: 'flywheel.decisions' };
const customers = 2_000;
const products = 200;
const slots = 10;
const types = ['view', 'view', 'view', 'view', 'view', 'view', 'view', 'click', 'click', 'add_to_cart'];
const lookEveryMs = 10;
const recordsAtOnce = 1_000;

/** The product in a place of the list of a customer. @param {number} customer @param {number} slot */
const shownTo = (customer, slot) => `slot-${(customer * 7 + slot * 13) % products}`;

/** Half of what customers do is about what is shown to them. @param {string} group @param {number} index @param {number} nowMs */
function eventOf(group, index, nowMs) {
  const customer = (index * 7919) % customers;
  const isShown = index % 4 < 2;
  const product = isShown
    ? shownTo(customer, Math.floor(index / 7) % slots)
    : `slot-${(index * 31) % products}`;
  const key = `${group}-${customer}`;
  const event = {
    user_id: key,
    event: types[index % types.length],
    item_id: product,
    timestamp: new Date(nowMs).toISOString(),
  };
  return { key, value: JSON.stringify(event) };
}

/** A list for a customer, and the event that shows it. @param {any} events the module of decisions @param {number} customer @param {number} nowMs */
function shownList({ withId, recordOf }, customer, nowMs) {
  const code = `shown-${customer}`;
  const decision = withId({
    kind: 'RECOMMEND',
    customer: code,
    product: null,
    cause: 'asked',
    policy: 'recommender',
    policyPropensity: 1,
    model: null,
    experiment: 'holdout',
    arm: 'CHAMPION',
    candidates: products,
    position: '{}',
    details: null,
    decidedAtMs: nowMs,
    slots: Array.from({ length: slots }, (_, slot) => ({
      product: shownTo(customer, slot),
      choice: null,
      score: 1,
      propensity: 1 / products,
      features: null,
    })),
  });
  const exposure = {
    event: 'exposure',
    customer_id: code,
    decision: decision.id,
    timestamp: new Date(nowMs).toISOString(),
  };
  return { record: recordOf(decision), exposure: { key: code, value: JSON.stringify(exposure) } };
}

/** @param {any} log @param {string} topic @param {unknown[]} records */
async function append(log, topic, records) {
  const chunks = Array.from({ length: Math.ceil(records.length / recordsAtOnce) }, (_, chunk) =>
    records.slice(chunk * recordsAtOnce, (chunk + 1) * recordsAtOnce),
  );
  await Promise.all(chunks.map((chunk) => log.append(topic, chunk)));
}

/** @param {() => Promise<boolean>} isThere */
async function until(isThere) {
  while (!(await isThere())) await sleep(lookEveryMs);
}

/** @param {import('../models/running-gateway.mjs').Gateway} gateway */
async function openLogOf({ database: { url } }) {
  const { createDatabase } = await import(dist('warehouse/database.js'));
  const { createListener } = await import(dist('stream/postgres-listener.js'));
  const { createLog } = await import(dist('core/log.js'));
  const database = createDatabase({ url, poolSize: 4 });
  const listener = createListener({ url });
  const logger = createLog({ level: 'silent' });
  const log = await openBenchLog({ brokers: undefined, databaseUrl: url, database, listener, logger });
  const numberOf = async (/** @type {string} */ sql) =>
    Number((await database.pool.query(sql)).rows[0].number);
  return {
    log,
    isRead: async () => {
      /** @type {{ end: bigint }[]} */
      const ends = await log.ends(topics.behaviour);
      const read = await numberOf(
        `SELECT coalesce(sum(next_offset), 0) AS number FROM stream_position WHERE topic = '${topics.behaviour}'`,
      );
      return read >= ends.reduce((sum, { end }) => sum + Number(end), 0);
    },
    touches: () => numberOf('SELECT count(*) AS number FROM wheel_touch'),
    openSlots: () => numberOf('SELECT count(*) AS number FROM fact_decision_slot WHERE closes_at > now()'),
    outcomes: () => numberOf('SELECT count(*) AS number FROM fact_outcome'),
    async close() {
      await log.close();
      await listener.close();
      await database.close();
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof openLogOf>>} BenchLog */

/** Everything that was sent has had its effect. @param {import('../models/running-gateway.mjs').Gateway} gateway */
async function settle(gateway) {
  const { position } = (await ask(gateway, 'query Bench { flywheel { position } }')).flywheel;
  const look = 'query Bench($position: String!) { flywheel { settled(position: $position) } }';
  await until(async () => (await ask(gateway, look, { position })).flywheel.settled);
}

/** Events a second, until all are in the warehouse and until nothing is left to be worked out. @param {BenchLog} open @param {string} group @param {number} events */
async function ingest({ log, isRead, touches }, group, events) {
  const nowMs = Date.now();
  const records = Array.from({ length: events }, (_, index) => eventOf(group, index, nowMs));
  const beganMs = performance.now();
  await append(log, topics.behaviour, records);
  await until(isRead);
  const readMs = performance.now() - beganMs;
  await until(async () => (await touches()) === 0);
  const settledMs = performance.now() - beganMs;
  return { read: events / (readMs / 1_000), settled: events / (settledMs / 1_000) };
}

/**
 * @param {import('../models/running-gateway.mjs').Gateway} gateway @param {import('./run.mjs').Size} size
 * @returns {Promise<import('../models/side-by-side.mjs').Row[]>}
 */
export async function measureIngestBesideSlots(gateway, { rounds, events }) {
  const open = await openLogOf(gateway);
  try {
    for (const group of ['shown', 'bare']) await ingest(open, group, Math.min(events, 10_000));
    const decisions = await import(dist('events/decision.js'));
    const nowMs = Date.now();
    const lists = Array.from({ length: customers }, (_, customer) => shownList(decisions, customer, nowMs));
    await append(
      open.log,
      topics.decisions,
      lists.map(({ record }) => record),
    );
    await append(
      open.log,
      topics.behaviour,
      lists.map(({ exposure }) => exposure),
    );
    await settle(gateway);
    const openSlots = await open.openSlots();
    if (openSlots < customers * slots) throw new Error(`Only ${openSlots} places are open.`);
    /** @type {Awaited<ReturnType<typeof ingest>>[][]} */
    const [shown, bare] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await ingest(open, 'bare', events));
      shown.push(await ingest(open, 'shown', events));
      await settle(gateway);
    }
    const rate = (/** @type {number} */ perSecond) =>
      `${Math.round(perSecond).toLocaleString('en')} events/s`;
    const row = (/** @type {'read' | 'settled'} */ name, /** @type {string} */ what) => {
      const ratios = shown.map((figure, round) => figure[name] / bare[round][name]);
      return {
        part,
        what,
        ours: rate(median(shown.map((figure) => figure[name]))),
        peer: rate(median(bare.map((figure) => figure[name]))),
        ratio: `${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
        limit: '–',
        passes: true,
      };
    };
    return [
      row(
        'read',
        `events of ${customers} customers with ${openSlots} open places, half of them about those; of as many without`,
      ),
      row(
        'settled',
        `the same, until what became of decisions is worked out (${await open.outcomes()} outcomes)`,
      ),
    ];
  } finally {
    await open.close();
  }
}
