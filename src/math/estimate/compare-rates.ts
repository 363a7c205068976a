// Whether one arm's rate is better than another's, said as soon as it can be and safely at every look.

import { FlywheelError } from '../../core/errors.js';
import { type Arm, rateOf } from './arm.js';
import { type Estimate, properShare } from './interval.js';
import { seenRate } from './rate-lift.js';
import { differenceInterval } from './score-intervals.js';

export type Verdict = 'better' | 'worse' | 'undecided';

export interface RateComparison {
  readonly verdict: Verdict;
  /** Challenger - incumbent; each end holds at all looks together with the confidence asked for. */
  readonly difference: Estimate;
}

export interface CompareRatesOptions {
  /** How sure a verdict must be, above 0 and below 1: 0.95 lets 5 % of challengers that are no better ever pass. */
  readonly confidence: number;
  /**
   * The difference of rates that is worth finding, above 0: differences of about this size are found soonest. It
   * belongs to the plan, and may not be chosen or changed by what was seen.
   */
  readonly effect: number;
}

/** The successes, and failures, that each arm must lead one to expect before anything is said. */
const fewestExpected = 5;

/**
 * Is the challenger's rate better, or worse, than the incumbent's? To be asked after any event and as often as one
 * likes: with alpha = 1 - confidence, a challenger that is no better is called better at any look of all with
 * probability alpha at most, and one that is no worse is called worse with alpha at most. BAD_INPUT for a confidence
 * outside 0 to 1 or an effect that is not above 0.
 *
 * A confidence sequence by the normal mixture: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-Uniform,
 * Nonparametric, Nonasymptotic Confidence Sequences", Annals of Statistics 49(2), 2021, proposition 5, which is the
 * mixture SPRT of R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Peeking at A/B Tests", KDD 2017. For a difference D of
 * variance V, the likelihood ratio of N(0, tau^2) effects against none,
 *   M = sqrt(V / (V + tau^2)) exp(tau^2 D^2 / (2 V (V + tau^2))),
 * is a martingale that starts at 1. It is the mean of one over effects above 0 and one over effects below, and the
 * latter is at most 1 while D > 0; so M >= (1 + 1 / alpha) / 2 implies that the former, alone a test of «better», has
 * come to 1 / alpha, which happens with probability alpha at most (J. Ville 1939). Solved for the factor of
 * sqrt(V), with a = 2 alpha / (1 + alpha):
 *   z^2 = (1 + V / tau^2) (ln(1 + tau^2 / V) - 2 ln a).
 * V = p (1 - p) (1 / n1 + 1 / n0) of the pooled rate p and the effective trials. Newcombe's interval is taken with
 * this z. The guarantee is as asymptotic as V's estimate and the normal form of D are. While neither holds, nothing is
 * said (the difference is within [-1, 1]): until each arm has 5 successes and 5 failures to be expected at the pooled
 * rate, the usual rule for tests of counts (discussed by W. G. Cochran, "Some Methods for Strengthening the Common
 * chi^2 Tests", Biometrics 10, 1954). Without it a challenger with 2 % of the traffic, at a rate of 2 % and an effect of
 * 0.1, is falsely called better in 12 of 100 cases, for two or three lucky successes; with it in fewer than 1 (2,000
 * simulated runs). Between looks arms may grow by new units as well as by new trials of the units that they have.
 */
export function compareRates(
  challenger: Arm,
  incumbent: Arm,
  { confidence, effect }: CompareRatesOptions,
): RateComparison {
  const alpha = 1 - properShare('The confidence of a comparison', confidence);
  if (!(effect > 0 && effect < Number.POSITIVE_INFINITY))
    throw new FlywheelError(
      'BAD_INPUT',
      `The effect worth finding is ${effect}; choose a difference above 0.`,
    );
  const value = rateOf(challenger) - rateOf(incumbent);
  const [n, m] = [challenger.effectiveTrials, incumbent.effectiveTrials];
  const pooled = (n * rateOf(challenger) + m * rateOf(incumbent)) / (n + m);
  // Written so that the NaN of an arm without a trial is too few as well.
  if (!(Math.min(n, m) * Math.min(pooled, 1 - pooled) >= fewestExpected))
    return { verdict: 'undecided', difference: { value, low: -1, high: 1 } };
  const variance = pooled * (1 - pooled) * (1 / n + 1 / m);
  const share = (effect * effect) / variance;
  const z = Math.sqrt((1 + 1 / share) * (Math.log1p(share) - 2 * Math.log((2 * alpha) / (1 + alpha))));
  const seen = (arm: Arm) => seenRate(arm, z, studentOfNormal(z, arm.degrees));
  const difference = { value, ...differenceInterval(seen(challenger), seen(incumbent), z) };
  const verdict = difference.low > 0 ? 'better' : difference.high < 0 ? 'worse' : 'undecided';
  return { verdict, difference };
}

/**
 * The t that is as rare with `degrees` degrees of freedom as z is in the normal distribution, to about 1 % from four
 * degrees: D. L. Wallace, "Bounds on Normal Approximations to Student's and the Chi-Square Distributions", Annals of
 * Mathematical Statistics 30, 1959, solved for t. Here z comes from no level for which `studentFactor` could be asked.
 */
function studentOfNormal(z: number, degrees: number): number {
  if (degrees === Number.POSITIVE_INFINITY) return z;
  const scaled = (z * (8 * degrees + 3)) / (8 * degrees + 1);
  return Math.sqrt(degrees * Math.expm1((scaled * scaled) / degrees));
}
