// Logistic regression that knows how sure it is of each weight: fast where it has seen little, and it may forget.

import { FlywheelError } from '../../core/errors.js';
import type { SparseExample } from './feature-vector.js';
import { interceptAt, weightsAt } from './sgd.js';

export interface BayesParameters {
  /** For each column the variance of its weight before anything is seen, above 0: how far from 0 it may well be. */
  readonly variances: Float64Array;
  /** For each column the share of what is known of its weight that is forgotten whenever it is met; from 0 to below 1. */
  readonly fading: Float64Array;
  readonly interceptVariance: number;
  readonly interceptFading: number;
}

const examplesAt = 0;

/** How many numbers the memory of a model of so many features has. */
export function bayesLength(features: number): number {
  return weightsAt + features + 1 + features;
}

/**
 * Bayesian logistic regression by an extended Kalman filter of which only the diagonal is kept (L. Fahrmeir, "Posterior
 * Mode Estimation by Extended Kalman Filtering for Multivariate Dynamic Generalized Linear Models", JASA 87, 1992; the
 * diagonal: O. Chapelle, L. Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011, algorithm 3). Weights drift
 * back to what was believed at first, each by a step per example that has its column (an Ornstein-Uhlenbeck process, so
 * that tastes that have changed are given up). With f the fading, V the first variance and v the variance now, for the
 * columns j with x_j other than 0 and the intercept (x = 1):
 *   w_j = (1 - f_j) w_j,   v_j = (1 - f_j)^2 v_j + (1 - (1 - f_j)^2) V_j,
 *   p = 1 / (1 + exp(-(w x + b))),   h = p (1 - p),   k = 1 / (1 + h sum_j v_j x_j^2),
 *   w_j = w_j + k v_j x_j (y - p),   v_j = v_j - k h v_j^2 x_j^2.
 *
 * `memory` of `bayesLength` numbers is all there is of the state (examples seen, intercept, weights as `Sgd` has them,
 * then V - v of the intercept and of each column): zeros are a new model, and a copy of it goes on exactly where the
 * original stood. x has one number per feature, each finite and best of a size near 1; y is 0 or 1 (BAD_INPUT otherwise,
 * before anything is learned). Time and steps are those of the columns that are not 0.
 */
export class BayesLogistic {
  /** Where V - v of the intercept stands; those of the columns follow. */
  private readonly sureAt: number;

  constructor(
    private readonly parameters: BayesParameters,
    private readonly memory: Float64Array,
  ) {
    checkParameters(parameters);
    this.sureAt = weightsAt + parameters.variances.length;
  }

  /** The probability of 1. */
  predict(x: Float64Array): number {
    return this.predictSparse(sparseOf(x));
  }

  /** The same at the cost of the numbers that are not 0 alone. */
  predictSparse({ columns, numbers }: SparseExample): number {
    return sigmoid(this.scoreOf(columns, numbers));
  }

  /** Learns that x had the outcome y; returns what `predict` would have said of x before. */
  learn(x: Float64Array, y: number): number {
    return this.learnSparse(sparseOf(x), y);
  }

  /** The same at the cost of the numbers that are not 0 alone. */
  learnSparse({ columns, numbers }: SparseExample, y: number): number {
    if (y !== 0 && y !== 1)
      throw new FlywheelError('BAD_INPUT', `The outcome of an example is 0 or 1, not ${y}.`);
    const { memory, sureAt } = this;
    const { variances, fading, interceptVariance, interceptFading } = this.parameters;
    const said = sigmoid(this.scoreOf(columns, numbers));
    this.fade(interceptAt, sureAt, interceptFading);
    let spread = interceptVariance - (memory[sureAt] ?? 0);
    for (let at = 0; at < columns.length; at += 1) {
      const j = columns[at] ?? 0;
      this.fade(weightsAt + j, sureAt + 1 + j, fading[j] ?? 0);
      spread += (numbers[at] ?? 0) ** 2 * ((variances[j] ?? 0) - (memory[sureAt + 1 + j] ?? 0));
    }
    const p = sigmoid(this.scoreOf(columns, numbers));
    const h = p * (1 - p);
    const k = 1 / (1 + h * spread);
    const error = k * (y - p);
    const gain = k * h;
    this.step(interceptAt, sureAt, { value: 1, first: interceptVariance, error, gain });
    for (let at = 0; at < columns.length; at += 1) {
      const j = columns[at] ?? 0;
      const step = { value: numbers[at] ?? 0, first: variances[j] ?? 0, error, gain };
      this.step(weightsAt + j, sureAt + 1 + j, step);
    }
    memory[examplesAt] = (memory[examplesAt] ?? 0) + 1;
    return said;
  }

  private scoreOf(columns: readonly number[], numbers: readonly number[]): number {
    const { memory } = this;
    let score = memory[interceptAt] ?? 0;
    for (let at = 0; at < columns.length; at += 1)
      score += (numbers[at] ?? 0) * (memory[weightsAt + (columns[at] ?? 0)] ?? 0);
    return score;
  }

  private fade(weightAt: number, sureAt: number, fading: number): void {
    const kept = 1 - fading;
    this.memory[weightAt] = (this.memory[weightAt] ?? 0) * kept;
    this.memory[sureAt] = (this.memory[sureAt] ?? 0) * kept * kept;
  }

  private step(
    weightAt: number,
    sureAt: number,
    { value, first, error, gain }: { value: number; first: number; error: number; gain: number },
  ): void {
    const moved = (first - (this.memory[sureAt] ?? 0)) * value;
    this.memory[weightAt] = (this.memory[weightAt] ?? 0) + moved * error;
    this.memory[sureAt] = (this.memory[sureAt] ?? 0) + moved * moved * gain;
  }
}

/** The numbers of an example that are not 0. */
function sparseOf(x: Float64Array): SparseExample {
  const columns: number[] = [];
  const numbers: number[] = [];
  for (let j = 0; j < x.length; j += 1) {
    const number = x[j] ?? 0;
    if (number === 0) continue;
    columns.push(j);
    numbers.push(number);
  }
  return { columns, numbers };
}

/** 1 / (1 + exp(-score)) in the form that neither overflows nor loses the digits of a small chance. */
function sigmoid(score: number): number {
  if (score >= 0) return 1 / (1 + Math.exp(-score));
  const odds = Math.exp(score);
  return odds / (1 + odds);
}

function checkParameters(parameters: BayesParameters): void {
  const { variances, fading, interceptVariance, interceptFading } = parameters;
  const isVariance = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;
  const isFading = (value: number) => value >= 0 && value < 1;
  const fits = variances.length === fading.length && isVariance(interceptVariance);
  if (fits && isFading(interceptFading) && variances.every(isVariance) && fading.every(isFading)) return;
  throw new FlywheelError(
    'BAD_INPUT',
    'Each column, and the intercept, needs a variance above 0 and a fading from 0 to below 1.',
  );
}
