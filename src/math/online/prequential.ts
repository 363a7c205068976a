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
function sums(memory: Float64Array): {
  at: (index: number) => number;
  add: (index: number, by: number) => void;
  mean: (index: number) => number;
} {
  if (memory.length !== prequentialLength) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The memory of a score has ${prequentialLength} numbers, not ${memory.length}.`,
    );
  }
  const at = (index: number) => memory[index] ?? 0;
  return {
    at,
    add: (index, by) => {
      memory[index] = at(index) + by;
    },
    mean: (index) => (at(countAt) === 0 ? 0 : at(index) / at(countAt)),
  };
}

/**
 * Prequential error of a regression (A. P. Dawid, "Statistical Theory: The Prequential Approach", JRSS A 147(2), 1984).
 * The error between 0 and 1 is e / (e + m): e the absolute error, m the mean absolute error of the baseline. A copy
 * of `memory` goes on exactly where the original stood.
 */
export function createRegressionScore(
  memory: Float64Array = new Float64Array(prequentialLength),
): Prequential<RegressionScore> {
  const [absolute, squared, outcomes, baseline] = [1, 2, 3, 4];
  const { at, add, mean } = sums(memory);
  return {
    add(prediction, outcome) {
      const error = outcome - prediction;
      add(baseline, Math.abs(outcome - mean(outcomes)));
      add(absolute, Math.abs(error));
      add(squared, error * error);
      add(outcomes, outcome);
      add(countAt, 1);
      return error === 0 ? 0 : Math.abs(error) / (Math.abs(error) + mean(baseline));
    },
    score: () => ({
      task: 'regression',
      examples: at(countAt),
      meanAbsoluteError: mean(absolute),
      rootMeanSquaredError: Math.sqrt(mean(squared)),
      baselineMeanAbsoluteError: mean(baseline),
    }),
  };
}

/** -ln of the probability that was given to what happened; a probability of 0 counts as 2^-52. */
function surprise(probability: number, outcome: number): number {
  return -Math.log(Math.max(Number.EPSILON, outcome === 1 ? probability : 1 - probability));
}

/** The mean surprise of outcomes whose share of 1 is known. */
function entropy(share: number): number {
  return share * surprise(share, 1) + (1 - share) * surprise(share, 0);
}

/**
 * Prequential log loss and accuracy of probabilities of 1; the error between 0 and 1 is |p - y|. A copy of `memory`
 * goes on exactly where the original stood.
 */
export function createClassificationScore(
  memory: Float64Array = new Float64Array(prequentialLength),
): Prequential<ClassificationScore> {
  const [ones, loss, hits] = [1, 2, 3];
  const { at, add, mean } = sums(memory);
  return {
    add(prediction, outcome) {
      const positive = outcome === 1;
      add(loss, surprise(prediction, outcome));
      add(hits, prediction >= 0.5 === positive ? 1 : 0);
      add(ones, positive ? 1 : 0);
      add(countAt, 1);
      return Math.abs(outcome - prediction);
    },
    score: () => ({
      task: 'classification',
      examples: at(countAt),
      positiveShare: mean(ones),
      logLoss: mean(loss),
      accuracy: mean(hits),
      baselineLogLoss: entropy(mean(ones)),
      baselineAccuracy: at(countAt) === 0 ? 0 : Math.max(mean(ones), 1 - mean(ones)),
    }),
  };
}
