// Product.reorder: whether and how much to order, in the open, read and forecast together for all products.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atHour, count, fillSteadyShop, sell } from '../flywheel/stock/steady-shop.js';
import { ask } from '../streams/questions.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { logStatements, type StatementLog } from '../support/statement-log.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

let database: TestDatabase;
let paths: TwoPaths;
let log: StatementLog;
let calls: string[] = [];

const many = Array.from({ length: 47 }, (_, place) => `many-${place}`);

beforeAll(async () => {
  database = await createTestDatabase();
  log = logStatements(database);
  paths = await createTwoPaths(database, (service, { method, outcome }) =>
    calls.push(`${service}.${method} ${outcome}`),
  );
  await fillSteadyShop(database.pool, 'lamp', 'bag', 'tin', ...many);
  await database.pool.query(`INSERT INTO dim_product (code) VALUES ('novelty')`);
  await count(database.pool, 'lamp', 100, atHour(8));
  await sell(database.pool, 'lamp', 20, atHour(9));
  await sell(database.pool, 'lamp', -1, atHour(10));
  await count(database.pool, 'bag', 2_000, atHour(8));
  await count(database.pool, 'novelty', 5, atHour(8));
});
afterAll(() => database?.close());

async function answer(query: string) {
  calls = [];
  const { text } = await paths.planned(query);
  return JSON.parse(text);
}

async function reorder(code: string, args: string, fields: string) {
  const { data, errors } = await answer(`{ product(code: "${code}") { reorder${args} { ${fields} } } }`);
  expect(errors).toBeUndefined();
  return data.product.reorder;
}

