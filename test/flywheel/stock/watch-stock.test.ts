// Holds that goods are ordered once for each time that stock falls to its point, whatever happens around it.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { type Decision, decodeDecision } from '../../../src/events/decision.js';
import { type WatchStockDeps, watchStock } from '../../../src/flywheel/stock/watch-stock.js';
import { LeaseLost } from '../../../src/warehouse/lease-fence.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { writeSwitch } from '../../../src/warehouse/wheel/world.js';
import { writeDecisions } from '../../../src/warehouse/wheel/write-decisions.js';
import { createTestModelServices } from '../../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { atHour, count, fillSteadyShop, lastDayMs, sell } from './steady-shop.js';

let database: TestDatabase;
let calls = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());
beforeEach(async () => {
  calls = 0;
  await fillSteadyShop(database.pool, 'lamp', 'bag');
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ('stock', 1, 'test', 'infinity', 0, '-infinity')`,
  );
});
afterEach(async () => {
  await database.pool.query(
    'TRUNCATE fact_sales, stock_level, reorder_state, outbox, wheel_switch, lease, live_clock, fact_decision, dim_product CASCADE',
  );
});

function depsOf(change: Partial<WatchStockDeps> = {}): Omit<WatchStockDeps, 'wait'> {
  const { forecasting } = createTestModelServices(database, () => {
    calls += 1;
  });
  return {
    database,
    forecasting,
    lease: { name: 'stock', number: 1n },
    terms: loadConfig({}).wheel.reorder,
    inputTopics: ['user-behavior'],
    decisionsTopic: 'flywheel.decisions',
    ...change,
  };
}

/** A process that looks until there is nothing left to look at, and knows nothing of what was looked at before. */
async function look(change: Partial<WatchStockDeps> = {}): Promise<void> {
  const ending = new AbortController();
  await watchStock({ ...depsOf(change), wait: async () => ending.abort() }, ending.signal);
}

/** What was decided, oldest first. */
async function decided(): Promise<readonly Decision[]> {
  const { rows } = await database.pool.query<{ topic: string; value: Buffer }>(
    'SELECT topic, value FROM outbox ORDER BY id',
  );
  return rows.map(({ topic, value }) => {
    expect(topic).toBe('flywheel.decisions');
    const decoded = decodeDecision({ value, headers: {} });
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.event.decision;
  });
}

/** What the choices were, by product. */
async function choices(): Promise<readonly string[]> {
  return (await decided()).map(({ product, slots }) => `${product} ${slots[0]?.choice}`);
}

it('decides once when stock falls to the point, with all that it was worked out from', async () => {
  // 10 a day without a deviation, seven days give or take one: 70 + 1.645 x 10 = 86.4, so 87; up to 226.4, so 227.
  await count(database.pool, 'lamp', 100, atHour(8));
  await database.pool.query(`INSERT INTO live_clock (name, watermark) VALUES ('behaviour', $1)`, [
    atHour(11),
  ]);
  await look();
  expect(await choices()).toEqual([]);
  await sell(database.pool, 'lamp', 12, atHour(9));
  await look();
  expect(await choices()).toEqual([]);
  await sell(database.pool, 'lamp', 1, atHour(10));
  await look();
  const [decision] = await decided();
  expect(decision).toMatchObject({
    kind: 'REORDER',
    customer: null,
    product: 'lamp',
    cause: 'stock',
    policy: 'reorder-point',
    policyPropensity: 1,
    model: 'forecasting/2',
    candidates: 1,
    position: '{}',
    decidedAtMs: atHour(11).getTime(),
    slots: [{ product: 'lamp', choice: 'ORDER 140', propensity: 1 }],
    details: {
      after: null,
      orderQuantity: 140,
      reorderPoint: 87,
      orderUpTo: 227,
      onHand: 87,
      counted: 100,
      countedAt: atHour(8).toISOString(),
      soldSince: 13,
      terms: { serviceLevel: 0.95, leadTimeDays: 7 },
    },
  });
  for (let more = 0; more < 5; more += 1) {
    await sell(database.pool, 'lamp', 3, atHour(10 + more / 10));
    await look();
  }
  await count(database.pool, 'lamp', 60, atHour(12));
  await look();
  expect(await decided()).toHaveLength(1);
});

it('decides again once a newer count had enough, and not for goods that came back', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  await look();
  await sell(database.pool, 'lamp', -40, atHour(9));
  await look();
  await sell(database.pool, 'lamp', 40, atHour(10));
  await look();
  expect(await choices()).toEqual(['lamp ORDER 147']);
  await count(database.pool, 'lamp', 200, atHour(11));
  await look();
  await sell(database.pool, 'lamp', 150, atHour(12));
  await look();
  const [first, second, ...more] = await decided();
  expect(more).toEqual([]);
  expect(second).toMatchObject({ details: { after: first?.id, onHand: 50 } });
  expect(second?.id).not.toBe(first?.id);
});

it('looks again only at what has changed', async () => {
  await count(database.pool, 'lamp', 200, atHour(8));
  await count(database.pool, 'bag', 80, atHour(8));
  const ending = new AbortController();
  const steps = [
    async () => undefined,
    () => sell(database.pool, 'lamp', 150, atHour(9)),
    async () => undefined,
    // A day on, everything is looked at again, because the forecast may be another.
    () => sell(database.pool, 'lamp', 1, new Date(lastDayMs + 26 * 3_600_000)),
  ];
  const callsSeen: number[] = [];
  const wait = async () => {
    callsSeen.push(calls);
    const next = steps.shift();
    if (next === undefined) ending.abort();
    else await next();
  };
  await watchStock({ ...depsOf(), wait }, ending.signal);
  expect(callsSeen).toEqual([1, 1, 2, 2, 3]);
  expect(await choices()).toEqual(['bag ORDER 147', 'lamp ORDER 177']);
});

it('goes by what was sold up to the day before', async () => {
  await count(database.pool, 'lamp', 100, atHour(8));
  await look();
  expect(await choices()).toEqual([]);
  // Twice as much from the next day on, and the same count.
  for (let day = 1; day <= 14; day += 1) {
    await sell(database.pool, 'lamp', 20, new Date(lastDayMs + (day + 0.25) * 86_400_000));
  }
  await count(database.pool, 'lamp', 100, new Date(lastDayMs + 14.5 * 86_400_000));
  await look();
  const [decision] = await decided();
  expect(Number(decision?.details?.demand)).toBeGreaterThan(100);
});

it('decides nothing while ordering is switched off, and makes up for it', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  await writeSwitch(database, 'REORDER', false, null);
  await look();
  expect(await decided()).toEqual([]);
  expect(calls).toBe(0);
  await writeSwitch(database, 'REORDER', true, null);
  await look();
  expect(await choices()).toEqual(['lamp ORDER 147']);
});

it('decides nothing that is switched off while it is worked out', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  const { forecasting } = createTestModelServices(database);
  const switching: WatchStockDeps['forecasting'] = {
    forecast: async (items, options) => {
      await writeSwitch(database, 'REORDER', false, null);
      return forecasting.forecast(items, options);
    },
  };
  await look({ forecasting: switching });
  expect(await decided()).toEqual([]);
});

it('leaves nothing behind once the duty is somebody else’s', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  await database.pool.query('UPDATE lease SET number = 2');
  await expect(look()).rejects.toThrow(LeaseLost);
  const { rows } = await database.pool.query('SELECT FROM reorder_state');
  expect(rows).toEqual([]);
  await look({ lease: { name: 'stock', number: 2n } });
  await expect(look()).resolves.toBeUndefined();
  expect(await choices()).toEqual(['lamp ORDER 147']);
});

it('knows from the decisions what was ordered, where the warehouse was filled anew', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  await look();
  const { rows } = await database.pool.query<{ id: number }>(
    `SELECT id FROM dim_product WHERE code = 'lamp'`,
  );
  const productId = rows[0]?.id ?? null;
  const facts = (await decided()).map((decision) => ({
    decision,
    customerId: null,
    productId,
    slotProductIds: [productId],
  }));
  await inTransaction(database, (session) => writeDecisions(session, facts));
  await database.pool.query('TRUNCATE reorder_state');
  await look();
  expect(await choices()).toEqual(['lamp ORDER 147']);
  await count(database.pool, 'lamp', 200, atHour(10));
  await look();
  await sell(database.pool, 'lamp', 150, atHour(11));
  await look();
  expect(await choices()).toEqual(['lamp ORDER 147', 'lamp ORDER 177']);
});

it('looks at every one of many products once, whatever sells meanwhile', async () => {
  const codes = Array.from({ length: 45 }, (_, at) => `many${at}`);
  await fillSteadyShop(database.pool, ...codes);
  for (const code of codes) await count(database.pool, code, 10, atHour(8));
  let sold = false;
  const onDecided = async () => {
    if (sold) return;
    sold = true;
    await sell(database.pool, 'many0', 3, atHour(9));
  };
  await look({ onDecided: () => void onDecided() });
  expect(await choices()).toHaveLength(45);
  expect(new Set((await decided()).map(({ product }) => product)).size).toBe(45);
  await look();
  expect(await decided()).toHaveLength(45);
});

it('does not decide by a forecast that is degraded', async () => {
  await count(database.pool, 'lamp', 80, atHour(8));
  const { forecasting } = createTestModelServices(database);
  const degraded: WatchStockDeps['forecasting'] = {
    forecast: async (items, options) => ({ ...(await forecasting.forecast(items, options)), degraded: true }),
  };
  await look({ forecasting: degraded });
  expect(await decided()).toEqual([]);
  await look();
  expect(await choices()).toEqual(['lamp ORDER 147']);
});

it('says nothing of a product that was never sold', async () => {
  await database.pool.query(`INSERT INTO dim_product (code) VALUES ('novelty')`);
  await count(database.pool, 'novelty', 0, atHour(8));
  await look();
  expect(await decided()).toEqual([]);
  expect(calls).toBe(0);
});
