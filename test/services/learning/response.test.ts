// The learner of responses over a real warehouse: it is taught what became of decisions, and scores products by it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import type { Handler } from '../../../src/services/host/workshop-contract.js';
import { learnNext } from '../../../src/services/learning/consume.js';
import { learningMethods, type ScoreItem } from '../../../src/services/learning/contract.js';
import { blocksOf, examplesOf } from '../../../src/services/learning/example-block.js';
import { learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { createTeacher } from '../../../src/services/learning/teach.js';
import type { ShownFacts, ShownOutcome } from '../../../src/services/learning/teacher-contract.js';
import { learningWorkshop } from '../../../src/services/learning/workshop.js';
import { addBlocks } from '../../../src/warehouse/examples.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const waiting = { signal: new AbortController().signal };
const teach = createTeacher(learners);

let database: TestDatabase;
let handler: Handler;

beforeEach(async () => {
  database = await createTestDatabase();
  handler = await learningWorkshop.open(undefined, { database });
});
afterEach(() => database.close());

const [response] = learners.filter(({ name }) => name === 'response').map((found) => readyLearner(found));
if (response === undefined) throw new Error('The learner of responses is not declared.');
const learner = response;

const facts: ShownFacts = {
  customer: 'C1',
  segment: 'LOYAL',
  product: 'P1',
  category: 'GARDEN',
  recommended: 0.75,
  lately: 0.4,
  usually: 0.2,
  seen: 0,
  slot: 3,
};

const taught = (outcomes: readonly ShownOutcome[], name = 'response') =>
  inTransaction(database, (session) => teach(session, name, outcomes));

async function storedOutcomes(): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ learner: string; examples: string }>(
    'SELECT learner, examples FROM example_block ORDER BY learner, first',
  );
  expect(rows.every((row) => row.learner === 'response')).toBe(true);
  return rows.flatMap((row) => examplesOf(row.examples, learner.reads).map(({ outcome }) => outcome));
}

async function scored(...items: readonly ScoreItem[]) {
  const { results, model } = await handler('score', items, waiting);
  return { scores: results.map((one) => learningMethods.score.result.parse(one)), model };
}

/** Customers of an even number like what is made for the garden, the others the kitchen. */
function shop(count: number, likes: (customer: number) => string): ShownOutcome[] {
  const random = createRandom(8);
  return Array.from({ length: count }, () => {
    const customer = random.integer(40);
    const product = random.integer(20);
    const category = ['GARDEN', 'KITCHEN', 'TOYS', 'BOOKS'][product % 4] ?? '';
    const chance = likes(customer) === category ? 0.5 : 0.05;
    return {
      facts: { ...facts, customer: `C${customer}`, product: `P${product}`, category, slot: 1 },
      outcome: random.uniform() < chance ? 1 : 0,
    };
  });
}

const candidates = [
  { product: 'P0', category: 'GARDEN', recommended: 0.75 },
  { product: 'P1', category: 'KITCHEN', recommended: 0.75 },
];

describe('the teacher', () => {
  it('adds outcomes in their order from facts or their text, in as many blocks as they need', async () => {
    const outcomes = Array.from({ length: 1_234 }, (_, place): ShownOutcome => {
      const own = { ...facts, customer: `C${place % 7}`, slot: 1 + (place % 5) };
      return { facts: place % 2 === 0 ? own : JSON.stringify(own), outcome: place % 3 === 0 ? 1 : 0 };
    });
    expect(await taught(outcomes)).toEqual([]);
    expect(await taught([])).toEqual([]);
    expect(await storedOutcomes()).toEqual(outcomes.map(({ outcome }) => outcome));
    expect(await learnNext(database, learner)).toMatchObject({ examples: 1_234 });
  });

  it('says which it refuses and why, and adds all others', async () => {
    const { category: _, ...without } = facts;
    const given: ShownOutcome[] = [
      { facts: 'no JSON', outcome: 1 },
      { facts, outcome: 1 },
      { facts: without, outcome: 0 },
      { facts: JSON.stringify({ ...facts, slot: 0 }), outcome: 0 },
      { facts: { ...facts, segment: null, category: null, recommended: null, more: 'of it' }, outcome: 0 },
      { facts: { ...facts, recommended: 2 }, outcome: 1 },
    ];
    const refused = await taught(given);
    expect(refused.map(({ place }) => place)).toEqual([0, 2, 3, 5]);
    expect(refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('expected object'),
      expect.stringContaining('category'),
      expect.stringContaining('slot'),
      expect.stringContaining('recommended'),
    ]);
    expect(await storedOutcomes()).toEqual([1, 0]);
  });

  it('adds nothing when the transaction of its caller is undone', async () => {
    const undone = inTransaction(database, async (session) => {
      await teach(session, 'response', [{ facts, outcome: 1 }]);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await storedOutcomes()).toEqual([]);
  });

  it('knows no learner that reads nothing of shown products', async () => {
    await expect(taught([{ facts, outcome: 1 }], 'click')).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'click scores no products; these do: response.',
    });
    await expect(taught([], 'answer')).rejects.toThrow('There is no learner answer');
  });
});

