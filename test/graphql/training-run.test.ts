// A training as an operator has it: asked for, followed to its end, and then among the models.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { followField } from './live/clients.js';

let database: TestDatabase;
let gateway: Gateway;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  await fillSmallShop(database.pool);
  const unasked = { FLYWHEEL_TRAIN_EVERY: 'off', FLYWHEEL_TRAIN_AFTER_EVENTS: 'off' };
  gateway = await startGateway(database, unasked, ['gateway', 'pipeline']);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

async function ask(query: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = JSON.parse(await response.text());
  expect(errors).toBeUndefined();
  return data;
}

it('a training gets on before the eyes of whoever follows, and ends in a model that serves', {
  timeout: 120_000,
}, async () => {
  const query = 'subscription { training(service: SEGMENTATION) { state share version } }';
  const follower = followField('WebSocket', gateway.url, { query, variables: {} }, (data) => {
    const { training }: { training: { state: string; share: number; version: number | null } } = JSON.parse(
      JSON.stringify(data),
    );
    return training;
  });
  try {
    const { train } = await ask('mutation { train(service: SEGMENTATION, seed: 3) { number } }');
    const state = () => follower.ended ?? follower.received.at(-1)?.state;
    await expect.poll(state, { timeout: 90_000 }).toBe('REGISTERED');
    expect(follower.received.at(-1)).toEqual({ state: 'REGISTERED', share: 1, version: 1 });
    const shares = follower.received.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));

    const { models, trainings } = await ask(
      '{ models { name status seed } trainings { number state version step endedAt } }',
    );
    expect(models).toEqual([{ name: 'segmentation/1', status: 'CHAMPION', seed: 3 }]);
    expect(trainings).toEqual([
      { number: train.number, state: 'REGISTERED', version: 1, step: null, endedAt: expect.any(String) },
    ]);
  } finally {
    await follower.stop();
  }
});
