// What other ways to choose would have earned, told from what was logged with the choices that were made.

import { estimatesOfUnits, type PolicyValue } from '../../math/estimate/off-policy.js';
import type { WeighedPlaces } from '../../warehouse/wheel/weights-of-policies.js';

/** Outcome rates per place, were it filled by the policy and all places before it as they were. */
export interface PolicyFigures {
  /** recommender, learner, blend, or challenger. */
  readonly policy: string;
  /** Shown places whose choice can be weighed. */
  readonly slots: number;
  /** So many places, had the policy chosen them itself, would tell as much. */
  readonly effectiveSlots: number;
  readonly customers: number;
  /** Near 1 where the logged chances are true. */
  readonly meanWeight: number;
  readonly ips: PolicyValue;
  readonly snips: PolicyValue;
  /** Undefined where the learner never said what it expects. */
  readonly doublyRobust: PolicyValue | undefined;
}

/** The figures of every policy that was logged, by name; intervals of 95 %, from sums by customer. */
export function figuresOfPolicies(places: readonly WeighedPlaces[]): readonly PolicyFigures[] {
  return [...new Set(places.map(({ policy }) => policy))].sort().map((policy) => {
    const units = places.filter((one) => one.policy === policy);
    const column = (of: (unit: WeighedPlaces) => number) => Float64Array.from(units, of);
    const { slots, meanWeight, effectiveSlots, ips, snips, doublyRobust } = estimatesOfUnits({
      slots: column(({ slots }) => slots),
      weights: column(({ weights }) => weights),
      rewards: column(({ rewards }) => rewards),
      corrected: units.some(({ predicted }) => predicted > 0)
        ? column(({ corrected }) => corrected)
        : undefined,
      squares: units.reduce((sum, { squares }) => sum + squares, 0),
    });
    const customers = units.reduce((sum, unit) => sum + unit.customers, 0);
    return { policy, customers, slots, meanWeight, effectiveSlots, ips, snips, doublyRobust };
  });
}
