// One operation that asks the warehouse and all four services, while each of the services is killed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceName, serviceNames } from '../../src/services/host/registry-contract.js';
import { recommendationWorkshop } from '../../src/services/recommendation/workshop.js';
import { segmentationWorkshop } from '../../src/services/segmentation/workshop.js';
import { eventually } from '../contracts/log-server.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { trainTestModel } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';
import { fillSmallShop } from '../support/small-shop.js';

/** `degraded` of each service stands under its name. */
const everything = `{
  sales(first: 1) { nodes { id } }
  report(metrics: [REVENUE]) { totals { value } }
  customer(code: "C002") {
    recommendation: recommendations(first: 3) { items { product { code } } degraded }
    segmentation: segment { name degraded }
  }
  forecasting: forecast(metric: UNITS, grain: MONTH, horizon: 3) { points { value } degraded }
  learning: predict(model: "line", features: [1, 2]) { value degraded }
}`;

const address = /answers at (http:\/\/\S+)/;

describe('services on another machine', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let gateway: Gateway;
  const programs = new Map<ServiceName, RunningProgram>();
  const ports = new Map<ServiceName, string>();

  async function serve(service: ServiceName): Promise<string> {
    const port = ports.get(service) ?? '0';
    const program = runProgram('node', [launcher, 'serve', service, '--port', port], {
      env: { DATABASE_URL: database.url },
    });
    programs.set(service, program);
    const url = address.exec(await program.saying(address))?.[1] ?? '';
    ports.set(service, new URL(url).port);
    return url;
  }

  async function kill(service: ServiceName): Promise<void> {
    const program = programs.get(service);
    if (program === undefined) return;
    programs.delete(service);
    program.interrupt('SIGKILL');
    await program.ended;
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    await trainTestModel(recommendationWorkshop, database);
    await trainTestModel(segmentationWorkshop, database);
    const urls = await Promise.all(serviceNames.map(serve));
    const settings = serviceNames.map((service, place) => [
      `${service.toUpperCase()}_URL`,
      urls[place] ?? '',
    ]);
    gateway = await startGateway(database, Object.fromEntries(settings));
  }, 120_000);

  afterAll(async () => {
    await gateway?.close();
    await Promise.all(serviceNames.map(kill));
    await database?.close();
  });

  async function ask() {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: everything }),
    });
    const { data, errors } = await response.json();
    expect({ status: response.status, errors }).toEqual({ status: 200, errors: undefined });
    expect(data.sales.nodes).toHaveLength(1);
    expect(data.report.totals).toHaveLength(1);
    const { customer, forecasting, learning } = data;
    return { ...customer, forecasting, learning };
  }

  async function degradedOnes(): Promise<readonly string[]> {
    const answer = await ask();
    return serviceNames.filter((service) => answer[service].degraded);
  }

  it('are asked like those in threads', async () => {
    await eventually(async () => expect(await degradedOnes()).toEqual([]));
    const answer = await ask();
    expect(answer.recommendation.items).toHaveLength(3);
    expect(answer.segmentation.name).not.toBeNull();
    expect(answer.forecasting.points).toHaveLength(3);
    expect(answer.learning.value).toBe(0);
  });

  it('are killed one after another under load, and no request fails for it', async () => {
    const before = await ask();
    let loading = true;
    let answered = 0;
    const readers = Array.from({ length: 4 }, async () => {
      while (loading) {
        await ask();
        answered += 1;
      }
    });
    try {
      for (const service of serviceNames) {
        await kill(service);
        await eventually(async () => expect(await degradedOnes()).toEqual([service]));
        const answer = await ask();
        // What was answered before is remembered.
        expect({ ...answer[service], degraded: false }).toEqual(before[service]);
        const since = answered;
        await eventually(async () => expect(answered).toBeGreaterThan(since + 20));
        await serve(service);
        await eventually(async () => expect(await degradedOnes()).toEqual([]));
      }
    } finally {
      loading = false;
      await Promise.all(readers);
    }
  });

  it('are degraded, and the rest is whole, where all of them are gone', async () => {
    await Promise.all(serviceNames.map(kill));
    await eventually(async () => expect(await degradedOnes()).toEqual([...serviceNames]));
  });
});
