// Segmentation as a gateway calls it, in threads and behind HTTP.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../../src/services/host/client.js';
import { segmentationBaselines } from '../../../src/services/segmentation/baseline.js';
import {
  type SegmentationService,
  segmentationMethods,
} from '../../../src/services/segmentation/contract.js';
import { eventually } from '../../contracts/log-server.js';
import { type HostedService, hostService, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

const service = 'segmentation';

describe.each(servingWays)('segmentation %s', { timeout: 60_000 }, (way) => {
  let database: TestDatabase;
  let hosted: HostedService;
  let client: SegmentationService;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    hosted = await hostService({ service, database, way });
    client = createServiceClient({
      service,
      methods: segmentationMethods,
      carry: hosted.carry,
      baselines: segmentationBaselines,
      deadlineMs: 30_000,
    });
  }, 60_000);

  afterAll(async () => {
    await hosted?.close();
    await database?.close();
  });

  const customers = ['C002', 'C003', 'nobody'].map((customer) => ({ customer }));

  it('knows nobody before the first training', async () => {
    expect(await client.assign(customers)).toEqual({
      results: [null, null, null],
      model: null,
      degraded: false,
    });
  });

  it('answers by the model that was trained, and the same after a rollback', async () => {
    const first = await hosted.train(1);
    expect(first).toMatchObject({ version: 1, status: 'champion' });
    await eventually(async () => expect((await client.segments([{}])).model).toBe('segmentation/1'));
    const before = await client.assign(customers);
    expect(before).toMatchObject({ model: 'segmentation/1', degraded: false });
    expect(before.results.map((each) => each?.segment !== undefined)).toEqual([true, true, false]);
    const listed = (await client.segments([{}])).results[0] ?? [];
    expect(listed.map(({ name }) => name)).toContain(before.results[0]?.segment);

    const second = await hosted.train(2);
    await hosted.registry.promote(service, second.version);
    await eventually(async () => expect((await client.segments([{}])).model).toBe('segmentation/2'));
    await hosted.registry.rollback(service);
    await eventually(async () => expect((await client.segments([{}])).model).toBe('segmentation/1'));
    expect(JSON.stringify(await client.assign(customers))).toBe(JSON.stringify(before));
  });
});
