// One list for one customer: a policy by chance, then each place by chance, with the exact chances of both.

import type { Random } from '../../core/random.js';
import {
  exploreSlots,
  propensitiesOf,
  type SlotPolicy,
  slotChances,
} from '../../math/decide/explore-slots.js';
import { drawPolicy } from '../../math/decide/thompson.js';
import {
  type Candidate,
  challengerPolicyOf,
  type PolicyName,
  policyNames,
  slotPolicyOf,
} from './policies.js';

export interface Choice {
  readonly policy: PolicyName;
  readonly policyPropensity: number;
  /** The chosen places of the candidates, in the order of the list. */
  readonly places: readonly number[];
  readonly scores: readonly number[];
  readonly propensities: readonly number[];
  /**
   * How likely each policy would have chosen the same, place by place, given the choices before; `challenger` is the
   * recommender's with the model on trial, while there is one.
   */
  readonly others: Readonly<Record<string, readonly number[]>>;
  /** What the learner expects of each policy at each place, given the choices before; null where it says nothing. */
  readonly values: Readonly<Record<string, readonly number[]>> | null;
  /** What the learner expects of each choice; null where it says nothing. */
  readonly predicted: readonly number[] | null;
}

/**
 * Chooses `slots` of the candidates, of which there are at most 200; fewer when there are fewer. `shares` are those of
 * `policyNames`. The same random source and arguments give the same choice.
 */
export function choose(
  random: Random,
  candidates: readonly Candidate[],
  shares: Float64Array,
  { slots, epsilon }: { readonly slots: number; readonly epsilon: number },
): Choice {
  const { policy: drawn, propensity } = drawPolicy(random, shares);
  const policy = policyNames[drawn] ?? 'recommender';
  const trial = challengerPolicyOf(candidates, epsilon);
  const policies = [
    ...policyNames.map((name) => [name, slotPolicyOf(name, candidates, epsilon)] as const),
    ...(trial === undefined ? [] : [['challenger', trial] as const]),
  ];
  const own = slotPolicyOf(policy, candidates, epsilon);
  const list = exploreSlots(random, own, slots);
  const places = Array.from(list.places);
  const predictions = candidates.flatMap(({ predicted }) => predicted ?? []);
  const speaks = predictions.length === candidates.length && candidates.length > 0;
  const byName = (of: (how: SlotPolicy) => readonly number[]) =>
    Object.fromEntries(policies.map(([name, how]) => [name, of(how)]));
  return {
    policy,
    policyPropensity: propensity,
    places,
    scores: places.map((place) => own.scores[place] ?? 0),
    propensities: Array.from(list.propensities),
    others: byName((how) => rounded(propensitiesOf(how, places))),
    values: speaks
      ? byName((how) =>
          rounded(places.map((_, slot) => expected(slotChances(how, places.slice(0, slot)), predictions))),
        )
      : null,
    predicted: speaks ? rounded(places.map((place) => predictions[place] ?? 0)) : null,
  };
}

function expected(chances: Float64Array, predictions: readonly number[]): number {
  return chances.reduce((sum, chance, place) => sum + chance * (predictions[place] ?? 0), 0);
}

/** To nine digits: they go with every decision, and estimates need no more. */
function rounded(values: ArrayLike<number>): readonly number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}
