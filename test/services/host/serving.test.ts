// What a thread serves: the champion, or, where nothing is trained, what needs no warehouse to start.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forecastingWorkshop } from '../../../src/services/forecasting/workshop.js';
import { createModelStore } from '../../../src/services/host/registry.js';
import { startServing } from '../../../src/services/host/serving.js';
import { createDatabase, type Database } from '../../../src/warehouse/database.js';
import { eventually } from '../../contracts/log-server.js';
import { multiplierWorkshop } from './multiplier.js';

describe('without a warehouse', () => {
  let nowhere: Database;

  beforeAll(() => {
    // Nothing listens there.
    nowhere = createDatabase({ url: 'postgresql://flywheel@127.0.0.1:1/flywheel', poolSize: 1 });
  });
  afterAll(() => nowhere.close());

  const serve = (workshop: typeof forecastingWorkshop) => {
    const faults: unknown[] = [];
    const store = createModelStore(nowhere);
    const onFault = (error: unknown) => faults.push(error);
    return { faults, serving: startServing({ workshop, store, database: nowhere, onFault }) };
  };

  it('a service that is never trained answers all the same', async () => {
    const { faults, serving } = serve(forecastingWorkshop);
    const handler = await serving.handler();
    const { signal } = new AbortController();
    const item = { values: [4, 7], period: 1, horizon: 1, method: 'naive' };
    expect((await handler('forecast', [item], { signal })).results).toMatchObject([{ mean: [7] }]);
    expect(faults).toEqual([]);
  });

  it('one that is trained waits for its champion, and says why', async () => {
    const { faults } = serve(multiplierWorkshop);
    await eventually(async () => expect(faults.length).toBeGreaterThan(0));
  });
});
