// One list for one customer: a policy by chance, then each place by chance, with the exact chances of both.

import type { Random } from '../../core/random.js';
import { exploreSlots, slotChances } from '../../math/decide/explore-slots.js';
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
  /** How likely each place was to hold what it holds, given the places before it, over the draw of the policy too. */
  readonly propensities: readonly number[];
  /** How likely each policy was to be drawn. */
  readonly shares: Readonly<Record<string, number>>;
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
  // The chances of all candidates at each place, given the choices before: all figures of a policy come from them.
  const looks = policies.map(([name, how]) => {
    const chances = places.map((_, slot) => slotChances(how, places.slice(0, slot)));
    return { name, chances, chosen: places.map((place, slot) => chances[slot]?.[place] ?? 0) };
  });
  const byName = (of: (look: (typeof looks)[number]) => readonly number[]) =>
    Object.fromEntries(looks.map((look) => [look.name, rounded(of(look))]));
  return {
    policy,
    policyPropensity: propensity,
    places,
    scores: places.map((place) => own.scores[place] ?? 0),
    propensities: mixed(
      shares,
      looks.map(({ chosen }) => chosen),
      places.length,
    ),
    shares: Object.fromEntries(policyNames.map((name, at) => [name, rounded([shares[at] ?? 0])[0] ?? 0])),
    others: byName(({ chosen }) => chosen),
    values: speaks ? byName(({ chances }) => chances.map((atPlace) => expected(atPlace, predictions))) : null,
    predicted: speaks ? rounded(places.map((place) => predictions[place] ?? 0)) : null,
  };
}

/**
 * The chance of each place given those before it, when a policy is drawn first: sum over policies of s_k p_k(place) / sum of
 * s_k, where s_k is the share of policy k times the chance with which it fills the places before. Their product is the
 * chance of the whole list. A weight of an estimate is at most 1 over how likely its policy is, given the places before;
 * over the chances of the drawn policy alone it has no such bound, and intervals come out too short: the balance heuristic
 * of E. Veach, L. J. Guibas, "Optimally Combining Sampling Techniques for Monte Carlo Rendering", SIGGRAPH 1995; for logs
 * A. Agarwal et al., "Effective Evaluation Using Logged Bandit Feedback from Multiple Loggers", KDD 2017.
 */
function mixed(
  shares: Float64Array,
  chances: readonly (readonly number[])[],
  slots: number,
): readonly number[] {
  const weights = Float64Array.from(shares);
  return Array.from({ length: slots }, (_, slot) => {
    let all = 0;
    let chosen = 0;
    for (let policy = 0; policy < weights.length; policy += 1) {
      const weight = weights[policy] ?? 0;
      const chance = chances[policy]?.[slot] ?? 0;
      all += weight;
      chosen += weight * chance;
      weights[policy] = weight * chance;
    }
    return chosen / all;
  });
}

function expected(chances: Float64Array, predictions: readonly number[]): number {
  return chances.reduce((sum, chance, place) => sum + chance * (predictions[place] ?? 0), 0);
}

/** To nine digits: they go with every decision, and estimates need no more. */
function rounded(values: ArrayLike<number>): readonly number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}
