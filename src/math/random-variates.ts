// Draws from the distributions that the project needs, made from uniform numbers.

import type { Random } from '../core/random.js';

/** Draws one number from the exponential distribution: f(x) = exp(-x / mean) / mean. By inversion. */
export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.uniform());
}

/**
 * Draws one number from the normal distribution N(mean, deviation^2).
 * Polar method: G. Marsaglia, T. A. Bray, "A Convenient Method for Generating Normal Variables",
 * SIAM Review 6(3), 1964. The second number of each pair is dropped, so that no draw depends on the one before.
 */
export function drawNormal(random: Random, mean: number, deviation: number): number {
  for (;;) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return mean + deviation * x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * Draws one number from the gamma distribution: f(x) = x^(k-1) exp(-x/s) / (s^k G(k)); mean k s, variance k s^2.
 * Squeeze method: G. Marsaglia, W. W. Tsang, "A Simple Method for Generating Gamma Variables",
 * ACM TOMS 26(3), 2000; for shape k < 1 by Gamma(k + 1) U^(1/k), as the paper says.
 */
export function drawGamma(random: Random, shape: number, scale: number): number {
  if (shape < 1) return drawGamma(random, shape + 1, scale) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random, 0, 1);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return d * v * scale;
  }
}

/** Means above this are drawn in parts, because exp(-mean) of the product method loses its digits. */
const poissonPartMax = 32;

/**
 * Draws one number from the Poisson distribution: P(n) = mean^n exp(-mean) / n!.
 * Product method (D. E. Knuth, "The Art of Computer Programming" 2, section 3.4.1), exact; the time it takes
 * grows with the mean. Larger means are split: Poisson(a + b) = Poisson(a) + Poisson(b).
 */
export function drawPoisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= poissonPartMax) {
    const floor = Math.exp(-Math.min(left, poissonPartMax));
    for (let product = random.uniform(); product > floor; product *= random.uniform()) count += 1;
  }
  return count;
}

/**
 * Draws weights that sum to 1 from the symmetric Dirichlet distribution of `size` parts: gamma draws of shape
 * `concentration`, divided by their sum (L. Devroye, "Non-Uniform Random Variate Generation", 1986, XI.4).
 * A concentration below 1 gives a few large parts, one above 1 gives parts that are much alike.
 */
export function drawDirichlet(random: Random, size: number, concentration: number): Float64Array {
  const parts = Float64Array.from({ length: size }, () => drawGamma(random, concentration, 1));
  const sum = parts.reduce((total, part) => total + part, 0);
  return sum > 0 ? parts.map((part) => part / sum) : parts.fill(1 / size);
}

/** The sum of weights, in their order. */
function totalOf(weights: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < weights.length; index += 1) total += weights[index] ?? 0;
  return total;
}

/**
 * Draws an index of `weights` with probability weight / `total`, by inversion over a scan. `total` is their sum, which a
 * caller that knows it already hands over. Weights are not negative; returns -1 when they are all zero.
 */
export function drawIndex(random: Random, weights: ArrayLike<number>, total = totalOf(weights)): number {
  let left = random.uniform() * total;
  let last = -1;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    last = index;
    left -= weight;
    if (left < 0) return index;
  }
  // Rounding can leave a hair after the last weight; the draw then belongs to it.
  return last;
}
