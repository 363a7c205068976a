// Forecasting as a gateway calls it, in threads and behind HTTP.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forecastingBaselines } from '../../../src/services/forecasting/baseline.js';
import { type ForecastingService, forecastingMethods } from '../../../src/services/forecasting/contract.js';
import { createServiceClient } from '../../../src/services/host/client.js';
import { type HostedService, hostService, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const service = 'forecasting';

describe.each(servingWays)('forecasting %s', { timeout: 60_000 }, (way) => {
  let database: TestDatabase;
  let hosted: HostedService;
  let client: ForecastingService;

  beforeAll(async () => {
    database = await createTestDatabase();
    hosted = await hostService({ service, database, way });
    client = createServiceClient({
      service,
      methods: forecastingMethods,
      carry: hosted.carry,
      baselines: forecastingBaselines,
      deadlineMs: 30_000,
    });
  }, 60_000);

  afterAll(async () => {
    await hosted?.close();
    await database?.close();
  });

  it('forecasts a batch, gaps and all, by the version of its methods', async () => {
    const year = [200, 220, 240, 260, 250, 300, 320, 340, 360, 380, 400, 420];
    const { results, model, degraded } = await client.forecast([
      { values: year, period: 12, horizon: 3, method: 'holt' },
      { values: [3, null, 5], period: 7, horizon: 2, levels: [0.5, 0.9] },
    ]);
    expect({ model, degraded }).toEqual({ model: 'forecasting/2', degraded: false });
    [439.545451, 459.860136, 480.17482].forEach((expected, h) => {
      expect(results[0]?.mean[h]).toBeCloseTo(expected, 4);
    });
    expect(results[1]?.notes.map(({ code }) => code)).toContain('GAPS_FILLED');
    expect(results[1]?.intervals.map(({ level }) => level)).toEqual([0.5, 0.9]);
  });

  it('cannot be trained', async () => {
    await expect(hosted.train(1)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
