// A drift is noted once, when the examples that show it are new, and not when they are learned over again.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginAnew, learnNext } from '../../../src/services/learning/consume.js';
import { learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { createExampleWriter } from '../../../src/services/learning/write-examples.js';
import type { EventFact } from '../../../src/warehouse/stream/facts.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

function declared(name: string) {
  const declaration = learners.find((learner) => learner.name === name);
  if (declaration === undefined) throw new Error(`${name} is not declared.`);
  return readyLearner(declaration);
}
const line = declared('line');
let written = 0;

async function write(count: number, outcomeOf: (at: number) => number): Promise<void> {
  const events = Array.from({ length: count }, (_, at): EventFact => {
    written += 1;
    return {
      source: 'test',
      eventId: String(written),
      type: 'example',
      customerId: null,
      customer: null,
      productId: null,
      product: null,
      value: String(outcomeOf(at)),
      text: null,
      attributes: JSON.stringify({ model: 'line', features: { x1: 1, x2: 0 } }),
      occurredAt: written,
    };
  });
  const writer = createExampleWriter(learners);
  await inTransaction(database, (session) => writer(session, { events, sales: [] }));
}

async function learnAll(): Promise<number> {
  let drifts = 0;
  for (;;) {
    const step = await learnNext(database, line);
    if (step.examples === 0) return drifts;
    drifts += step.drifts.length;
  }
}

const driftedAt = async (): Promise<Date | null> =>
  (await database.pool.query(`SELECT drifted_at FROM learner_state WHERE learner = 'line'`)).rows[0]
    .drifted_at;

const usual = (at: number) => 1 + (at % 2) / 10;
const turned = (at: number) => 50 * (at % 2);

it('is noted at examples that are new', async () => {
  await write(10, usual);
  await learnAll();
  expect(await driftedAt()).toBeNull();
  await write(1_500, usual);
  await write(1_500, turned);
  expect(await learnAll()).toBeGreaterThan(0);
  expect(await driftedAt()).toBeInstanceOf(Date);
});

it('is not noted again when a learner begins anew, until there are others', async () => {
  const before = await driftedAt();
  await beginAnew(database, line);
  expect(await learnAll()).toBeGreaterThan(0);
  expect(await driftedAt()).toEqual(before);
  await write(1_500, (at) => 2_000 * (at % 2));
  expect(await learnAll()).toBeGreaterThan(0);
  expect(await driftedAt()).not.toEqual(before);
});
