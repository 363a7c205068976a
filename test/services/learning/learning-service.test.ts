// Learning as a gateway calls it, in threads and behind HTTP.

import { describe, expect, it } from 'vitest';
import { createServiceClient } from '../../../src/services/host/client.js';
import { learningBaselines } from '../../../src/services/learning/baseline.js';
import { learnNext } from '../../../src/services/learning/consume.js';
import { type LearningService, learningMethods } from '../../../src/services/learning/contract.js';
import { blockOf } from '../../../src/services/learning/example-block.js';
import { learners } from '../../../src/services/learning/learners.js';
import { readyLearner } from '../../../src/services/learning/ready-learner.js';
import { addBlocks } from '../../../src/warehouse/examples.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { describeLearningService, lineExamples } from '../../contracts/learning-service.js';
import { hostService, type ServingWay, servingWays } from '../../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

/** As events bring the examples and the learner reads them. */
async function learnLine(database: TestDatabase): Promise<void> {
  const examples = blockOf(lineExamples.map(({ outcome, ...features }) => ({ features, outcome })));
  const block = { learner: 'line', count: lineExamples.length, examples };
  await inTransaction(database, (session) => addBlocks(session, [block]));
  for (const learner of learners) await learnNext(database, readyLearner(learner));
}

async function open(way: ServingWay) {
  const database = await createTestDatabase();
  const hosted = await hostService({ service: 'learning', database, way });
  return {
    database,
    carry: hosted.carry,
    async close() {
      await hosted.close();
      await database.close();
    },
  };
}

for (const way of servingWays) {
  describeLearningService(way, async () => {
    const opened = await open(way);
    await learnLine(opened.database);
    return opened;
  });
}

describe.each(servingWays)('learning %s', { timeout: 60_000 }, (way) => {
  it('predicts from what was learned a moment ago', async () => {
    const { database, carry, close } = await open(way);
    try {
      const client: LearningService = createServiceClient({
        service: 'learning',
        methods: learningMethods,
        carry,
        baselines: learningBaselines,
        deadlineMs: 30_000,
      });
      const item = { model: 'line', features: [15, 16] };
      expect((await client.predict([item])).results).toEqual([{ prediction: 0, examples: 0 }]);
      await learnLine(database);
      const { results, model, degraded } = await client.predict([item]);
      expect({ model, degraded }).toEqual({ model: 'learning/line@1', degraded: false });
      expect(results[0]?.prediction).toBeCloseTo(19.29666937250204, 12);
      const list = (await client.learners([{}])).results[0];
      expect(list?.map(({ name }) => name)).toEqual(learners.map(({ name }) => name));
      // Refused before they can look like a fault of the service, which would be left alone for everybody.
      for (let round = 0; round < 6; round += 1) {
        await expect(client.predict([{ model: 'line', features: [1e308, -1e308] }])).rejects.toMatchObject({
          code: 'BAD_INPUT',
          message: expect.stringContaining('1e+100'),
        });
      }
      expect((await client.predict([{ model: 'line', features: [1e100, 1e100] }])).results[0]).toMatchObject({
        prediction: expect.any(Number),
        examples: 3,
      });
      expect(await client.predict([item])).toMatchObject({ degraded: false });
      await expect(client.predict([{ model: 'curve', features: [] }])).rejects.toThrow(
        'line, click, purchase, response',
      );
      const candidates = ['P1', 'P2'].map((product) => ({ product, category: 'GARDEN', recommended: 0.5 }));
      const asked = { customer: { customer: 'C1', segment: null }, candidates };
      expect(await client.score([{ model: 'response', ...asked }])).toMatchObject({
        results: [{ predictions: [0.5, 0.5], examples: 0 }],
        model: 'learning/response@1',
        degraded: false,
      });
      for (let round = 0; round < 6; round += 1)
        await expect(client.score([{ model: 'line', ...asked }])).rejects.toMatchObject({
          code: 'BAD_INPUT',
        });
      expect(await client.score([{ model: 'response', ...asked }])).toMatchObject({ degraded: false });
    } finally {
      await close();
    }
  });
});
