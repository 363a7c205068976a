import { describe, expect, it } from 'vitest';
import { ClassificationPrequential, RegressionPrequential } from '../../../src/math/online/prequential.js';

describe('the prequential score', () => {
  it('of numbers: errors of the model and of the mean so far', () => {
    const prequential = new RegressionPrequential();
    const errors = [
      [3, 4],
      [5, 6],
      [5, 5],
    ].map(([p, y]) => prequential.add(p ?? 0, y ?? 0));
    // The mean so far says 0, 4 and 5: it errs by 4, 2 and 0, on average by 4, 3 and 2.
    expect(errors).toEqual([1 / 5, 1 / 4, 0]);
    expect(prequential.score()).toEqual({
      task: 'regression',
      examples: 3,
      meanAbsoluteError: 2 / 3,
      rootMeanSquaredError: Math.sqrt(2 / 3),
      baselineMeanAbsoluteError: 2,
    });
  });

  it('of chances: log loss and accuracy of the model and of the share', () => {
    const prequential = new ClassificationPrequential();
    const errors = [
      [0.8, 1],
      [0.4, 0],
      [0.3, 1],
      [0.5, 1],
    ].map(([p, y]) => prequential.add(p ?? 0, y ?? 0));
    expect(errors).toEqual([expect.closeTo(0.2, 12), 0.4, 0.7, 0.5]);
    const score = prequential.score();
    expect(score).toMatchObject({ task: 'classification', examples: 4, positiveShare: 0.75, accuracy: 0.75 });
    expect(score.logLoss).toBeCloseTo(-Math.log(0.8 * 0.6 * 0.3 * 0.5) / 4, 12);
    expect(score.baselineLogLoss).toBeCloseTo(-(3 * Math.log(3 / 4) + Math.log(1 / 4)) / 4, 12);
    expect(score.baselineAccuracy).toBe(0.75);
  });

  it('stays finite where a sure model was wrong, and is 0 before the first example', () => {
    const prequential = new ClassificationPrequential();
    expect(prequential.score()).toEqual({
      task: 'classification',
      examples: 0,
      positiveShare: 0,
      logLoss: 0,
      accuracy: 0,
      baselineLogLoss: 0,
      baselineAccuracy: 0,
    });
    prequential.add(0, 1);
    expect(prequential.score().logLoss).toBeCloseTo(52 * Math.LN2, 12);
    expect(() => new RegressionPrequential(new Float64Array(2))).toThrow('has 5 numbers, not 2');
  });
});
