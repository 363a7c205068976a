// The score of a learner on examples that it had not learned yet: each is predicted first (prequential).

import { FlywheelError } from '../../core/errors.js';

/** Numbers that were predicted before they were learned. With no example yet every figure is 0. */
export interface RegressionScore {
  readonly task: 'regression';
  readonly examples: number;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** The mean absolute error of always saying the mean of the outcomes so far (0 before the first). */
  readonly baselineMeanAbsoluteError: number;
}

/** Outcomes 0 or 1 that were predicted before they were learned. With no example yet every figure is 0. */
export interface ClassificationScore {
  readonly task: 'classification';
  readonly examples: number;
  /** The share of outcomes that are 1. */
  readonly positiveShare: number;
  /** Mean of -ln of the probability that was given to what happened. */
  readonly logLoss: number;
  /** The share of examples whose outcome had been given a probability of at least one half (for 1) or less (for 0). */
  readonly accuracy: number;
  /** The log loss of always saying the share of 1, as if it had been known from the start: their entropy. */
  readonly baselineLogLoss: number;
  /** The accuracy of always saying the more frequent outcome, as if it had been known from the start. */
  readonly baselineAccuracy: number;
}

export interface Prequential<Score> {
  /** Counts an example: what was predicted of it and what it was. Returns its error between 0 and 1. */
  add(prediction: number, outcome: number): number;
  score(): Score;
}

/** How many numbers the memory of either score has. */
export const prequentialLength = 5;

const countAt = 0;

/** Running sums of a score; `memory` is all there is of the state, and zeros are a new score. */
class Sums {
  constructor(private readonly memory: Float64Array) {
    if (memory.length === prequentialLength) return;
    throw new FlywheelError(
      'BAD_INPUT',
      `The memory of a score has ${prequentialLength} numbers, not ${memory.length}.`,
    );
  }

  at(index: number): number {
    return this.memory[index] ?? 0;
  }

  add(index: number, by: number): void {
    this.memory[index] = this.at(index) + by;
  }

  mean(index: number): number {
    const count = this.at(countAt);
    return count === 0 ? 0 : this.at(index) / count;
  }
}

// Where the sums of a regression's score stand.
const absoluteAt = 1;
const squaredAt = 2;
const outcomesAt = 3;
const baselineAt = 4;

/**
 * Prequential error of a regression (A. P. Dawid, "Statistical Theory: The Prequential Approach", JRSS A 147(2), 1984).
 * The error between 0 and 1 is e / (e + m): e the absolute error, m the mean absolute error of the baseline. A copy of
 * `memory` goes on exactly where the original stood.
 */
export class RegressionPrequential implements Prequential<RegressionScore> {
  private readonly sums: Sums;

  constructor(memory: Float64Array = new Float64Array(prequentialLength)) {
    this.sums = new Sums(memory);
  }

  add(prediction: number, outcome: number): number {
    const { sums } = this;
    const error = Math.abs(outcome - prediction);
    sums.add(baselineAt, Math.abs(outcome - sums.mean(outcomesAt)));
    sums.add(absoluteAt, error);
    sums.add(squaredAt, error * error);
    sums.add(outcomesAt, outcome);
    sums.add(countAt, 1);
    return error === 0 ? 0 : error / (error + sums.mean(baselineAt));
  }

  score(): RegressionScore {
    const { sums } = this;
    return {
      task: 'regression',
      examples: sums.at(countAt),
      meanAbsoluteError: sums.mean(absoluteAt),
      rootMeanSquaredError: Math.sqrt(sums.mean(squaredAt)),
      baselineMeanAbsoluteError: sums.mean(baselineAt),
    };
  }
}

// Where the sums of a classification's score stand.
const onesAt = 1;
const lossAt = 2;
const hitsAt = 3;

/**
 * Prequential log loss and accuracy of probabilities of 1; the error between 0 and 1 is |p - y|. A copy of `memory`
 * goes on exactly where the original stood.
 */
export class ClassificationPrequential implements Prequential<ClassificationScore> {
  private readonly sums: Sums;

  constructor(memory: Float64Array = new Float64Array(prequentialLength)) {
    this.sums = new Sums(memory);
  }

  add(prediction: number, outcome: number): number {
    const { sums } = this;
    const positive = outcome === 1;
    sums.add(lossAt, surprise(prediction, outcome));
    sums.add(hitsAt, prediction >= 0.5 === positive ? 1 : 0);
    sums.add(onesAt, positive ? 1 : 0);
    sums.add(countAt, 1);
    return Math.abs(outcome - prediction);
  }

  score(): ClassificationScore {
    const { sums } = this;
    const share = sums.mean(onesAt);
    return {
      task: 'classification',
      examples: sums.at(countAt),
      positiveShare: share,
      logLoss: sums.mean(lossAt),
      accuracy: sums.mean(hitsAt),
      // The mean surprise of outcomes whose share of 1 is known.
      baselineLogLoss: share * surprise(share, 1) + (1 - share) * surprise(share, 0),
      baselineAccuracy: sums.at(countAt) === 0 ? 0 : Math.max(share, 1 - share),
    };
  }
}

/** -ln of the probability that was given to what happened; a probability of 0 counts as 2^-52. */
function surprise(probability: number, outcome: number): number {
  return -Math.log(Math.max(Number.EPSILON, outcome === 1 ? probability : 1 - probability));
}
