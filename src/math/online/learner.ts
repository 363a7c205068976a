// A learner that reads a sequence of examples once: it scales, predicts, scores itself, watches for drift and learns.

import { FlywheelError } from '../../core/errors.js';
import { Adwin, type AdwinParameters, adwinDefaults, adwinLength } from './adwin.js';
import {
  ClassificationPrequential,
  type ClassificationScore,
  type Prequential,
  prequentialLength,
  RegressionPrequential,
  type RegressionScore,
} from './prequential.js';
import { RunningScaler, runningScalerLength } from './running-scaler.js';
import { interceptAt, Sgd, type SgdParameters, sgdDefaults, sgdLength, weightsAt } from './sgd.js';

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
 * A learner over its memory of `learnerLength` numbers, which is all there is of its state: zeros are a new learner, and a copy of it goes on exactly where the original stood, to the last bit. The same examples in the same
 * order always give the same memory.
 *
 * Drift is watched (ADWIN) on the errors between 0 and 1 that the score gives.
 */
export class Learner {
  private readonly features: number;
  private readonly model: Float64Array;
  private readonly line: Sgd;
  private readonly scaler: RunningScaler;
  private readonly prequential: Prequential<RegressionScore | ClassificationScore>;
  private readonly window: Adwin;
  /** The example at hand, scaled. */
  private readonly z: Float64Array;

  constructor(
    parameters: LearnerParameters,
    private readonly memory: Float64Array = new Float64Array(learnerLength(parameters)),
  ) {
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
    const isRegression = task === 'regression';
    this.features = features;
    this.model = part(sgdLength(features));
    this.line = new Sgd({ ...sgd, loss: isRegression ? 'squared' : 'log' }, this.model);
    this.scaler = new RunningScaler(scaledColumns, part(runningScalerLength(scaledColumns.length)));
    const Scorer = isRegression ? RegressionPrequential : ClassificationPrequential;
    this.prequential = new Scorer(part(prequentialLength));
    this.window = new Adwin(adwin, part(adwinLength(adwin)));
    this.z = new Float64Array(features);
  }

  /** The expected number, or the probability of 1. */
  predict(x: Float64Array): number {
    return this.line.predict(this.scaled(x));
  }

  /** Scores what `predict` says of x, then learns its outcome y; `drift` is true when a change was seen at it. */
  learn(x: Float64Array, y: number): { readonly prediction: number; readonly drift: boolean } {
    const prediction = this.line.learn(this.scaled(x), y);
    this.scaler.learn(x);
    const drift = this.window.update(this.prequential.add(prediction, y));
    if (drift) {
      this.memory[driftsAt] = (this.memory[driftsAt] ?? 0) + 1;
      this.memory[lastDriftAt] = this.prequential.score().examples;
    }
    return { prediction, drift };
  }

  report(): LearnerReport {
    return {
      score: this.prequential.score(),
      intercept: this.model[interceptAt] ?? 0,
      weights: [...this.model.subarray(weightsAt)],
      drifts: this.memory[driftsAt] ?? 0,
      lastDrift: this.memory[lastDriftAt] ?? 0,
    };
  }

  private scaled(x: Float64Array): Float64Array {
    if (x.length !== this.features) {
      throw new FlywheelError('BAD_INPUT', `An example has ${this.features} numbers here, not ${x.length}.`);
    }
    this.scaler.scale(x, this.z);
    return this.z;
  }
}
