// Linear and logistic regression that learn one example at a time by stochastic gradient descent.

import { FlywheelError } from '../../core/errors.js';

export interface SgdParameters {
  /** `squared`: (p - y)^2 / 2 for numbers. `log`: the negative log-likelihood of y = 0 or 1. */
  readonly loss: 'squared' | 'log';
  /**
   * The step of example t = 1, 2, …: `invscaling` eta0 / t^powerT; `constant` eta0; `optimal`
   * 1 / (alpha (t0 + t - 1)), where t0 makes the first step fit weights of the size that alpha expects
   * (L. Bottou, "Stochastic Gradient Descent Tricks", 2012).
   */
  readonly learningRate: 'invscaling' | 'constant' | 'optimal';
  readonly eta0: number;
  readonly powerT: number;
  /** Strength of the L2 penalty alpha |w|^2 / 2, which the intercept is free of. */
  readonly alpha: number;
}

/** scikit-learn's defaults of SGDRegressor. */
export const sgdDefaults: SgdParameters = {
  loss: 'squared',
  learningRate: 'invscaling',
  eta0: 0.01,
  powerT: 0.25,
  alpha: 1e-4,
};

// Where the numbers of a model stand in its memory.
const examplesAt = 0;
/** The place of the intercept. */
export const interceptAt = 1;
/** The weights begin here and are the rest of the memory. */
export const weightsAt = 2;

/** Gradients of the loss are cut to this size, so that one wild outcome cannot make the weights infinite. */
const gradientMax = 1e12;

/** A comparison that mostly ends alike takes less of an example's time than Math.min and Math.max: a tenth of it. */
function cut(gradient: number): number {
  return Math.abs(gradient) <= gradientMax ? gradient : Math.sign(gradient) * gradientMax;
}

/** Below this the shrinking is done before the step, which could not be divided by it. */
const shrinkMin = 1e-9;

/** How many numbers the memory of a model of so many features has. */
export function sgdLength(features: number): number {
  return weightsAt + features;
}

/**
 * Stochastic gradient descent with scikit-learn's update in its order of operations, so that the weights have its
 * digits: for example t with step eta and score s = w x + b,
 *   g = dloss/ds, cut to ±1e12 (squared: s - y; log: 1 / (1 + exp(-s)) - y),
 *   w = (1 - eta alpha) (w - eta g x / (1 - eta alpha)),   b = b - eta g.
 *
 * `memory` of `sgdLength` numbers is all there is of the state (examples seen, intercept, weights): zeros are a new
 * model, and a copy of it goes on exactly where the original stood. x has one number per feature, each finite and
 * best of a size near 1; y is finite, and 0 or 1 for loss `log` (BAD_INPUT otherwise, before anything is learned).
 */
export class Sgd {
  private readonly features: number;
  private readonly isLog: boolean;
  /** The step of the optimal rate at example 1, as a number of examples. */
  private readonly firstStep: number;

  constructor(
    private readonly parameters: SgdParameters,
    private readonly memory: Float64Array,
  ) {
    checkParameters(parameters);
    this.features = memory.length - weightsAt;
    this.isLog = parameters.loss === 'log';
    const typicalWeight = Math.sqrt(1 / Math.sqrt(parameters.alpha));
    this.firstStep = 1 / (typicalWeight * parameters.alpha);
  }

  /** The model's answer for x: the expected number, or with loss `log` the probability of 1. */
  predict(x: Float64Array): number {
    const score = this.scoreOf(x);
    return this.isLog ? sigmoid(score, Math.exp(-score)) : score;
  }

  /** Learns that x had the outcome y; returns what `predict` would have said of x before. */
  learn(x: Float64Array, y: number): number {
    const { memory, features, isLog } = this;
    if (isLog ? y !== 0 && y !== 1 : !Number.isFinite(y)) throw badOutcome(isLog, y);
    const score = this.scoreOf(x);
    const t = (memory[examplesAt] ?? 0) + 1;
    const eta = this.stepOf(t);
    let prediction = score;
    let gradient = score - y;
    if (isLog) {
      const odds = Math.exp(-score);
      prediction = sigmoid(score, odds);
      // sigmoid(score) - y in the form that keeps its digits where the model is sure and right.
      gradient = score > scoreMin ? (1 - y - y * odds) / (1 + odds) : prediction - y;
    }
    const update = -eta * cut(gradient);
    const decay = eta * this.parameters.alpha;
    const shrink = decay < 1 ? 1 - decay : 0;
    const before = shrink < shrinkMin ? shrink : 1;
    const after = shrink < shrinkMin ? 1 : shrink;
    const grown = update / after;
    for (let j = 0; j < features; j += 1) {
      const weight = (memory[weightsAt + j] ?? 0) * before + (x[j] ?? 0) * grown;
      memory[weightsAt + j] = weight * after;
    }
    memory[interceptAt] = (memory[interceptAt] ?? 0) + update;
    memory[examplesAt] = t;
    return prediction;
  }

  private scoreOf(x: Float64Array): number {
    const { memory, features } = this;
    let score = 0;
    for (let j = 0; j < features; j += 1) score += (x[j] ?? 0) * (memory[weightsAt + j] ?? 0);
    return score + (memory[interceptAt] ?? 0);
  }

  /** The step of example t. Roots are exact in every engine, so that the usual powers give the same bits everywhere. */
  private stepOf(t: number): number {
    const { learningRate, eta0, powerT, alpha } = this.parameters;
    if (learningRate === 'constant') return eta0;
    if (learningRate === 'optimal') return 1 / (alpha * (this.firstStep + t - 1));
    if (powerT === 0.25) return eta0 / Math.sqrt(Math.sqrt(t));
    if (powerT === 0.5) return eta0 / Math.sqrt(t);
    return eta0 / t ** powerT;
  }
}

/** From here down exp(-score) outgrows 1 so far that 1 / (1 + exp(-score)) is exp(score) to the last digit. */
const scoreMin = -37;

/** 1 / (1 + exp(-score)); `odds` is exp(-score). */
function sigmoid(score: number, odds: number): number {
  return score > scoreMin ? 1 / (1 + odds) : Math.exp(score);
}

function checkParameters({ learningRate, eta0, powerT, alpha }: SgdParameters): void {
  const wrong =
    !(eta0 > 0 && eta0 < Number.POSITIVE_INFINITY) || !Number.isFinite(powerT) || !(alpha >= 0 && alpha < 1);
  if (wrong || (learningRate === 'optimal' && alpha === 0)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'A learner needs eta0 above 0, a finite powerT and alpha from 0 to below 1 (above 0 with the optimal rate).',
    );
  }
}

function badOutcome(isLog: boolean, y: number): FlywheelError {
  const what = isLog ? '0 or 1' : 'a finite number';
  return new FlywheelError('BAD_INPUT', `The outcome of an example is ${what}, not ${y}.`);
}
