// Learning as a gateway calls it, in threads and behind HTTP.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../../src/services/host/client.js';
import { learningBaselines } from '../../../src/services/learning/baseline.js';
import { learnNext } from '../../../src/services/learning/consume.js';
import { type LearningService, learningMethods } from '../../../src/services/learning/contract.js';
import { blockOf } from '../../../src/services/learning/example-block.js';
import { learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { addBlocks } from '../../../src/warehouse/examples.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { type HostedService, hostService, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const service = 'learning';

describe.each(servingWays)('learning %s', { timeout: 60_000 }, (way) => {
  let database: TestDatabase;
  let hosted: HostedService;
  let client: LearningService;

  beforeAll(async () => {
    database = await createTestDatabase();
    hosted = await hostService({ service, database, way });
    client = createServiceClient({
      service,
      methods: learningMethods,
      carry: hosted.carry,
      baselines: learningBaselines,
      deadlineMs: 30_000,
    });
  }, 60_000);

  afterAll(async () => {
    await hosted?.close();
    await database?.close();
  });

  it('predicts from what was learned a moment ago', async () => {
    const item = { model: 'line', features: [15, 16] };
    expect((await client.predict([item])).results).toEqual([{ prediction: 0, examples: 0 }]);
    const examples = blockOf(
      [4, 5, 6].map((outcome, at) => ({ features: { x1: 10 + at, x2: 11 + at }, outcome })),
    );
    await inTransaction(database, (session) => addBlocks(session, [{ learner: 'line', count: 3, examples }]));
    for (const learner of learners) await learnNext(database, readyLearner(learner));
    const { results, model, degraded } = await client.predict([item]);
    expect({ model, degraded }).toEqual({ model: 'learning/line@1', degraded: false });
    expect(results[0]?.prediction).toBeCloseTo(19.29666937250204, 12);
    const list = (await client.learners([{}])).results[0];
    expect(list?.map(({ name }) => name)).toEqual(learners.map(({ name }) => name));
  });

  it('refuses a learner that is not there with the names of those that are', async () => {
    await expect(client.predict([{ model: 'curve', features: [] }])).rejects.toThrow('line, click, purchase');
  });
});
