// Lift: by how much the rate of a treated arm is above the rate of one that was held out.

import { normalQuantile, studentFactor } from '../stats/normal-quantile.js';
import { type Arm, rateOf } from './arm.js';
import { type Estimate, properShare, usualLevel } from './interval.js';
import { differenceInterval, rateInterval, ratioInterval, type SeenRate } from './score-intervals.js';

/** The lift of one arm over another, with the sizes it rests on. */
export interface Lift {
  readonly level: number;
  readonly treated: Arm;
  readonly heldOut: Arm;
  /** Treated rate - held-out rate, within [-1, 1]. */
  readonly absolute: Estimate;
  /**
   * Treated rate / held-out rate - 1, -1 or more. Without a held-out success its value is Infinity, or NaN where the
   * treated have none either, and `high` is Infinity: no success is no proof that the rate is zero.
   */
  readonly relative: Estimate;
}

/**
 * The lift of `treated` over `heldOut` with an interval at `level` (0 to 1; BAD_INPUT otherwise) for one look at the
 * figures: who looks again and again until they please needs `compareRates`. The difference has Newcombe's hybrid score
 * interval, the ratio Koopman's (`differenceInterval`, `ratioInterval`). Arms of units enter by their effective trials,
 * shrunk by (z / t)^2 where t is Student's factor for their degrees (Korn and Graubard 1998), which makes Wilson's
 * interval with z into the one with t. An arm without a trial, or of a single unit, leaves everything possible.
 *
 * The two intervals come from two tests, so that at the edge one of them may hold 0 and the other not.
 */
export function rateLift(treated: Arm, heldOut: Arm, level = usualLevel): Lift {
  const z = normalFactor(level);
  const [top, base] = [seenAt(level, treated, z), seenAt(level, heldOut, z)];
  const ratio = ratioInterval(top, base, z);
  return {
    level,
    treated,
    heldOut,
    absolute: { value: rateOf(treated) - rateOf(heldOut), ...differenceInterval(top, base, z) },
    relative: {
      value: rateOf(treated) / rateOf(heldOut) - 1,
      low: ratio.low - 1,
      high: ratio.high - 1,
    },
  };
}

/** The rate of one arm with Wilson's interval at `level` (0 to 1; BAD_INPUT otherwise), from effective trials as `rateLift`. */
export function rateEstimate(arm: Arm, level = usualLevel): Estimate {
  const z = normalFactor(level);
  return { value: rateOf(arm), ...rateInterval(seenAt(level, arm, z), z) };
}

function normalFactor(level: number): number {
  return -normalQuantile((1 - properShare('The level of an interval', level)) / 2);
}

function seenAt(level: number, arm: Arm, z: number): SeenRate {
  return seenRate(arm, z, arm.degrees === Number.POSITIVE_INFINITY ? z : studentFactor(level, arm.degrees));
}

/** An arm's rate as if it came from independent trials, so few that the factor z does for them what t does for the arm. */
export function seenRate(arm: Arm, z: number, t: number): SeenRate {
  return { rate: rateOf(arm), trials: arm.effectiveTrials * (z / t) ** 2 };
}
