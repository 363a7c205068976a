// Learners through the API: what they expect, what is said of them, and that a wrong question harms no other.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learnNext } from '../../src/services/learning/consume.js';
import { blockOf } from '../../src/services/learning/example-block.js';
import { learners } from '../../src/services/learning/learners.js';
import { readyLearner } from '../../src/services/learning/ready-learner.js';
import { addBlocks } from '../../src/warehouse/examples.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

let database: TestDatabase;
let paths: TwoPaths;
let calls: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  paths = await createTwoPaths(database, (service, { method, outcome }) =>
    calls.push(`${service}.${method} ${outcome}`),
  );
  const examples = blockOf(
    [4, 5, 6].map((outcome, at) => ({ features: { x1: 10 + at, x2: 11 + at }, outcome })),
  );
  await inTransaction(database, (session) => addBlocks(session, [{ learner: 'line', count: 3, examples }]));
  for (const learner of learners) await learnNext(database, readyLearner(learner));
});
afterAll(() => database.close());

async function ask(query: string) {
  calls = [];
  return JSON.parse((await paths.planned(query)).text);
}

/** How many numbers the learner "click" reads. */
const clickColumns = learners.filter(({ name }) => name === 'click').map((found) => readyLearner(found))[0]
  ?.columns.length;

describe('predict', () => {
  it('expects what scikit-learn does after the same examples, however many ask in one call', async () => {
    const zeros = JSON.stringify(Array.from({ length: clickColumns ?? 0 }, () => 0));
    const { data, errors } = await ask(`{
      line: predict(model: "line", features: [15, 16]) { value examples model degraded }
      same: predict(model: "line", features: [15, 16.0]) { value }
      click: predict(model: "click", features: ${zeros}) { value examples model }
    }`);
    expect(errors).toBeUndefined();
    expect(data.line).toEqual({
      value: expect.closeTo(19.29666937, 8),
      examples: 3,
      model: 'learning/line@1',
      degraded: false,
    });
    expect(data.same.value).toBe(data.line.value);
    expect(data.click).toEqual({ value: 0.5, examples: 0, model: 'learning/click@2' });
    expect(calls).toEqual(['learning.predict ok']);
  });

  it('says what is wrong with a question, and answers the others', async () => {
    const { data, errors } = await ask(`{
      right: predict(model: "line", features: [15, 16]) { examples }
      unknown: predict(model: "curve", features: [1]) { value }
      short: predict(model: "line", features: [1]) { value }
      products { totalCount }
    }`);
    expect(data).toEqual({
      right: { examples: 3 },
      unknown: null,
      short: null,
      products: { totalCount: 0 },
    });
    expect(errors).toMatchObject([
      {
        path: ['unknown'],
        message: 'There is no learner curve; there are line, click, purchase, response.',
        extensions: { code: 'BAD_INPUT' },
      },
      {
        path: ['short'],
        message: 'line reads 2 numbers (x1, x2), and 1 were given.',
        extensions: { code: 'BAD_INPUT' },
      },
    ]);
  });
});

describe('predict about a customer and a product', () => {
  beforeAll(async () => {
    await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('17850'), ('17851'), ('17852')`);
    const meetings = ['17850', '17851', '17852'].map((customer, at) => ({
      features: { customer, product: '22423', weekday: 'Friday', hour: '12', soldLately: 0, boughtBefore: 0 },
      outcome: at === 1 ? 1 : 0,
    }));
    const block = { learner: 'purchase', count: 3, examples: blockOf(meetings) };
    await inTransaction(database, (session) => addBlocks(session, [block]));
    for (const learner of learners) await learnNext(database, readyLearner(learner));
  });

  it('says how likely a purchase is, for one or for all customers of a list in one call', async () => {
    const { data, errors } = await ask(`{
      asked: predict(model: "purchase", about: { customer: "17851", product: "22423", at: "2011-12-09T12:50:00Z" }) {
        value examples model degraded
      }
      now: predict(model: "purchase", features: null, about: { customer: "nobody", product: "nothing" }) { examples }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      asked: { value: expect.any(Number), examples: 3, model: 'learning/purchase@2', degraded: false },
      now: { examples: 3 },
    });
    expect(calls).toEqual(['learning.predict ok']);
    const list = await ask(`{
      customers {
        nodes { code predict(model: "purchase", product: "22423", at: "2011-12-09T12:50:00Z") { value degraded } }
      }
    }`);
    expect(list.errors).toBeUndefined();
    expect(calls).toEqual(['learning.predict ok']);
    const [first, second, third] = list.data.customers.nodes;
    expect(second).toEqual({ code: '17851', predict: { value: data.asked.value, degraded: false } });
    expect(second.predict.value).toBeGreaterThan(first.predict.value);
    expect(second.predict.value).toBeGreaterThan(third.predict.value);
  });

  it('says what is wrong with a question, and answers the others', async () => {
    const { data, errors } = await ask(`{
      right: predict(model: "purchase", about: { customer: "17850", product: "22423" }) { examples }
      neither: predict(model: "line") { value }
      both: predict(model: "line", features: [1, 2], about: { customer: "17850", product: "22423" }) { value }
      numbers: predict(model: "line", about: { customer: "17850", product: "22423" }) { value }
      half: predict(model: "click", about: { customer: "17850", product: null }) { value }
      customer(code: "17850") { code predict(model: "curve", product: "22423") { value } }
    }`);
    expect(data).toEqual({
      right: { examples: 3 },
      neither: null,
      both: null,
      numbers: null,
      half: null,
      customer: { code: '17850', predict: null },
    });
    const messages = errors.map(({ path, message, extensions }: Readonly<Record<string, unknown>>) => [
      String(path),
      message,
      extensions,
    ]);
    const extensions = expect.objectContaining({ code: 'BAD_INPUT' });
    expect(messages).toHaveLength(5);
    expect(messages).toEqual(
      expect.arrayContaining([
        ['neither', 'line must be told what to predict: give `features`, 2 numbers (x1, x2).', extensions],
        ['both', '`features` and `about` are two ways to say the same: give one of them.', extensions],
        [
          'numbers',
          'line reads nothing of customers and products, so `about` tells it nothing: give `features`, 2 numbers (x1, x2).',
          extensions,
        ],
        ['half', 'click must know who meets what: `about` lacks the code of the product.', extensions],
        [
          'customer,predict',
          'There is no learner curve; there are line, click, purchase, response.',
          extensions,
        ],
      ]),
    );
  });
});

describe('learners', () => {
  it('say what they read and how good they are', async () => {
    const { data, errors } = await ask(`{
      learners { name version description task topic columns score { examples loss baselineLoss accuracy } drifts lastDrift }
    }`);
    expect(errors).toBeUndefined();
    expect(data.learners.map(({ name }: { name: string }) => name)).toEqual(learners.map(({ name }) => name));
    const [line, click] = data.learners;
    expect(line).toMatchObject({
      version: 1,
      task: 'REGRESSION',
      columns: ['x1', 'x2'],
      score: { examples: 3, accuracy: null },
      drifts: 0,
      lastDrift: null,
    });
    // Of 0, 9.72 and 12.9105 where 4, 5 and 6 came.
    expect(line.score.loss).toBeCloseTo((4 + 4.72 + 6.910508667423156) / 3, 8);
    expect(click).toMatchObject({ task: 'CLASSIFICATION', score: { examples: 0 } });
    expect(click.columns).toHaveLength(clickColumns ?? 0);
    expect(calls).toEqual(['learning.learners ok']);
  });
});
