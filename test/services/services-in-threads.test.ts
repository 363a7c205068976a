// A whole gateway with its services in threads: from an empty registry to answers of models, and back by one.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../contracts/log-server.js';
import { type Gateway, servicesInThreads, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop, smallShop } from '../support/small-shop.js';

let database: TestDatabase;
let gateway: Gateway;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  gateway = await startGateway(database, servicesInThreads, ['gateway', 'pipeline']);
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
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data;
}

const segments = '{ segments { items { name size } model degraded } }';
const everybody = `{ customers(first: 50) { nodes { segment { name cluster } } } }`;

it('answers what needs no model at once', async () => {
  await eventually(async () => {
    const { forecast, predict, recommendations } = await ask(`{
      forecast(metric: UNITS, grain: MONTH, horizon: 2) { degraded }
      predict(model: "line", features: [1, 2]) { value degraded }
      recommendations(customer: "nobody", first: 4) { items { score } model degraded }
    }`);
    expect({ forecast, predict }).toEqual({
      forecast: { degraded: false },
      predict: { value: 0, degraded: false },
    });
    expect(recommendations).toMatchObject({ model: null, degraded: false });
    expect(recommendations.items).toHaveLength(4);
  });
});

it('answers by each model in turn, and after a rollback as before', { timeout: 120_000 }, async () => {
  const train = async (version: number) => {
    await ask(`mutation { train(service: SEGMENTATION, seed: ${version}) { state } }`);
    await eventually(async () => {
      const { trainings } = await ask('{ trainings(service: SEGMENTATION, first: 1) { version } }');
      expect(trainings).toEqual([{ version }]);
    });
  };
  const answeredBy = (version: number) =>
    eventually(async () => {
      const answer = await ask(segments);
      expect(answer.segments).toMatchObject({ model: `segmentation/${version}`, degraded: false });
    });
  await train(1);
  await answeredBy(1);
  const before = JSON.stringify(await ask(everybody));
  await train(2);
  await ask('mutation { promote(service: SEGMENTATION, version: 2) { status } }');
  await answeredBy(2);
  await ask('mutation { rollback(service: SEGMENTATION) { version } }');
  await answeredBy(1);
  expect(JSON.stringify(await ask(everybody))).toBe(before);
});

it('keeps the segment of every customer, by which lists and reports are filtered', async () => {
  const { segments: known } = await ask(segments);
  const [{ name }] = known.items;
  await eventually(async () => {
    const { customers, all } = await ask(`{
      customers(first: 50, filter: { segment: { equals: ${name} } }) { totalCount nodes { segment { name } } }
      all: report(metrics: [CUSTOMERS], by: [SEGMENT]) { rows { keys { value } values { value } } }
    }`);
    expect(customers.totalCount).toBeGreaterThan(0);
    expect(customers.nodes.every(({ segment }: { segment: { name: string } }) => segment.name === name)).toBe(
      true,
    );
    const counted = all.rows.reduce(
      (sum: number, { values }: { values: { value: number }[] }) => sum + (values[0]?.value ?? 0),
      0,
    );
    expect(counted).toBeLessThanOrEqual(smallShop.customers);
    expect(all.rows.some(({ keys }: { keys: { value: string }[] }) => keys[0]?.value === name)).toBe(true);
  });
});
