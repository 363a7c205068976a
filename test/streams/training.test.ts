// Training as a duty of the running pipeline: by itself once there is something to train on, and left to the next process.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTrainings } from '../../src/services/host/trainings.js';
import type { Trainings } from '../../src/services/host/trainings-contract.js';
import { createListener, type Listener } from '../../src/stream/postgres-listener.js';
import { eventually } from '../contracts/log-server.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;
let listener: Listener;
let trainings: Trainings;
const gateways: Gateway[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  listener = createListener({ url: database.url });
  trainings = createTrainings({ database, listener });
});
beforeEach(() => database.pool.query('TRUNCATE training, model, model_champion'));
afterEach(() => Promise.all(gateways.splice(0).map((each) => each.close())));
afterAll(async () => {
  await listener.close();
  await database.close();
});

async function start(settings: Readonly<Record<string, string>>): Promise<Gateway> {
  const gateway = await startGateway(database, settings, ['gateway', 'pipeline']);
  gateways.push(gateway);
  return gateway;
}

const never = { FLYWHEEL_TRAIN_EVERY: 'off', FLYWHEEL_TRAIN_AFTER_EVENTS: 'off' };

describe('a gateway with its pipeline', { timeout: 120_000 }, () => {
  it('trains what has no model yet, but for what failed just now, and counts it', async () => {
    await database.pool.query(
      `INSERT INTO training (service, state, reason, seed, promotes, started_at, ended_at)
       VALUES ('recommendation', 'failed', 'first', 1, true, now(), now())`,
    );
    const { url } = await start({ ...never, FLYWHEEL_TRAIN_EVERY: '1d' });
    await eventually(async () =>
      expect(await trainings.list({ first: 10 })).toMatchObject([
        { service: 'segmentation', state: 'registered', reason: 'first', version: 1 },
        { service: 'recommendation', state: 'failed' },
      ]),
    );
    await eventually(async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toContain('flywheel_trainings_total{service="segmentation",state="registered"} 1');
    });
  });

  it('breaks a training off when it stops, and the next begins it anew', async () => {
    const first = await start(never);
    const { id } = await trainings.ask('recommendation', { seed: 2 });
    const becomes = (state: string) =>
      eventually(async () => expect(await trainings.list({ first: 1 })).toMatchObject([{ id, state }]));
    await becomes('running');
    gateways.splice(0);
    await first.close();
    expect(await trainings.list({ first: 1 })).toMatchObject([{ id, state: 'waiting', startedAt: null }]);
    await start(never);
    await becomes('running');
    await trainings.cancel('recommendation');
    await becomes('cancelled');
  });
});
