// The arms of an experiment on a rate: what was counted, and how many independent trials it is worth.

import { FlywheelError } from '../../core/errors.js';
import { ratioOfSums } from './ratio-of-sums.js';

/** One arm: successes out of trials, and what is known about how far its rate may be off. */
export interface Arm {
  readonly successes: number;
  readonly trials: number;
  /** What was assigned to the arm independently: the trials themselves, or the customers who had one. */
  readonly units: number;
  /** As many independent trials would tell as much about the rate: `trials` or fewer, 0 where nothing is known. */
  readonly effectiveTrials: number;
  /** Degrees of freedom behind `effectiveTrials`; Infinity where it is no estimate. */
  readonly degrees: number;
}

/** The share of successes; NaN without a trial. */
export function rateOf({ successes, trials }: Arm): number {
  return successes / trials;
}

/** An arm whose trials are independent of one another. Counts that are no counts, or successes above trials: BAD_INPUT. */
export function armOfTrials(successes: number, trials: number): Arm {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || successes > trials) {
    throw new FlywheelError(
      'BAD_INPUT',
      `An arm has ${successes} successes in ${trials} trials; give whole numbers, at least 0 and no more successes than trials.`,
    );
  }
  return { successes, trials, units: trials, effectiveTrials: trials, degrees: Number.POSITIVE_INFINITY };
}

/**
 * An arm whose units (customers) were assigned to it, each with any number of trials: `successes[u]` of `trials[u]`. The
 * rate's variance comes from the units by the delta method (`ratioOfSums`), and
 *   effective trials = R (1 - R) / Var(R),   at most the trials:
 * E. L. Korn, B. I. Graubard, "Confidence Intervals for Proportions with Small Expected Number of Positive Counts
 * Estimated from Survey Data", Survey Methodology 24(2), 1998. Where all trials ended alike their dependence cannot be
 * seen and the worst is assumed, a unit's trials all saying the same: (sum n)^2 / sum n^2. One unit tells nothing.
 * Units without a trial count nowhere; numbers that are not finite, below 0, or above their trials are BAD_INPUT.
 */
export function armOfUnits(successes: Float64Array, trials: Float64Array): Arm {
  if (successes.length !== trials.length) {
    throw new FlywheelError(
      'BAD_INPUT',
      `There are successes of ${successes.length} units and trials of ${trials.length}; give both for each unit.`,
    );
  }
  let [successCount, trialCount] = [0, 0];
  trials.forEach((count, unit) => {
    const good = successes[unit] ?? 0;
    if (!(good >= 0 && good <= count && count < Number.POSITIVE_INFINITY)) {
      throw new FlywheelError(
        'BAD_INPUT',
        `Unit ${unit + 1} has ${good} successes in ${count} trials; give finite numbers, at least 0 and no more successes than trials.`,
      );
    }
    successCount += good;
    trialCount += count;
  });
  const { units, ratio, variance, degrees } = ratioOfSums(successes, trials);
  const alike = successCount === 0 || successCount === trialCount;
  const seen = alike ? degrees + 1 : (ratio * (1 - ratio)) / variance;
  return {
    successes: successCount,
    trials: trialCount,
    units,
    effectiveTrials: units < 2 ? 0 : Math.min(trialCount, seen),
    degrees,
  };
}
