// A learner that reads a sequence of examples once: it scales, predicts, scores itself, watches for drift and learns.

import { FlywheelError } from '../../core/errors.js';
import { type AdwinParameters, adwinDefaults, adwinLength, createAdwin } from './adwin.js';
import {
  type ClassificationScore,
  createClassificationScore,
  createRegressionScore,
  prequentialLength,
  type RegressionScore,
} from './prequential.js';
import { createRunningScaler, runningScalerLength } from './running-scaler.js';
import { createSgd, interceptAt, type SgdParameters, sgdDefaults, sgdLength, weightsAt } from './sgd.js';

export interface LearnerParameters {
  /** `regression`: numbers. `classification`: the probability that the outcome is 1 and not 0. */
  readonly task: 'regression' | 'classification';
  /** How many numbers an example has. */
  readonly features: number;
  /** The columns that are standardised by what was seen of them so far. */
  readonly scaledColumns: readonly number[];
  readonly sgd?: Omit<SgdParameters, 'loss'>;
  readonly adwin?: AdwinParameters;
}

export interface Learner {
  /** The expected number, or the probability of 1. */
  predict(x: Float64Array): number;
  /** Scores what `predict` says of x, then learns its outcome y; `drift` is true when a change was seen at it. */
  learn(x: Float64Array, y: number): { readonly prediction: number; readonly drift: boolean };
  report(): LearnerReport;
}

export interface LearnerReport {
  readonly score: RegressionScore | ClassificationScore;
  readonly intercept: number;
  /** One weight per column, of the scaled value where the column is scaled. */
  readonly weights: readonly number[];
  readonly drifts: number;
  /** The example (1 is the first) at which the last change was seen; 0 is none. */
  readonly lastDrift: number;
}

const driftsAt = 0;
const lastDriftAt = 1;
const headLength = 2;

/** How many numbers the memory of a learner has. */
export function learnerLength({ features, scaledColumns, adwin = adwinDefaults }: LearnerParameters): number {
  const scaler = runningScalerLength(scaledColumns.length);
  return headLength + sgdLength(features) + scaler + prequentialLength + adwinLength(adwin);
}

/**
 * Makes a learner over its memory of `learnerLength` numbers, which is all there is of its state: zeros are a new
 * learner, and a copy of it goes on exactly where the original stood, to the last bit. The same examples in the same
 * order always give the same memory.
 *
 * Drift is watched (ADWIN) on the errors between 0 and 1 that the score gives.
 */
export function createLearner(
  parameters: LearnerParameters,
  memory: Float64Array = new Float64Array(learnerLength(parameters)),
): Learner {
  const { task, features, scaledColumns, sgd = sgdDefaults, adwin = adwinDefaults } = parameters;
  if (memory.length !== learnerLength(parameters)) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The state of this learner has ${learnerLength(parameters)} numbers, not ${memory.length}: it was made for other features or parameters, so start it anew from the first example.`,
    );
  }
  let taken = headLength;
  const part = (length: number): Float64Array => {
    taken += length;
    return memory.subarray(taken - length, taken);
  };
  const model = part(sgdLength(features));
  const line = createSgd({ ...sgd, loss: task === 'regression' ? 'squared' : 'log' }, model);
  const scaler = createRunningScaler(scaledColumns, part(runningScalerLength(scaledColumns.length)));
  const createScore = task === 'regression' ? createRegressionScore : createClassificationScore;
  const prequential = createScore(part(prequentialLength));
  const window = createAdwin(adwin, part(adwinLength(adwin)));
  const z = new Float64Array(features);
  const scale = (x: Float64Array): void => {
    if (x.length !== features) {
      throw new FlywheelError('BAD_INPUT', `An example has ${features} numbers here, not ${x.length}.`);
    }
    scaler.scale(x, z);
  };

  return {
    predict(x) {
      scale(x);
      return line.predict(z);
    },
    learn(x, y) {
      scale(x);
      const prediction = line.learn(z, y);
      scaler.learn(x);
      const drift = window.update(prequential.add(prediction, y));
      if (drift) {
        memory[driftsAt] = (memory[driftsAt] ?? 0) + 1;
        memory[lastDriftAt] = prequential.score().examples;
      }
      return { prediction, drift };
    },
    report: () => ({
      score: prequential.score(),
      intercept: model[interceptAt] ?? 0,
      weights: [...model.subarray(weightsAt)],
      drifts: memory[driftsAt] ?? 0,
      lastDrift: memory[lastDriftAt] ?? 0,
    }),
  };
}
