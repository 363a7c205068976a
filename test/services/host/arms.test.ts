// Items that ask for the challenger are answered by it while there is one, in threads and behind HTTP alike.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answeringByArm } from '../../../src/services/host/arms.js';
import { createServiceClient } from '../../../src/services/host/client.js';
import type { Handler } from '../../../src/services/host/workshop-contract.js';
import { createBestSellerBaselines } from '../../../src/services/recommendation/baseline.js';
import {
  type RecommendationService,
  recommendationMethods,
} from '../../../src/services/recommendation/contract.js';
import { contractTimeoutMs, eventually } from '../../contracts/log-server.js';
import { type HostedService, hostService, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

const service = 'recommendation';
let database: TestDatabase;
let hosted: HostedService;

describe.each(servingWays)('%s', { timeout: contractTimeoutMs }, (way) => {
  let client: RecommendationService;

  beforeEach(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    await database.pool.query(`
      INSERT INTO live_clock (name, watermark) VALUES ('behaviour', now());
      INSERT INTO fact_exposure (decision_id, slot, kind, arm, policy, shown_at)
      VALUES ('first', 1, 'RECOMMEND', 'CHAMPION', 'recommender', now())`);
    hosted = await hostService({ service, database, way });
    client = createServiceClient({
      service,
      methods: recommendationMethods,
      carry: hosted.carry,
      baselines: createBestSellerBaselines(database).baselines,
      deadlineMs: 20_000,
    });
  });
  afterEach(async () => {
    await hosted.close();
    await database.close();
  });

  /** Puts a model on trial that answers as the champion does, under a name of its own. */
  async function challenge(): Promise<void> {
    const { registry } = hosted;
    const champion = await registry.champion(service);
    const bytes = await registry.bytes(service, champion?.version ?? 0);
    if (champion === undefined) throw new Error('There is no champion.');
    await registry.register(service, champion, bytes, {
      promoteIfBetter: true,
      asChallenger: true,
      championVersion: champion.version,
      championQuality: champion.quality[champion.decidedBy.measure] ?? 0,
    });
  }

  const usual = { customer: 'C002', first: 3 };
  const tried = { ...usual, arm: 'challenger' } as const;
  const modelsOf = async () => {
    const { model, models, degraded } = await client.recommend([usual, tried, usual]);
    return { model, models, degraded };
  };
  const alone = (model: string) => ({ model, models: undefined, degraded: false });

  it('both models answer a batch, until the trial is over', async () => {
    await hosted.train(1);
    await eventually(async () => expect(await modelsOf()).toEqual(alone('recommendation/1')));
    await challenge();
    const both = ['recommendation/1', 'recommendation/2', 'recommendation/1'];
    await eventually(async () =>
      expect(await modelsOf()).toEqual({ model: null, models: both, degraded: false }),
    );
    const { model, results } = await client.recommend([tried, { ...tried, customer: 'C003' }]);
    expect(model).toBe('recommendation/2');
    const plain = await client.recommend([usual, { ...usual, customer: 'C003' }]);
    expect(results).toEqual(plain.results);
    expect(plain.results[0]?.items).toHaveLength(3);
    const trial = { champion: 1, challenger: 2 };
    const end = { promotes: false, reason: 'It was worse.', figures: {} };
    expect(await hosted.registry.endTrial(service, trial, end)).toBe(true);
    await eventually(async () => expect(await modelsOf()).toEqual(alone('recommendation/1')));
    await challenge();
    await eventually(async () => expect((await modelsOf()).models).toContain('recommendation/3'));
    await hosted.registry.endTrial(service, { champion: 1, challenger: 3 }, { ...end, promotes: true });
    await eventually(async () => expect(await modelsOf()).toEqual(alone('recommendation/3')));
  });
});

describe('a challenger that fails', () => {
  const { signal } = new AbortController();
  const named =
    (model: string): Handler =>
    async (_method, items) => ({ model, results: items });
  const failing: Handler = async () => {
    throw new Error('A bug of the challenger.');
  };

  it('is stood in for by the champion, and the fault is told', async () => {
    const faults: unknown[] = [];
    const handler = answeringByArm(named('a/1'), failing, (error) => faults.push(error));
    const items = [{ arm: 'challenger' }, { arm: undefined }, 'text', null];
    expect(await handler('echo', items, { signal })).toEqual({ model: 'a/1', results: items });
    expect(String(faults)).toContain('A bug of the challenger.');
  });
});
