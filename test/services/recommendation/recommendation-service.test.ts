// Recommendation as a gateway calls it, in threads and behind HTTP.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../../src/services/host/client.js';
import { createBestSellerBaselines } from '../../../src/services/recommendation/baseline.js';
import {
  type RecommendationService,
  recommendationMethods,
} from '../../../src/services/recommendation/contract.js';
import { eventually } from '../../contracts/log-server.js';
import { type HostedService, hostService, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

const service = 'recommendation';

describe.each(servingWays)('recommendation %s', { timeout: 60_000 }, (way) => {
  let database: TestDatabase;
  let hosted: HostedService;
  let client: RecommendationService;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    hosted = await hostService({ service, database, way });
    client = createServiceClient({
      service,
      methods: recommendationMethods,
      carry: hosted.carry,
      baselines: createBestSellerBaselines(database).baselines,
      deadlineMs: 30_000,
    });
  }, 60_000);

  afterAll(async () => {
    await hosted?.close();
    await database?.close();
  });

  const items = ['C002', 'C003', 'nobody'].map((customer) => ({ customer, first: 3 }));

  it('gives everybody what sells before the first training', async () => {
    const { results, model, degraded } = await client.recommend(items);
    expect({ model, degraded }).toEqual({ model: null, degraded: false });
    expect(results[0]).toEqual(results[2]);
    expect(results[0]?.items).toHaveLength(3);
  });

  it('answers by the model that was trained, and the same after a rollback', async () => {
    const modelOf = async () => (await client.similar([{ product: 'P001', first: 1 }])).model;
    expect(await hosted.train(1)).toMatchObject({ version: 1, status: 'champion' });
    await eventually(async () => expect(await modelOf()).toBe('recommendation/1'));
    const before = await client.recommend(items);
    expect(before).toMatchObject({ model: 'recommendation/1', degraded: false });
    const second = await hosted.train(2);
    await hosted.registry.promote(service, second.version);
    await eventually(async () => expect(await modelOf()).toBe('recommendation/2'));
    await hosted.registry.rollback(service);
    await eventually(async () => expect(await modelOf()).toBe('recommendation/1'));
    expect(JSON.stringify(await client.recommend(items))).toBe(JSON.stringify(before));
  });
});

it('gives what sells while the service is away, and the rest of the contract as unknown', async () => {
  const database = await createTestDatabase();
  try {
    await fillSmallShop(database.pool);
    const kept = createBestSellerBaselines(database);
    const client: RecommendationService = createServiceClient({
      service,
      methods: recommendationMethods,
      carry: () => Promise.reject(new Error('away')),
      baselines: kept.baselines,
    });
    const item = { customer: 'C002', first: 2 };
    expect(await client.recommend([item])).toEqual({ results: [null], model: null, degraded: true });
    await kept.refresh();
    const { results, degraded } = await client.recommend([item]);
    expect(degraded).toBe(true);
    expect(results[0]?.items).toHaveLength(2);
    expect((await client.similar([{ product: 'P001', first: 1 }])).results).toEqual([null]);
  } finally {
    await database.close();
  }
});
