// A learner that reads a sequence of examples once: it scales, predicts, scores itself, watches for drift and learns.

import { FlywheelError } from '../../core/errors.js';
import { Adwin, type AdwinParameters, adwinDefaults, adwinLength } from './adwin.js';
import { BayesLogistic, type BayesParameters, bayesLength } from './bayes-logistic.js';
import type { SparseExample } from './feature-vector.js';
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
  /** Learns by Bayesian logistic regression, and not by gradient descent; for a classification that scales nothing. */
  readonly bayes?: BayesParameters;
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

/** What `learn` says of an example. */
interface Learned {
  readonly prediction: number;
  readonly drift: boolean;
}

const driftsAt = 0;
const lastDriftAt = 1;
const headLength = 2;

/** How many numbers the memory of a learner has. */
export function learnerLength(parameters: LearnerParameters): number {
  const { scaledColumns, adwin = adwinDefaults } = parameters;
  const scaler = runningScalerLength(scaledColumns.length);
  return headLength + modelLength(parameters) + scaler + prequentialLength + adwinLength(adwin);
}

function modelLength({ features, bayes }: LearnerParameters): number {
  return bayes === undefined ? sgdLength(features) : bayesLength(features);
}

function modelOf({ task, sgd = sgdDefaults, bayes }: LearnerParameters, memory: Float64Array) {
  return bayes === undefined
    ? new Sgd({ ...sgd, loss: task === 'regression' ? 'squared' : 'log' }, memory)
    : new BayesLogistic(bayes, memory);
}

function checkBayes({ task, features, scaledColumns, bayes }: LearnerParameters): void {
  if (bayes === undefined) return;
  if (task === 'classification' && scaledColumns.length === 0 && bayes.variances.length === features) return;
  throw new FlywheelError(
    'BAD_INPUT',
    'Bayesian logistic regression is for a classification that scales nothing, with a variance for each column.',
  );
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
  private readonly rule: Sgd | BayesLogistic;
  private readonly scaler: RunningScaler;
  private readonly prequential: Prequential<RegressionScore | ClassificationScore>;
  private readonly window: Adwin;
  /** The example at hand, scaled. */
  private readonly z: Float64Array;

  constructor(
    parameters: LearnerParameters,
    private readonly memory: Float64Array = new Float64Array(learnerLength(parameters)),
  ) {
    const { task, features, scaledColumns, adwin = adwinDefaults } = parameters;
    checkBayes(parameters);
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
    this.features = features;
    this.model = part(modelLength(parameters));
    this.rule = modelOf(parameters, this.model);
    this.scaler = new RunningScaler(scaledColumns, part(runningScalerLength(scaledColumns.length)));
    const Scorer = task === 'regression' ? RegressionPrequential : ClassificationPrequential;
    this.prequential = new Scorer(part(prequentialLength));
    this.window = new Adwin(adwin, part(adwinLength(adwin)));
    this.z = new Float64Array(features);
  }

  /** The expected number, or the probability of 1. */
  predict(x: Float64Array): number {
    return this.rule.predict(this.scaled(x));
  }

  /**
   * What `predict` says of an example, at the cost of its numbers that are not 0. BAD_INPUT for a learner that does not
   * learn by Bayesian logistic regression, as for `learnSparse`.
   */
  predictSparse(x: SparseExample): number {
    return this.bayes().predictSparse(x);
  }

  /** Scores what `predict` says of x, then learns its outcome y; `drift` is true when a change was seen at it. */
  learn(x: Float64Array, y: number): Learned {
    const prediction = this.rule.learn(this.scaled(x), y);
    this.scaler.learn(x);
    return this.scored(prediction, y);
  }

  /** The same at the cost of the numbers of x that are not 0. */
  learnSparse(x: SparseExample, y: number): Learned {
    return this.scored(this.bayes().learnSparse(x, y), y);
  }

  report(): LearnerReport {
    return {
      score: this.prequential.score(),
      intercept: this.model[interceptAt] ?? 0,
      weights: [...this.model.subarray(weightsAt, weightsAt + this.features)],
      drifts: this.memory[driftsAt] ?? 0,
      lastDrift: this.memory[lastDriftAt] ?? 0,
    };
  }

  private scored(prediction: number, y: number): Learned {
    const drift = this.window.update(this.prequential.add(prediction, y));
    if (drift) {
      this.memory[driftsAt] = (this.memory[driftsAt] ?? 0) + 1;
      this.memory[lastDriftAt] = this.prequential.score().examples;
    }
    return { prediction, drift };
  }

  private bayes(): BayesLogistic {
    if (this.rule instanceof BayesLogistic) return this.rule;
    throw new FlywheelError('BAD_INPUT', 'This learner must be given the numbers of all columns.');
  }

  private scaled(x: Float64Array): Float64Array {
    if (x.length !== this.features) {
      throw new FlywheelError('BAD_INPUT', `An example has ${this.features} numbers here, not ${x.length}.`);
    }
    this.scaler.scale(x, this.z);
    return this.z;
  }
}
