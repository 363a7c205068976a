// Product.forecast: what was sold goes on, read in one statement and asked of the service in one call for all products.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProductSeries, unitPeriodsMax } from '../../src/warehouse/service-reads/product-series.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { logStatements, type StatementLog } from '../support/statement-log.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

let database: TestDatabase;
let paths: TwoPaths;
let log: StatementLog;
let calls: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  log = logStatements(database);
  paths = await createTwoPaths(database, (service, { method, outcome }) =>
    calls.push(`${service}.${method} ${outcome}`),
  );
  await fillSmallShop(database.pool);
});
afterAll(() => database?.close());

interface Forecast {
  readonly metric: null;
  readonly grain: string;
  readonly notes: readonly { readonly code: string }[];
  readonly history: readonly { readonly at: string; readonly value: number }[];
  readonly points: readonly { readonly at: string; readonly value: number }[];
  readonly model: string | null;
  readonly degraded: boolean;
}

const fields = `{ metric grain method why notes { code } history { at value }
  points { at value intervals { level lower upper } } model degraded }`;

async function data(query: string) {
  calls = [];
  const { text } = await paths.planned(query);
  const result = JSON.parse(text);
  expect(result.errors).toBeUndefined();
  return result.data;
}

/** What the request reads; the services of a test look for their champion at every call. */
async function readsOf(query: string): Promise<readonly string[]> {
  const statements = await log.during(() => data(query));
  return statements.map(({ text }) => text).filter((text) => !/from "?model"?/i.test(text));
}

const weekMs = 7 * 86_400_000;

describe('the forecast of a product', () => {
  it('goes on week by week from the units that were sold', async () => {
    const codes = ['P001', 'P002', 'P040'];
    const { products } = await data(
      `{ products(filter: { code: { in: ["P001", "P002", "P040"] } }) { nodes { code forecast ${fields} } } }`,
    );
    const sold = await readProductSeries(database, { codes, grain: 'WEEK', periodsMax: unitPeriodsMax });
    const nextMs = sold.next?.getTime() ?? Number.NaN;
    expect(products.nodes.map(({ code }: { code: string }) => code)).toEqual(codes);
    products.nodes.forEach(({ forecast }: { forecast: Forecast }, place: number) => {
      const { history, points, ...rest } = forecast;
      expect(history.map(({ value }) => value)).toEqual(sold.products[place]?.units);
      expect(history.map(({ at }) => Date.parse(at))).toEqual(
        history.map((_, week) => nextMs - (history.length - week) * weekMs),
      );
      expect(points.map(({ at }) => Date.parse(at))).toEqual(
        [0, 1, 2, 3].map((week) => nextMs + week * weekMs),
      );
      expect(points.every(({ value }) => value >= 0)).toBe(true);
      expect(rest).toMatchObject({ metric: null, grain: 'WEEK', model: 'forecasting/2', degraded: false });
    });
  });

  it('leaves out a first week in whose midst the shop began, for what was sold in it, and says so', async () => {
    // The first sale is one of P008, on a Sunday; P015 came the day after.
    const { products } = await data(
      `{ products(filter: { code: { in: ["P008", "P015"] } }) { nodes {
         forecast { history { at } notes { code message } }
         months: forecast(grain: MONTH) { history { at } notes { code } } } } }`,
    );
    const [early, late] = products.nodes;
    expect(early.forecast.history[0].at).toBe('2022-01-03T00:00:00.000Z');
    expect(early.forecast.notes[0]).toMatchObject({
      code: 'FIRST_PERIOD_PARTIAL',
      message: expect.stringContaining('2021-12-27T00:00:00.000Z: it is left out'),
    });
    expect(late.forecast.history[0].at).toBe('2022-01-03T00:00:00.000Z');
    for (const { notes } of [late.forecast, early.months, late.months])
      expect(notes.map(({ code }: { code: string }) => code)).not.toContain('FIRST_PERIOD_PARTIAL');
    expect(early.months.history[0].at).toBe('2022-01-01T00:00:00.000Z');
  });

  it('takes months, a method and levels', async () => {
    const { product } = await data(
      `{ product(code: "P007") { forecast(horizon: 2, grain: MONTH, method: NAIVE, levels: [0.5, 0.9]) {
         method history { value } points { value intervals { level } } } } }`,
    );
    const { history, points, method } = product.forecast;
    expect(method).toBe('the last value');
    const last = history.at(-1).value;
    const levels = [{ level: 0.5 }, { level: 0.9 }];
    expect(points).toEqual([
      { value: last, intervals: levels },
      { value: last, intervals: levels },
    ]);
  });

  it('is 0 and says so where nothing was sold', async () => {
    await database.pool.query(`INSERT INTO dim_product (code, name) VALUES ('P999', 'Never sold')`);
    const { product } = await data(`{ product(code: "P999") { forecast ${fields} } }`);
    expect(product.forecast.history).toEqual([]);
    expect(product.forecast.points.map(({ value }: { value: number }) => value)).toEqual([0, 0, 0, 0]);
    expect(product.forecast.notes).toEqual([{ code: 'EMPTY' }]);
    await database.pool.query(`DELETE FROM dim_product WHERE code = 'P999'`);
  });

  it('is null while the shop has sold nothing', async () => {
    const empty = await createTestDatabase();
    await empty.pool.query(`INSERT INTO dim_product (code, name) VALUES ('P1', 'Lamp')`);
    const { text } = await (await createTwoPaths(empty)).planned(
      '{ product(code: "P1") { code forecast { why } } }',
    );
    expect(JSON.parse(text)).toEqual({ data: { product: { code: 'P1', forecast: null } } });
    await empty.close();
  });

  it.each([
    ['grain: MINUTE', /forecast by MINUTE; `grain` may be HOUR, DAY, WEEK, MONTH, QUARTER, YEAR/],
    ['horizon: -1', /`horizon` is -1; it must be from 1 to 1000/],
    ['levels: [1]', /`levels` holds 1; each must be between 0 and 1/],
  ])('is refused with %s, and the rest of the answer stays', async (args, sentence) => {
    const { text } = await paths.planned(`{ product(code: "P001") { code forecast(${args}) { why } } }`);
    const { data: rest, errors } = JSON.parse(text);
    expect(rest).toEqual({ product: { code: 'P001', forecast: null } });
    expect(errors).toMatchObject([{ path: ['product', 'forecast'], extensions: { code: 'BAD_INPUT' } }]);
    expect(errors[0].message).toMatch(sentence);
  });
});

