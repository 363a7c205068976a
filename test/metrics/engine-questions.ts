// What the engines are asked: every metric by every grain and dimension, in zones whose clocks turn, filtered, selected and ordered.

import { definitions } from '../../src/metrics/definitions.js';
import { type Grain, grains } from '../../src/metrics/grain.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import type { Condition } from '../../src/warehouse/read/condition.js';

/** The metrics that can be cut alike, so that one question asks for all of them. */
function* families(): Generator<{ readonly metrics: string[]; readonly dimensions: readonly string[] }> {
  const known = new Map<string, string[]>();
  for (const { name, dimensions } of definitions.metrics) {
    const key = JSON.stringify(dimensions.map((dimension) => dimension.name));
    known.set(key, [...(known.get(key) ?? []), name]);
  }
  for (const [key, metrics] of known) {
    const dimensions = definitions.findMetric(metrics[0] ?? '')?.dimensions.map(({ name }) => name) ?? [];
    if (JSON.stringify(dimensions) === key) yield { metrics, dimensions };
  }
}

/** Off by half an hour and by three quarters, turned at midnight, off by seconds once, and one that lost a day. */
const zones = [
  'Europe/London',
  'America/New_York',
  'Asia/Kathmandu',
  'America/Havana',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Monrovia',
  'UTC',
];

/** Every grain and every dimension of every metric stands in some question, and zones go round. */
function* everyCut(): Generator<ReportRequest> {
  let turn = 0;
  const zone = () => zones[turn++ % zones.length] ?? 'UTC';
  for (const { metrics, dimensions } of families()) {
    for (const grain of grains) yield { metrics, grain, timeZone: zone() };
    for (const [place, dimension] of dimensions.entries()) {
      const other = dimensions[(place + 1) % dimensions.length] ?? dimension;
      yield { metrics, by: [dimension, other], timeZone: zone() };
    }
  }
  for (const timeZone of zones) {
    yield { metrics: ['REVENUE', 'ORDERS'], grain: 'DAY', timeZone };
    yield { metrics: ['REVENUE', 'ORDERS'], grain: 'HOUR', timeZone };
    yield { metrics: ['EVENTS'], by: ['WEEKDAY', 'HOUR_OF_DAY'], grain: 'WEEK', timeZone };
  }
}

const conditions: readonly Condition[] = [
  { op: 'compare', field: 'kind', operator: 'equals', value: 'SALE' },
  { op: 'compare', field: 'source', operator: 'equals', value: "o'dd" },
  { op: 'compare', field: 'amount', operator: 'gte', value: '100.00005' },
  { op: 'compare', field: 'soldAt', operator: 'lt', value: '2020-03-29T01:00:00.000Z' },
  { op: 'in', field: 'invoice', values: ['half', '3', `; \\ \${x} "`] },
  { op: 'notIn', field: 'kind', values: ['SALE', 'RETURN'] },
  { op: 'null', field: 'customer', negated: false },
  { op: 'null', field: 'regionId', negated: true },
  {
    op: 'or',
    items: [
      {
        op: 'is',
        relation: 'region',
        item: { op: 'compare', field: 'name', operator: 'not', value: 'EIRE' },
      },
      {
        op: 'not',
        item: { op: 'is', relation: 'customer', item: { op: 'in', field: 'segment', values: ['LOYAL'] } },
      },
    ],
  },
  {
    op: 'is',
    relation: 'customer',
    item: {
      op: 'not',
      item: { op: 'is', relation: 'region', item: { op: 'null', field: 'name', negated: false } },
    },
  },
];

function* selected(): Generator<ReportRequest> {
  for (const filter of conditions) {
    yield { metrics: ['REVENUE', 'ORDERS', 'RETURN_RATE'], by: ['PRODUCT'], filter };
  }
  const from = new Date('2020-02-29T12:00:00Z');
  const to = new Date('2020-10-25T01:00:00.001Z');
  const grain: Grain = 'MONTH';
  yield { metrics: ['REVENUE', 'AVERAGE_ORDER_VALUE'], grain, from, to, timeZone: 'Europe/London' };
  const ordered = { metrics: ['UNITS_PER_ORDER', 'RETURNS'], by: ['CUSTOMER', 'CATEGORY'], grain };
  yield { ...ordered, orderBy: [{ metric: 'UNITS_PER_ORDER', direction: 'DESC' }], first: 7 };
  yield {
    ...ordered,
    orderBy: [
      { dimension: 'CATEGORY', direction: 'DESC' },
      { at: true, direction: 'DESC' },
    ],
  };
  yield {
    ...ordered,
    having: [
      { metric: 'UNITS_PER_ORDER', gte: '1.5' },
      { metric: 'RETURNS', lt: '300' },
    ],
  };
  yield {
    metrics: ['OUTCOME_RATE', 'EXPOSURES'],
    by: ['PRODUCT'],
    orderBy: [{ metric: 'OUTCOME_RATE', direction: 'ASC' }],
  };
  // Without facts there is one row where there are no keys, and none where there are.
  yield { metrics: ['REVENUE', 'RETURN_RATE', 'CUSTOMERS'], from: new Date('2050-01-01') };
  yield { metrics: ['OUTCOME_RATE'], grain: 'DAY', from: new Date('2050-01-01') };
}

export const questions: readonly ReportRequest[] = [...everyCut(), ...selected()];