describe('the reorder advice of a product', () => {
  it('gives the answer with all that it was worked out from', async () => {
    // 10 a day, seven days give or take one: 70 + 1.645 x 10 = 86.45; fourteen days more: 226.45. 100 - 19 are there.
    const advice = await reorder(
      'lamp',
      '',
      `status reason orderQuantity reorderPoint orderUpTo safetyStock safetyFactor serviceLevel fillRate daysOfStock
       unitsTooMany formula onOrder model degraded stock { units counted countedAt soldSince }
       demand { days units unitsPerDay deviation varianceOfDemand varianceOfLeadTime distribution why forecastBy
         daily { at units deviation } }
       terms { serviceLevel leadTimeDays leadTimeDeviationDays reviewDays coverDays minimumOrder orderMultiple overstockDays }`,
    );
    const { demand, ...rest } = advice;
    expect(rest).toMatchObject({
      status: 'ORDER_NOW',
      reason: '81 units in stock and on order, which is not above the reorder point of 87 units.',
      orderQuantity: 146,
      reorderPoint: 87,
      orderUpTo: 227,
      unitsTooMany: 0,
      onOrder: 0,
      model: 'forecasting/2',
      degraded: false,
      stock: { units: 81, counted: 100, countedAt: '2025-03-01T08:00:00.000Z', soldSince: 19 },
      terms: {
        serviceLevel: 0.95,
        leadTimeDays: 7,
        leadTimeDeviationDays: 1,
        reviewDays: 0,
        coverDays: 14,
        minimumOrder: 0,
        orderMultiple: 1,
        overstockDays: 90,
      },
    });
    expect(advice.safetyStock).toBeCloseTo(16.449, 3);
    expect(advice.safetyFactor).toBeCloseTo(1.645, 3);
    expect(advice.daysOfStock).toBeCloseTo(8.1, 6);
    expect(advice.serviceLevel).toBeGreaterThan(0.95);
    expect(advice.fillRate).toBeGreaterThan(0.99);
    expect(advice.formula).toContain('Reorder point = demand + safety stock, rounded up = 87 units.');
    expect(demand).toMatchObject({ days: 7, distribution: 'NORMAL', varianceOfDemand: 0 });
    expect(demand.units).toBeCloseTo(70, 6);
    expect(demand.unitsPerDay).toBeCloseTo(10, 6);
    expect(demand.varianceOfLeadTime).toBeCloseTo(100, 6);
    expect(demand.deviation).toBeCloseTo(10, 6);
    expect(demand.daily).toHaveLength(28);
    // The newest sale is of the first of March.
    expect(demand.daily[0]).toEqual({
      at: '2025-03-02T00:00:00.000Z',
      units: expect.closeTo(10, 6),
      deviation: 0,
    });
  });

  it('goes by what is asked for', async () => {
    const args = `(serviceLevel: 0.99, leadTimeDays: 3, leadTimeDeviationDays: 0, reviewDays: 1, coverDays: 7,
      minimumOrder: 50, orderMultiple: 12, onOrder: 4)`;
    // Four days without any variation: 40; eleven: 110.
    expect(await reorder('lamp', args, 'status orderQuantity reorderPoint orderUpTo')).toEqual({
      status: 'ENOUGH',
      orderQuantity: 0,
      reorderPoint: 40,
      orderUpTo: 110,
    });
    const later = args.replace('leadTimeDays: 3', 'leadTimeDays: 8');
    // Nine days: 90; sixteen: 160. 85 are there or on order: 75, in twelves 84.
    expect(await reorder('lamp', later, 'status orderQuantity reorderPoint orderUpTo')).toEqual({
      status: 'ORDER_NOW',
      orderQuantity: 84,
      reorderPoint: 90,
      orderUpTo: 160,
    });
  });

  it('says overstock, and what is not known', async () => {
    const fields =
      'status reason orderQuantity reorderPoint unitsTooMany daysOfStock stock { units } demand { units }';
    const bag = await reorder('bag', '', fields);
    expect(bag).toMatchObject({ status: 'OVERSTOCK', orderQuantity: 0 });
    expect(bag.unitsTooMany).toBeCloseTo(1_100, 6);
    expect(bag.daysOfStock).toBeCloseTo(200, 6);
    const tin = await reorder('tin', '', fields);
    expect(tin).toMatchObject({ status: 'UNKNOWN', orderQuantity: null, reorderPoint: 87, stock: null });
    expect(tin.daysOfStock).toBeNull();
    expect(tin.reason).toContain('never counted');
    const novelty = await reorder('novelty', '', fields);
    expect(novelty).toMatchObject({
      status: 'UNKNOWN',
      reorderPoint: null,
      stock: { units: 5 },
      demand: null,
    });
    expect(novelty.reason).toContain('not sold');
  });

  it('reads and forecasts those of fifty products together', async () => {
    let answered: Awaited<ReturnType<typeof answer>>;
    const statements = await log.during(async () => {
      answered = await answer('{ products(first: 50) { nodes { reorder { reorderPoint } } } }');
    });
    const points = answered.data.products.nodes.map(
      (node: { reorder: { reorderPoint: number | null } }) => node.reorder,
    );
    expect(points).toHaveLength(50);
    expect(calls).toEqual(['forecasting.forecast ok']);
    const reads = statements.map(({ text }) => text).filter((text) => !/from "?model"?/i.test(text));
    // The page, the stock and the sales.
    expect(reads).toHaveLength(3);
  });

  it('refuses what cannot be, and answers the rest', async () => {
    const { data, errors } = await answer(
      '{ product(code: "lamp") { code a: reorder(serviceLevel: 1) { status } b: reorder(onOrder: -1) { status } } }',
    );
    expect(data).toEqual({ product: { code: 'lamp', a: null, b: null } });
    expect(errors.map(({ message }: { message: string }) => message)).toEqual([
      '`serviceLevel` is 1; it must be from 0.5 to 0.9999.',
      '`onOrder` is -1; it must be from 0 to 1000000000.',
    ]);
  });
});

describe('without the forecaster', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(database);
  });
  afterAll(() => gateway?.close());

  it('goes by the last day, and says so', async () => {
    const query =
      '{ product(code: "lamp") { reorder { status reason degraded model demand { forecastBy units } } } }';
    const data = await ask(gateway.url, query);
    expect(data).toMatchObject({
      product: {
        reorder: { degraded: true, model: null, demand: { forecastBy: 'the last value', units: 70 } },
      },
    });
    expect(JSON.stringify(data)).toContain(
      'The demand is a stand-in, because the forecaster did not answer in time',
    );
  });
});