describe('forecasts of many products', () => {
  it('are read in one statement and asked for in one call', async () => {
    const reads = await readsOf('{ products(first: 50) { nodes { code forecast { points { value } } } } }');
    expect(reads).toHaveLength(2);
    expect(reads.filter((text) => text.includes('date_trunc'))).toHaveLength(1);
    expect(calls).toEqual(['forecasting.forecast ok']);
  });

  it('take one statement for each grain, and still one call', async () => {
    const reads = await readsOf(
      `{ products(first: 50) { nodes { weeks: forecast { points { value } } again: forecast(levels: [0.9]) { why }
         months: forecast(grain: MONTH, horizon: 2) { points { value } } } } }`,
    );
    expect(reads.filter((text) => text.includes('date_trunc'))).toHaveLength(2);
    expect(reads).toHaveLength(3);
    expect(calls).toEqual(['forecasting.forecast ok']);
  });

  it('take no more at any depth', async () => {
    const nested = (first: number) =>
      `{ customers(first: ${first}) { nodes { sales(first: 3) { nodes { product { forecast(method: SES) { points { value } } } } } } } }`;
    const few = await readsOf(nested(1));
    expect(calls).toEqual(['forecasting.forecast ok']);
    const many = await readsOf(nested(20));
    expect(many).toHaveLength(few.length);
    expect(calls).toEqual(['forecasting.forecast ok']);
  });

  it('are the same with the planner and without', async () => {
    const query = `{ products(first: 5, orderBy: [{ name: ASC }]) { totalCount nodes { id code category forecast ${fields} } } }`;
    expect((await paths.plain(query)).text).toBe((await paths.planned(query)).text);
  });
});
