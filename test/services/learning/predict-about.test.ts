// Predictions about a customer and a product: what is known of both counts, at each moment of its own, in one read.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Handler } from '../../../src/services/host/workshop-contract.js';
import { learnNext } from '../../../src/services/learning/consume.js';
import { learningMethods, type PredictItem } from '../../../src/services/learning/contract.js';
import { blockOf } from '../../../src/services/learning/example-block.js';
import { learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { learningWorkshop } from '../../../src/services/learning/workshop.js';
import { addBlocks } from '../../../src/warehouse/examples.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';
import { logStatements, type StatementLog } from '../../support/statement-log.js';

const waiting = { signal: new AbortController().signal };

let database: TestDatabase;
let handler: Handler;
let log: StatementLog;

/** Enough for every feature to have its weight. */
const examples = Array.from({ length: 200 }, (_, at) => ({
  features: {
    customer: `C0${10 + (at % 20)}`,
    product: `P0${10 + (at % 7)}`,
    weekday: at % 2 === 0 ? 'Monday' : 'Friday',
    hour: String(at % 24),
    price: (at % 5) / 2,
    soldLately: (at % 11) / 4,
    boughtBefore: (at % 13) / 4,
  },
  outcome: at % 3 === 0 ? 1 : 0,
}));

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  const block = { learner: 'purchase', count: examples.length, examples: blockOf(examples) };
  await inTransaction(database, (session) => addBlocks(session, [block]));
  for (const learner of learners) await learnNext(database, readyLearner(learner));
  handler = await learningWorkshop.open(undefined, { database });
  log = logStatements(database);
});
afterAll(() => database.close());

async function predict(...items: readonly PredictItem[]): Promise<readonly number[]> {
  const { results } = await handler('predict', items, waiting);
  return results.map((result) => learningMethods.predict.result.parse(result).prediction);
}

const about = (customer: string, product: string, at?: string): PredictItem => ({
  model: 'purchase',
  about: { customer, product, at },
});

describe('a prediction about a customer and a product', () => {
  it('is the same alone and among others, which are read together', async () => {
    const days = ['2022-03-01', '2022-09-01', '2023-06-01', '2024-03-01'];
    const items = days.flatMap((day) =>
      ['C003', 'C007', 'nobody'].flatMap((customer) =>
        ['P003', 'P010', 'nothing'].map((product) => about(customer, product, `${day}T12:00:00Z`)),
      ),
    );
    const alone = [];
    for (const item of items) alone.push(...(await predict(item)));
    // Some share their columns by chance.
    expect(new Set(alone).size).toBeGreaterThan(items.length / 2);
    let together: readonly number[] = [];
    const statements = await log.during(async () => {
      together = await predict(...items, { model: 'line', features: [1, 2] }, ...items);
    });
    expect(together).toEqual([...alone, 0, ...alone]);
    expect(statements).toHaveLength(2);
    const [codes] = statements.filter(({ text }) => text.includes('fact_sales')).map(({ values }) => values);
    // Three products at four moments, though each is asked for six times.
    expect(codes?.[0]).toHaveLength(12);
  });

  it('reads nothing of customers and products where nobody asks for any', async () => {
    const statements = await log.during(() => predict({ model: 'line', features: [1, 2] }));
    expect(statements).toHaveLength(1);
  });

  it('is what the numbers of the example say, and in any zone', async () => {
    const learner = learners.find(({ name }) => name === 'purchase');
    if (learner === undefined) throw new Error('There is no purchase.');
    const { rows } = await database.pool.query(`
      WITH newest AS (
        SELECT sale.product_id, sale.customer_id, product.code AS product, customer.code AS customer,
               sold_at + interval '1 day' AS at
        FROM fact_sales AS sale
        JOIN dim_product AS product ON product.id = sale.product_id
        JOIN dim_customer AS customer ON customer.id = sale.customer_id
        WHERE kind = 'SALE' ORDER BY sold_at DESC LIMIT 1
      ), sold AS (SELECT * FROM fact_sales WHERE kind = 'SALE')
      SELECT product, customer, at, to_char(at AT TIME ZONE 'UTC', 'FMDay') AS weekday,
             to_char(at AT TIME ZONE 'UTC', 'FMHH24') AS hour,
             (SELECT unit_price::float8 FROM sold WHERE sold.product_id = newest.product_id
              ORDER BY sold_at DESC LIMIT 1) AS price,
             (SELECT count(*)::int FROM sold WHERE sold.product_id = newest.product_id
              AND sold_at >= at - interval '30 days') AS lately,
             (SELECT count(*)::int FROM sold WHERE sold.customer_id = newest.customer_id
              AND sold_at >= at - interval '365 days') AS bought
      FROM newest`);
    const { product, customer, at, weekday, hour, price, lately, bought } = rows[0];
    expect(bought).toBeGreaterThan(1);
    const log1p = (value: number) => Math.round(1_000 * Math.log1p(value)) / 1_000;
    const features = readyLearner(learner).vectorOf({
      ...{ product, customer, weekday, hour },
      ...{ price: log1p(price), soldLately: log1p(lately), boughtBefore: log1p(bought) },
    });
    const inShanghai = new Date(at.getTime() + 8 * 3_600_000).toISOString().replace('Z', '+08:00');
    const [byNumbers, ...byCodes] = await predict(
      { model: 'purchase', features: [...features] },
      about(customer, product, at.toISOString()),
      about(customer, product, inShanghai),
    );
    expect(byCodes).toEqual([byNumbers, byNumbers]);
  });

  it('is about now where it names no moment', async () => {
    const minute = (later: number) => new Date(Date.now() + later * 60_000).toISOString();
    // The hour may change meanwhile.
    const [now, ...around] = await predict(
      about('C003', 'P003'),
      about('C003', 'P003', minute(0)),
      about('C003', 'P003', minute(1)),
    );
    expect(around).toContain(now);
  });

  it.each<[string, PredictItem, RegExp]>([
    [
      'of neither form',
      { model: 'purchase' },
      /give `about`.*or `features`, 418 numbers \(customer#0, .*…\)/,
    ],
    ['of both forms', { ...about('C003', 'P003'), features: [1] }, /give one of them/],
    [
      'without a customer',
      { model: 'click', about: { product: 'P003' } },
      /lacks the code of the customer\./,
    ],
    ['without a product', about('C003', ''), /lacks the code of the product\./],
    ['without both', { model: 'click', about: {} }, /the customer and of the product\./],
    [
      'to a learner of numbers',
      { ...about('C003', 'P003'), model: 'line' },
      /give `features`, 2 numbers \(x1, x2\)/,
    ],
    ['at no time', about('C003', 'P003', 'soon'), /about\.at/],
    ['of a code that is no text', about('C\u0000', 'P003'), /about\.customer/],
  ])('refuses a question %s', async (_, item, message) => {
    await expect(predict(item)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(message),
    });
  });
});
