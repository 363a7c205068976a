// Holds that a simulation of rounds runs against a gateway by its public doors, and that the same seed gives the same.

import { afterEach, describe, expect, it } from 'vitest';
import { createAsk } from '../../src/cli/simulate-rounds/ask-gateway.js';
import { createAskOrders } from '../../src/cli/simulate-rounds/reorder-orders.js';
import { runRounds } from '../../src/cli/simulate-rounds/run-rounds.js';
import { createWheelDoors } from '../../src/cli/simulate-rounds/wheel-doors.js';
import { drawRoundShop } from '../../src/simulator/rounds/round-shop.js';
import { type Gateway, servicesInThreads, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const shop = drawRoundShop({ seed: 5, customers: 80, products: 60 });
const nowMs = Date.UTC(2026, 10, 1);
const settings = {
  ...servicesInThreads,
  FLYWHEEL_TOPIC_PARTITIONS: '1',
  FLYWHEEL_HOLDOUT_SHARE: '0.3',
  FLYWHEEL_SERVICE_DEADLINE_MS: '30000',
};

let database: TestDatabase | undefined;
let gateway: Gateway | undefined;
afterEach(close);

async function close() {
  await gateway?.close();
  await database?.close();
  gateway = undefined;
  database = undefined;
}

/** On a gateway of its own with an empty warehouse; and what its `flywheel` says in the end. */
async function live() {
  database = await createTestDatabase();
  gateway = await startGateway(database, settings, ['gateway', 'pipeline']);
  const ask = createAsk({ url: gateway.url, key: undefined });
  const silent = () => {};
  const report = await runRounds(
    {
      doors: createWheelDoors(ask),
      askOrders: createAskOrders(ask),
      nowMs,
      onTruth: silent,
      onRound: silent,
      onStep: silent,
    },
    { shop, rounds: 2, frozen: false },
  );
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: '{ flywheel { exposures outcomes } automatic { action on } }',
    }),
  });
  const { data } = JSON.parse(await response.text());
  await close();
  return { report, data };
}

describe('a simulation of rounds', () => {
  it('is shown to everybody, answered, and the same for the same seed', { timeout: 240_000 }, async () => {
    const first = await live();
    const { rounds, setting } = first.report;
    expect(setting).toEqual({
      seed: 5,
      customers: 80,
      products: 60,
      rounds: 2,
      frozen: false,
      categoriesKnown: false,
    });
    expect(rounds.map(({ round, drifted, undecided }) => [round, drifted, undecided])).toEqual([
      [1, false, 0],
      [2, true, 0],
    ]);
    for (const { arms, regret } of rounds) {
      expect(arms.HOLDOUT.lists + arms.CHAMPION.lists + arms.CHALLENGER.lists).toBe(80);
      expect(arms.HOLDOUT.lists).toBeGreaterThan(8);
      expect(arms.HOLDOUT.shown + arms.CHAMPION.shown + arms.CHALLENGER.shown).toBe(400);
      expect(regret).toBeGreaterThan(0);
    }
    const answered = rounds
      .flatMap(({ arms }) => Object.values(arms))
      .reduce((sum, arm) => sum + arm.answered, 0);
    // What the gateway worked out from events is what the people did.
    expect(first.data).toMatchObject({ flywheel: { exposures: 800, outcomes: answered } });
    expect(first.data.automatic).toContainEqual({ action: 'LEARNING', on: true });

    const again = await live();
    expect(again.report).toEqual(first.report);
  });
});
