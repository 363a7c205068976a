// Score intervals of a rate, of the difference of two rates and of their ratio: they keep their level at small counts.

import type { Interval } from './interval.js';

/** A rate that was seen in a number of independent trials, which may be no whole number. */
export interface SeenRate {
  /** From 0 to 1; anything where `trials` is 0. */
  readonly rate: number;
  /** 0 where nothing is known. */
  readonly trials: number;
}

/**
 * The rates p that a score test with the two-sided normal factor z does not refuse:
 *   (r + z^2 / 2n  ±  z sqrt(r (1 - r) / n + z^2 / 4n^2)) / (1 + z^2 / n).
 * E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927. Within [0, 1],
 * never of no width; all of [0, 1] where nothing was tried.
 */
export function rateInterval({ rate, trials }: SeenRate, z: number): Interval {
  if (!(trials > 0)) return { low: 0, high: 1 };
  const weight = (z * z) / trials;
  const centre = rate + weight / 2;
  const spread = Math.sqrt(weight * (rate * (1 - rate) + weight / 4));
  return {
    // Rounding must not keep a rate of exactly 0 or 1 out of its own interval.
    low: rate === 0 ? 0 : Math.max(0, (centre - spread) / (1 + weight)),
    high: rate === 1 ? 1 : Math.min(1, (centre + spread) / (1 + weight)),
  };
}

/**
 * The interval of a - b for rates a and b with Wilson's intervals (la, ua) and (lb, ub):
 *   a - b - sqrt((a - la)^2 + (ub - b)^2)   to   a - b + sqrt((ua - a)^2 + (b - lb)^2).
 * R. G. Newcombe, "Interval Estimation for the Difference between Independent Proportions: Comparison of Eleven
 * Methods", Statistics in Medicine 17, 1998, method 10. All of [-1, 1] where one of the two was never tried.
 */
export function differenceInterval(a: SeenRate, b: SeenRate, z: number): Interval {
  if (!(a.trials > 0 && b.trials > 0)) return { low: -1, high: 1 };
  const ofA = rateInterval(a, z);
  const ofB = rateInterval(b, z);
  const difference = a.rate - b.rate;
  return {
    low: difference - Math.hypot(a.rate - ofA.low, ofB.high - b.rate),
    high: difference + Math.hypot(ofA.high - a.rate, b.rate - ofB.low),
  };
}

/**
 * The interval of the ratio a / b: every t that the score test of a = t b does not refuse, U(t) <= z^2, where
 *   U(t) = n (a - t p)^2 / (t p (1 - t p)) + m (b - p)^2 / (p (1 - p))
 * for a of n trials and b of m, and p the likeliest b under a = t b: the smaller root of
 *   t (n + m) p^2 - (t (n + x_b) + x_a + m) p + x_a + x_b = 0,   x_a = a n, x_b = b m.
 * P. A. R. Koopman, "Confidence Intervals for the Ratio of Two Binomial Proportions", Biometrics 40(2), 1984. It needs
 * no number added to empty cells: low is 0 where a is 0, high is Infinity where b is 0, and where both are, or one was
 * never tried, nothing is known. 1 is in it where the pooled two-sided z test finds no difference.
 */
export function ratioInterval(a: SeenRate, b: SeenRate, z: number): Interval {
  const unknown = { low: 0, high: Number.POSITIVE_INFINITY };
  if (!(a.trials > 0 && b.trials > 0) || (a.rate === 0 && b.rate === 0)) return unknown;
  const refuses = (ratio: number) => ratioScore(a, b, ratio) > z * z;
  const seen = a.rate / b.rate;
  return {
    low: a.rate === 0 ? unknown.low : farthest(b.rate === 0 ? 1 : seen, b.rate === 0, 1 / 2, refuses),
    high: b.rate === 0 ? unknown.high : farthest(a.rate === 0 ? 1 : seen, a.rate === 0, 2, refuses),
  };
}

function ratioScore(a: SeenRate, b: SeenRate, ratio: number): number {
  const successes = a.rate * a.trials + b.rate * b.trials;
  const half = ratio * (a.trials + b.rate * b.trials) + a.rate * a.trials + b.trials;
  const root = Math.sqrt(Math.max(0, half * half - 4 * ratio * (a.trials + b.trials) * successes));
  const p = (2 * successes) / (half + root);
  return scoreOf(a, ratio * p) + scoreOf(b, p);
}

/** The square of a rate's score against the rate p. */
function scoreOf({ rate, trials }: SeenRate, p: number): number {
  const apart = rate - p;
  // At p = 1 (or 0) the numerator falls to 0 faster than the denominator does.
  return apart === 0 ? 0 : (trials * apart * apart) / Math.max(p * (1 - p), Number.MIN_VALUE);
}

/** Halvings of a bracket of a factor of two that leave nothing of a number's 53 bits. */
const halvings = 60;

/**
 * The last ratio that is not refused, on the way from `start` by `step` (above 1: upwards). Where the seen ratio lies
 * at the other end of all ratios (`fromAfar`), `start` may be refused itself, and is first moved towards that end.
 */
function farthest(
  start: number,
  fromAfar: boolean,
  step: number,
  refuses: (ratio: number) => boolean,
): number {
  let inside = start;
  while (fromAfar && refuses(inside)) inside /= step;
  let outside = inside * step;
  for (; !refuses(outside); outside *= step) inside = outside;
  for (let round = 0; round < halvings; round += 1) {
    const middle = (inside + outside) / 2;
    if (refuses(middle)) outside = middle;
    else inside = middle;
  }
  return inside;
}
