// Reports on what streams bring: metrics of events and of measurements, alone and beside those of sales.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricCondition } from '../../graphql/metric-filter.js';
import { loadSchema } from '../../graphql/schema.js';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import { createReports, type Reports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { type EventFact, storeEvents, storeMeasurements, storeMembers } from '../support/stream-facts.js';

const mondayMs = Date.parse('2023-03-06T10:00:00Z');
const hourMs = 3_600_000;

/** Two hours of a Monday: four views, a click, two purchases and a rating. */
const events: EventFact[] = [
  ['view', 'C001', 'P001', 0],
  ['view', 'C001', 'P002', 1],
  ['click', 'C001', 'P002', 2],
  ['purchase', 'C001', 'P002', 3],
  ['view', null, 'P001', 4],
  ['view', 'C002', null, hourMs],
  ['purchase', 'C002', 'P001', hourMs + 1],
  ['rating', 'C003', 'P001', hourMs + 2],
].map(([type, customer, product, ms], place) => ({
  id: String(place),
  source: place === 7 ? 'shop' : 'web',
  type: String(type),
  customer: customer === null ? null : String(customer),
  product: product === null ? null : String(product),
  atMs: mondayMs + Number(ms),
}));

let database: TestDatabase;
let reports: Reports;

beforeAll(async () => {
  await loadSchema();
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  await storeMembers(database.pool, { customers: ['C001', 'C002', 'C003'], products: ['P001', 'P002'] });
  await storeEvents(database.pool, events);
  await storeMeasurements(
    database.pool,
    Array.from({ length: 10 }, (_, place) => ({
      id: String(place),
      source: 'data_stream',
      device: place < 5 ? 'left' : null,
      series: 'load',
      value: String(place * 100),
      atMs: mondayMs + place * 1_000,
    })),
  );
  reports = createReports({ database, catalogue, definitions });
});

afterAll(() => database?.close());

/** The rows of a report, each as its key or time followed by its values. */
async function rowsOf(request: ReportRequest) {
  const { rows } = await reports.report(request, openScope);
  return rows.map(({ at, keys, values }) => [
    ...(at === null ? [] : [at.toISOString()]),
    ...keys.map(({ value }) => value),
    ...values.map(({ value }) => value),
  ]);
}

describe('metrics of events', () => {
  it('count by type, count customers once and divide', async () => {
    const metrics = ['EVENTS', 'VISITORS', 'VIEWS', 'CLICKS', 'PURCHASES', 'CLICK_RATE', 'CONVERSION_RATE'];
    expect(await rowsOf({ metrics })).toEqual([['8', '3', '4', '1', '2', '0.25', '0.5']]);
  });

  it('are cut by what events are about', async () => {
    const metrics = ['EVENTS'];
    expect(await rowsOf({ metrics, by: ['EVENT_TYPE'] })).toEqual([
      ['click', '1'],
      ['purchase', '2'],
      ['rating', '1'],
      ['view', '4'],
    ]);
    expect(await rowsOf({ metrics, by: ['PRODUCT'] })).toEqual([
      ['P001', '4'],
      ['P002', '3'],
      [null, '1'],
    ]);
    expect(await rowsOf({ metrics, by: ['CUSTOMER'], grain: 'HOUR' })).toEqual([
      ['2023-03-06T10:00:00.000Z', 'C001', '4'],
      ['2023-03-06T10:00:00.000Z', null, '1'],
      ['2023-03-06T11:00:00.000Z', 'C002', '2'],
      ['2023-03-06T11:00:00.000Z', 'C003', '1'],
    ]);
    expect(await rowsOf({ metrics, by: ['WEEKDAY', 'HOUR_OF_DAY'] })).toEqual([
      ['1', '10', '5'],
      ['1', '11', '3'],
    ]);
  });
});

describe('metrics of measurements', () => {
  it('count, add up and average', async () => {
    const metrics = ['MEASUREMENTS', 'MEASUREMENT_TOTAL', 'MEASUREMENT_AVERAGE'];
    expect(await rowsOf({ metrics })).toEqual([['10', '4500', '450']]);
    expect(await rowsOf({ metrics, by: ['DEVICE'] })).toEqual([
      ['left', '5', '1000', '200'],
      [null, '5', '3500', '700'],
    ]);
    expect(await rowsOf({ metrics: ['MEASUREMENTS'], by: ['SERIES', 'SOURCE'] })).toEqual([
      ['load', 'data_stream', '10'],
    ]);
  });
});

describe('a report on several kinds of facts', () => {
  it('merges them by the dimensions that they share', async () => {
    const rows = await rowsOf({
      metrics: ['EVENTS', 'MEASUREMENTS', 'ORDERS'],
      by: ['SOURCE'],
      orderBy: [{ dimension: 'SOURCE', direction: 'ASC' }],
    });
    expect(rows).toEqual([
      ['data_stream', '0', '10', '0'],
      ['shop', '1', '0', expect.stringMatching(/^\d+$/)],
      ['web', '7', '0', '0'],
    ]);
  });

  it('is filtered by what all of them have', async () => {
    const metrics = ['EVENTS', 'UNITS'];
    const byProduct = metricCondition({ product: { code: { equals: 'P002' } } }, metrics);
    const [[events, units] = []] = await rowsOf({ metrics, filter: byProduct });
    expect(events).toBe('3');
    expect(Number(units)).toBeGreaterThan(0);
    const bySource = metricCondition({ source: { equals: 'data_stream' } }, [...metrics, 'MEASUREMENTS']);
    expect(await rowsOf({ metrics: [...metrics, 'MEASUREMENTS'], filter: bySource })).toEqual([
      ['0', '0', '10'],
    ]);
    expect(() => metricCondition({ product: { code: { equals: 'P002' } } }, ['MEASUREMENTS'])).toThrow(
      /MEASUREMENTS cannot be filtered by `product`; use device, series, source/,
    );
    expect(() => metricCondition({ type: { equals: 'view' } }, metrics)).toThrow(
      /UNITS cannot be filtered by `type`/,
    );
    const views = metricCondition({ type: { equals: 'view' } }, ['EVENTS']);
    expect(await rowsOf({ metrics: ['EVENTS', 'VISITORS'], filter: views })).toEqual([['4', '2']]);
  });
});
