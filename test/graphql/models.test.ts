// Models through the API: what is told of them, who may let another serve, and that answers come from it then.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/scope.js';
import { segmentationWorkshop } from '../../src/services/segmentation/workshop.js';
import { fillFiveCustomers } from '../services/segmentation/five-customers.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { trainTestModel } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { askAs, roleKeys } from '../support/roles.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

let database: TestDatabase;
let gateway: Gateway;
let paths: TwoPaths;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillFiveCustomers(database.pool);
  for (const clusters of [2, 3]) await trainTestModel(segmentationWorkshop, database, { clusters });
  gateway = await startGateway(database, roleKeys);
  paths = await createTwoPaths(database);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

const ask = (query: string, role: Role = 'operator') => askAs(role, gateway.url, query);

async function stand(): Promise<string[]> {
  const { data } = await ask('{ models(service: SEGMENTATION) { name status } }', 'reader');
  return data.models.map(({ name, status }: Record<string, string>) => `${name} ${status}`);
}

/** What segmentation answers at the moment. */
async function answerNow(): Promise<string> {
  return (await paths.planned('{ segments { model items { name size clusters centre { spend } } } }')).text;
}

describe('models', () => {
  it('tell what they were trained on and how good they are, to every role', async () => {
    const { data, errors } = await ask(
      `{ models { name service version status trainedAt promotedAt sizeBytes kept rows { name count } dataFrom dataTo seed
         parameters quality { measure value } decidedBy { measure better } } }`,
      'reader',
    );
    expect(errors).toBeUndefined();
    expect(data.models).toHaveLength(2);
    const [newest, first] = data.models;
    expect(newest).toMatchObject({
      name: 'segmentation/2',
      service: 'SEGMENTATION',
      version: 2,
      status: 'CHAMPION',
      seed: 1,
      dataTo: '2024-01-31T23:30:00.000Z',
    });
    expect(newest.rows).toContainEqual({ name: 'customers', count: 5 });
    expect(JSON.parse(newest.parameters)).toMatchObject({ clusters: 3 });
    const measures = newest.quality.map(({ measure }: { measure: string }) => measure);
    expect(measures).toContain(newest.decidedBy.measure);
    expect(['LARGER', 'SMALLER']).toContain(newest.decidedBy.better);
    expect(newest.sizeBytes).toBeGreaterThan(0);
    expect(newest.kept).toBe(true);
    expect(Date.parse(newest.promotedAt)).toBeGreaterThanOrEqual(Date.parse(newest.trainedAt));
    expect(first).toMatchObject({ version: 1, status: 'RETIRED' });
  });

  it('say what was done with them and why', async () => {
    const read = '{ models(service: SEGMENTATION) { name role steps { step at reason figures } } }';
    const step = (name: string, reason: string) => ({
      step: name,
      at: expect.any(String),
      reason,
      figures: null,
    });
    expect((await ask(read, 'reader')).data.models).toEqual([
      {
        name: 'segmentation/2',
        role: 'CHAMPION',
        steps: [step('PROMOTED', expect.any(String))],
      },
      {
        name: 'segmentation/1',
        role: null,
        steps: [step('PROMOTED', 'It is the first model of its service.')],
      },
    ]);
  });

  it('are given by service, and as many as are asked for', async () => {
    const { data } = await ask(
      '{ one: models(service: SEGMENTATION, first: 1) { version } none: models(service: FORECASTING) { version } }',
    );
    expect(data).toEqual({ one: [{ version: 2 }], none: [] });
    for (const [first, code] of [
      [-1, 'BAD_INPUT'],
      [1_001, 'LIMIT_EXCEEDED'],
    ]) {
      const { errors } = await ask(`{ models(first: ${first}) { version } }`);
      expect(errors).toMatchObject([{ extensions: { code }, path: ['models'] }]);
    }
  });

  it('count among the rows that a request may touch', async () => {
    const many = Array.from(
      { length: 40 },
      (_, n) => `m${n}: models(first: 1000) { rows { name } quality { value } }`,
    );
    const { errors } = await ask(`{ ${many.join(' ')} }`);
    // 1,000 models, each with itself and two lists.
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', cost: 40 * 1_000 * 3 } }]);
  });

  it.each(['reader', 'writer'] as const)('are not changed by a %s', async (role) => {
    const before = await stand();
    for (const [mutation, what] of [
      ['promote(service: SEGMENTATION, version: 1)', 'promote models'],
      ['rollback(service: SEGMENTATION)', 'roll models back'],
    ]) {
      const { errors } = await ask(`mutation { ${mutation} { version } }`, role);
      const message = `This key has the role ${role}; to ${what}, use a key with the role operator.`;
      expect(errors).toMatchObject([{ message, extensions: { code: 'FORBIDDEN' } }]);
    }
    expect(await stand()).toEqual(before);
  });

  it('serve when they are promoted, and after a rollback answers are what they were', async () => {
    const before = await answerNow();
    expect(before).toContain('"segmentation/2"');
    const promoted = await ask('mutation { promote(service: SEGMENTATION, version: 1) { name status } }');
    expect(promoted).toEqual({ data: { promote: { name: 'segmentation/1', status: 'CHAMPION' } } });
    expect(await stand()).toEqual(['segmentation/2 RETIRED', 'segmentation/1 CHAMPION']);
    expect(await answerNow()).toContain('"segmentation/1"');

    const rolledBack = await ask('mutation { rollback(service: SEGMENTATION) { name status } }');
    expect(rolledBack).toEqual({ data: { rollback: { name: 'segmentation/2', status: 'CHAMPION' } } });
    expect(await answerNow()).toBe(before);
  });

  it('that are not there cannot serve', async () => {
    const { errors } = await ask('mutation { promote(service: RECOMMENDATION, version: 9) { version } }');
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    const rollback = await ask('mutation { rollback(service: RECOMMENDATION) { version } }');
    expect(rollback.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  });
});
