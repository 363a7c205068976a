// Arms of experiments whose truth is known, drawn by seeds.

import type { Random } from '../../../src/core/random.js';
import { drawGamma, drawPoisson } from '../../../src/math/random-variates.js';

/** How many of `trials` succeed, each with probability `rate`. */
export function drawSuccesses(random: Random, trials: number, rate: number): number {
  let successes = 0;
  for (let trial = 0; trial < trials; trial += 1) if (random.uniform() < rate) successes += 1;
  return successes;
}

/** One number of the beta distribution of mean `mean`; the smaller `concentration`, the wider. */
export function drawBeta(random: Random, mean: number, concentration: number): number {
  const a = drawGamma(random, mean * concentration, 1);
  const b = drawGamma(random, (1 - mean) * concentration, 1);
  return a / (a + b);
}

/**
 * Customers with rates of their own (beta, mean 0.06, deviation 0.098) and numbers of decisions of their own (1 +
 * Poisson of a gamma of mean 8 and variance 64: from 1 to some 40), the two independent.
 */
export function drawCustomers(
  random: Random,
  count: number,
  mean = 0.06,
): { successes: Float64Array; trials: Float64Array } {
  const successes = new Float64Array(count);
  const trials = new Float64Array(count);
  for (let customer = 0; customer < count; customer += 1) {
    const decisions = 1 + drawPoisson(random, drawGamma(random, 1, 8));
    trials[customer] = decisions;
    successes[customer] = drawSuccesses(random, decisions, drawBeta(random, mean, 5));
  }
  return { successes, trials };
}
