// The contract of learning: what every server of it answers, once its learner `line` has seen three examples.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../src/services/host/client.js';
import type { Carry } from '../../src/services/host/service-contract.js';
import { learningBaselines } from '../../src/services/learning/baseline.js';
import { type LearningService, learningMethods } from '../../src/services/learning/contract.js';
import { contractTimeoutMs } from './log-server.js';

/** [10, 11], [11, 12] and [12, 13] with 4, 5 and 6, which `line` learns one after the other. */
export const lineExamples = [4, 5, 6].map((outcome, at) => ({ x1: 10 + at, x2: 11 + at, outcome }));

export interface LearnedLine {
  readonly carry: Carry;
  close(): Promise<void>;
}

/** `open` resolves to a server whose learner `line` has learned the examples. */
export function describeLearningService(name: string, open: () => Promise<LearnedLine>): void {
  describe(`learning: ${name}`, { timeout: contractTimeoutMs }, () => {
    let opened: LearnedLine | undefined;
    let client: LearningService;

    beforeAll(async () => {
      opened = await open();
      client = createServiceClient({
        service: 'learning',
        methods: learningMethods,
        carry: opened.carry,
        baselines: learningBaselines,
        deadlineMs: 30_000,
      });
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    it("predicts by scikit-learn's rule, each item at its place", async () => {
      const { results, model, degraded } = await client.predict([
        { model: 'line', features: [15, 16] },
        { model: 'line', features: [0, 0] },
        { model: 'line', features: [10, 0] },
      ]);
      expect(degraded).toBe(false);
      expect(model).toEqual(expect.any(String));
      [19.29666937250204, 0.05281820011515216, 5.987902236399913].forEach((expected, at) => {
        expect(results[at]?.prediction).toBeCloseTo(expected, 8);
        expect(results[at]?.examples).toBe(lineExamples.length);
      });
      expect(await client.predict([])).toMatchObject({ results: [], degraded: false });
    });

    it('gives each of many calls at once its own answer', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, x1) => client.predict([{ model: 'line', features: [x1, 0] }])),
      );
      answers.forEach(({ results, degraded }, x1) => {
        expect(degraded).toBe(false);
        expect(results[0]?.prediction).toBeCloseTo(0.05281820011515216 + x1 * 0.5935084036284761, 8);
      });
    });

    it('lists its learners with the score of what they predicted before they learned it', async () => {
      const { results, degraded } = await client.learners([{}, {}]);
      expect(degraded).toBe(false);
      expect(results[1]).toEqual(results[0]);
      const line = results[0]?.find((learner) => learner.name === 'line');
      expect(line).toMatchObject({
        task: 'regression',
        columns: ['x1', 'x2'],
        score: { examples: 3, accuracy: null },
        drifts: 0,
        lastDrift: null,
      });
      expect(line?.score?.loss).toBeCloseTo((4 + 4.72 + 6.910508667423157) / 3, 8);
      expect(line?.score?.baselineLoss).toBeCloseTo((4 + 1 + 1.5) / 3, 8);
    });

    it('refuses with a reason what it cannot take', async () => {
      await expect(client.predict([{ model: 'curve', features: [] }])).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringMatching(/curve.*line/),
      });
      await expect(client.predict([{ model: 'line', features: [1, 2, 3] }])).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining('x1, x2'),
      });
      const about = { customer: '17850', product: '22423' };
      const amiss = [{}, { about }, { about: {} }, { features: [1, 2], about }];
      for (const asked of amiss) {
        await expect(client.predict([{ model: 'line', ...asked }])).rejects.toMatchObject({
          code: 'BAD_INPUT',
          message: expect.stringContaining('features'),
        });
      }
      expect(await client.learners([{}])).toMatchObject({ degraded: false });
    });
  });
}
