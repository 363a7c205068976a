// Decided lists for one and for fifty customers, beside the same lists without deciding, in turn.
import { requestBytes } from '../lib/requests.mjs';
import { median, percentile } from '../lib/statistics.mjs';
import { ask, steadily } from '../models/running-gateway.mjs';

const part = 'deciding';
const products = 10;
const loads = [
  { customers: 1, perSecond: 20 },
  { customers: 50, perSecond: 2 },
];
/** Answers that are read and not only timed. */
const readAnswers = 20;

/** @param {boolean} decide */
const document = (decide) =>
  `query Bench($codes: [String!]!) {
    customers(first: 50, filter: {code: {in: $codes}}) { nodes { code
      recommendations(first: ${products}, decide: ${decide}) { decision degraded items { product { code } score } }
    } }
  }`;

/** @typedef {import('../models/running-gateway.mjs').Gateway} Gateway */

/** Other customers from request to request. @param {Gateway} gateway @param {number} customers */
const groupsOf = ({ database }, customers) =>
  database.variables(`
    SELECT json_build_object('codes', json_agg(code)) AS variables
    FROM (SELECT code, (row_number() OVER (ORDER BY md5(code)) - 1) / ${customers} AS place FROM dim_customer) AS placed
    GROUP BY place HAVING count(*) = ${customers} ORDER BY place`);

/** How many of the lists are no decisions. @param {Gateway} gateway @param {Record<string, unknown>[]} groups */
async function undecidedOf(gateway, groups) {
  let lists = 0;
  let undecided = 0;
  for (const variables of groups.slice(-readAnswers)) {
    const { nodes } = (await ask(gateway, document(true), variables)).customers;
    lists += nodes.length;
    undecided += nodes.filter(
      (/** @type {any} */ { recommendations: { decision, items } }) =>
        decision === null || items.length !== products,
    ).length;
  }
  return { lists, undecided };
}

/** @param {number} ms */
const inMs = (ms) => `${ms.toFixed(1)} ms`;

/** @param {Gateway} gateway @param {import('./run.mjs').Size} size @returns {Promise<import('../models/side-by-side.mjs').Row[]>} */
export async function measureDeciding(gateway, { rounds, seconds }) {
  /** @type {import('../models/side-by-side.mjs').Row[]} */
  const rows = [];
  for (const { customers, perSecond } of loads) {
    const groups = await groupsOf(gateway, customers);
    const [decided, plain] = [true, false].map((decide) => {
      return groups.map((variables) =>
        requestBytes(gateway.server, { document: document(decide), operationName: 'Bench', variables }),
      );
    });
    const plan = { perSecond, seconds: Math.max(2, seconds / loads.length / 2 / rounds) };
    for (const requests of [decided, plain]) await steadily(gateway, requests, plan);
    /** @type {number[][]} */
    const [withDecisions, without] = [[], []];
    /** @type {number[]} */
    const ratios = [];
    for (let round = 0; round < rounds; round += 1) {
      const ours = await steadily(gateway, decided, plan);
      const beside = await steadily(gateway, plain, plan);
      ratios.push(percentile(ours, 0.5) / percentile(beside, 0.5));
      withDecisions.push(...ours);
      without.push(...beside);
    }
    const show = (/** @type {number[]} */ tookMs) => {
      const sorted = [...tookMs].sort((a, b) => a - b);
      return `${inMs(percentile(sorted, 0.5))} (p99 ${inMs(percentile(sorted, 0.99))})`;
    };
    rows.push({
      part,
      what: `p50, ${customers} customer${customers > 1 ? 's' : ''} with ${products} products each, ${perSecond}/s; the same without deciding`,
      ours: show(withDecisions),
      peer: show(without),
      ratio: `${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
      limit: '–',
      passes: true,
    });
    const { lists, undecided } = await undecidedOf(gateway, groups);
    rows.push({
      part,
      what: `of ${lists} lists, asked for by ${customers} at a time, those that are no decisions`,
      ours: String(undecided),
      limit: '–',
      passes: true,
    });
  }
  return rows;
}