describe('the learner of responses', () => {
  it('is even before it has learned, and then knows what each customer likes', async () => {
    const before = await scored({ model: 'response', customer: { customer: 'C2' }, candidates });
    expect(before).toEqual({
      scores: [{ predictions: [0.5, 0.5], examples: 0 }],
      model: 'learning/response@1',
    });
    await taught(shop(3_000, (customer) => (customer % 2 === 0 ? 'GARDEN' : 'KITCHEN')));
    while ((await learnNext(database, learner)).examples > 0);
    const { scores } = await scored(
      ...Array.from({ length: 40 }, (_, customer) => ({
        model: 'response',
        customer: { customer: `C${customer}`, segment: 'LOYAL' },
        candidates,
      })),
    );
    const sums = { liked: 0, other: 0 };
    scores.forEach(({ predictions: [garden = 0, kitchen = 0], examples }, customer) => {
      expect(examples).toBe(3_000);
      const [liked, other] = customer % 2 === 0 ? [garden, kitchen] : [kitchen, garden];
      expect(liked).toBeGreaterThan(other);
      sums.liked += liked;
      sums.other += other;
    });
    expect(sums.liked).toBeGreaterThan(3 * sums.other);
    const { results } = await handler('learners', [{}], waiting);
    const summary = learningMethods.learners.result.parse(results[0]).find(({ name }) => name === 'response');
    expect(summary).toMatchObject({ version: 1, task: 'classification', topic: 'decisions' });
    expect(summary?.score?.loss).toBeLessThan(0.9 * (summary?.score?.baselineLoss ?? 0));
  });

  it('gives up tastes that have changed', async () => {
    await taught(shop(3_000, () => 'GARDEN'));
    await taught(shop(3_000, () => 'KITCHEN'));
    while ((await learnNext(database, learner)).examples > 0);
    const { scores } = await scored({
      model: 'response',
      customer: { customer: 'C3', segment: 'LOYAL' },
      candidates,
    });
    const [garden = 0, kitchen = 0] = scores[0]?.predictions ?? [];
    expect(kitchen).toBeGreaterThan(2 * garden);
  });

  it('scores what it predicts of the same facts in all of its columns', async () => {
    await taught(shop(500, () => 'TOYS'));
    await learnNext(database, learner);
    const asked = { ...facts, slot: 1 };
    const { shownFeaturesOf } = learner.declaration;
    if (shownFeaturesOf === undefined) throw new Error('It reads shown products.');
    const features = [...learner.vectorOf(shownFeaturesOf(asked))].map((value) =>
      Number.isNaN(value) ? 0 : value,
    );
    const { results } = await handler('predict', [{ model: 'response', features }], waiting);
    const { prediction } = learningMethods.predict.result.parse(results[0]);
    const { customer, segment, slot: _, ...candidate } = asked;
    const { scores } = await scored({
      model: 'response',
      customer: { customer, segment },
      candidates: [candidate],
    });
    expect(scores[0]?.predictions[0]).toBeCloseTo(prediction, 14);
  });

  it('says null of a memory that is damaged, and refuses what it cannot score', async () => {
    await taught([{ facts, outcome: 1 }]);
    await learnNext(database, learner);
    await database.pool.query(
      `UPDATE learner_state SET memory = decode(repeat('ff', length(memory)), 'hex') WHERE learner = 'response'`,
    );
    const item = { model: 'response', customer: { customer: 'C1' }, candidates };
    expect((await handler('score', [item], waiting)).results).toEqual([null]);
    const refusal = (amiss: object) => handler('score', [{ ...item, ...amiss }], waiting);
    await expect(refusal({ model: 'line' })).rejects.toThrow('line scores no products; these do: response.');
    const [candidate] = candidates;
    await expect(refusal({ candidates: new Array(201).fill(candidate) })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('candidates'),
    });
  });

  it('learns an example of which little was known', async () => {
    await inTransaction(database, (session) =>
      addBlocks(session, blocksOf('response', [{ features: { customer: 'C1' }, outcome: 1 }])),
    );
    expect(await learnNext(database, learner)).toMatchObject({ examples: 1, drifts: [] });
    const { scores } = await scored({ model: 'response', customer: { customer: 'C1' }, candidates: [] });
    expect(scores).toEqual([{ predictions: [], examples: 1 }]);
  });
});
