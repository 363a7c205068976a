// The upper tail and the loss of the standard normal distribution, exact to their own size however small they are.

const densityAtZero = 1 / Math.sqrt(2 * Math.PI);

/** Below it the series is used, from it on the continued fraction: both give all digits here. */
const tailFrom = 2;

/** Terms of the continued fraction; what is left out is below 1e-18 of the value from z = 2 on. */
const tailTerms = 80;

/** The density of the standard normal distribution: f(z) = exp(-z^2 / 2) / sqrt(2 pi). */
export function normalDensity(z: number): number {
  return densityAtZero * Math.exp((-z * z) / 2);
}

/**
 * The probability that a standard normal number is above `z`. For 0 <= z < 2 by the series
 * P(0 < Z < z) = f(z) (z + z^3 / 3 + z^5 / (3 5) + ...) (G. Marsaglia, "Evaluating the Normal Distribution", Journal of
 * Statistical Software 11(4), 2004), above by Laplace's continued fraction f(z) / (z + 1 / (z + 2 / (z + 3 / ...))).
 * Relative error below 1e-14.
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  if (z >= tailFrom) return normalDensity(z) / (z + tailFraction(z));
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 - normalDensity(z) * sum;
}

/**
 * The loss of the standard normal distribution: what a standard normal number exceeds `z` by in the mean,
 * G(z) = E[max(0, Z - z)] = f(z) - z P(Z > z) (Silver, Pyke & Peterson, "Inventory Management and Production Planning and
 * Scheduling", chapter 7; Axsäter, "Inventory Control", chapter 5). In the tail both terms are nearly equal, so that
 * it is taken there from the continued fraction, without a difference. G(-z) = z + G(z).
 */
export function normalLoss(z: number): number {
  if (z < 0) return normalLoss(-z) - z;
  if (z < tailFrom) return normalDensity(z) - z * normalUpperTail(z);
  const rest = tailFraction(z);
  return rest === 0 ? 0 : (normalDensity(z) * rest) / (z + rest);
}

/** 1 / (z + 2 / (z + 3 / ...)), from the inside out. */
function tailFraction(z: number): number {
  let fraction = 0;
  for (let term = tailTerms; term >= 1; term -= 1) fraction = term / (z + fraction);
  return fraction;
}
