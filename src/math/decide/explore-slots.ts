// Fills the slots of a list by chance, and knows exactly how likely each choice was.

import type { Random } from '../../core/random.js';
import { drawIndex } from '../random-variates.js';

/** The most candidates that a list is explored over: each slot visits all that are left, so the bound is the cost. */
export const candidatesMax = 200;

/** How a policy spreads its choices over the candidates; place i of the candidates is index i of `scores`. */
export interface SlotPolicy {
  /** One finite score for each candidate, higher is better. */
  readonly scores: ArrayLike<number>;
  /**
   * In units of the scores, from 0 to Infinity. 0 is the limit from above: all weight on the highest score left (in
   * equal parts where several share it). Infinity gives all that are left the same weight.
   */
  readonly temperature: number;
  /** The share, from 0 to 1, that is spread evenly over the candidates left. Above 0, every choice stays possible. */
  readonly epsilon: number;
}

/** A list that was drawn. */
export interface ExploredList {
  /** The chosen places in the order of the slots, each at most once. */
  readonly places: Int32Array;
  /** How likely each slot's choice was, given those before it: above 0, at most 1. */
  readonly propensities: Float64Array;
}

function checkPolicy({ scores, temperature, epsilon }: SlotPolicy): void {
  if (scores.length > candidatesMax)
    throw new RangeError(`At most ${candidatesMax} candidates can be explored, not ${scores.length}.`);
  if (!(temperature >= 0)) throw new RangeError(`A temperature is 0 or more, not ${temperature}.`);
  if (!(epsilon >= 0 && epsilon <= 1)) throw new RangeError(`Epsilon is from 0 to 1, not ${epsilon}.`);
  for (let place = 0; place < scores.length; place += 1)
    if (!Number.isFinite(scores[place]))
      throw new RangeError(`The score of candidate ${place} is ${scores[place]}; scores are finite.`);
}

/** Marks `place` as taken; throws RangeError where there is no such place or it was taken before. */
function take(taken: Uint8Array, place: number): void {
  if (taken[place] === undefined)
    throw new RangeError(`There is no candidate ${place} among ${taken.length}.`);
  if (taken[place] !== 0) throw new RangeError(`Candidate ${place} stands in the list twice.`);
  taken[place] = 1;
}

/** The distribution of the next slot, for a policy that was checked. All zero where nothing is left. */
function chancesLeft({ scores, temperature, epsilon }: SlotPolicy, taken: Uint8Array): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  let left = 0;
  for (let place = 0; place < taken.length; place += 1) {
    if (taken[place] !== 0) continue;
    highest = Math.max(highest, scores[place] ?? 0);
    left += 1;
  }
  const chances = new Float64Array(taken.length);
  let sum = 0;
  for (let place = 0; place < taken.length; place += 1) {
    if (taken[place] !== 0) continue;
    // Taken from the highest, no exponent is above 0 and the greatest weight is 1, so nothing overflows and the sum is
    // at least 1; in halves, because the distance of two finite scores need not be finite.
    const half = (scores[place] ?? 0) / 2 - highest / 2;
    const weight = half === 0 ? 1 : Math.exp((half / temperature) * 2);
    chances[place] = weight;
    sum += weight;
  }
  for (let place = 0; place < taken.length; place += 1)
    if (taken[place] === 0) chances[place] = ((1 - epsilon) * (chances[place] ?? 0)) / sum + epsilon / left;
  return chances;
}

/**
 * How likely the policy puts each candidate into the next slot, after the places of `chosen` were put into the slots
 * before: p(i) = (1 - epsilon) exp(s_i / temperature) / sum_j exp(s_j / temperature) + epsilon / left, over the
 * candidates left. One number for each candidate; 0 for those chosen; the sum is 1, to rounding (all are 0 where nothing
 * is left). This is what a doubly robust estimate averages its outcome model over.
 * Throws RangeError for more than `candidatesMax` candidates, scores that are not finite, a temperature below 0, an
 * epsilon outside 0 to 1, and places in `chosen` that do not exist or repeat.
 */
export function slotChances(policy: SlotPolicy, chosen: ArrayLike<number>): Float64Array {
  checkPolicy(policy);
  const taken = new Uint8Array(policy.scores.length);
  for (let slot = 0; slot < chosen.length; slot += 1) take(taken, chosen[slot] ?? -1);
  return chancesLeft(policy, taken);
}

/**
 * Fills `slots` slots one after another, without replacement, each by a draw from `slotChances` (one uniform number a
 * slot); with fewer candidates than slots the list is as long as there are candidates. With epsilon 0 the list as a whole
 * follows the model of R. D. Luce ("Individual Choice Behavior", 1959) and R. L. Plackett ("The Analysis of Permutations",
 * Applied Statistics 24, 1975); its likelihood is the product of the propensities, for any epsilon.
 * Throws RangeError as `slotChances` does, and for slots that are not a whole number from 0.
 */
export function exploreSlots(random: Random, policy: SlotPolicy, slots: number): ExploredList {
  checkPolicy(policy);
  if (!Number.isInteger(slots) || slots < 0)
    throw new RangeError(`A list has a whole number of slots from 0, not ${slots}.`);
  const taken = new Uint8Array(policy.scores.length);
  const places = new Int32Array(Math.min(slots, taken.length));
  const propensities = new Float64Array(places.length);
  for (let slot = 0; slot < places.length; slot += 1) {
    const chances = chancesLeft(policy, taken);
    // A place of weight 0 is never drawn: what is chosen has a propensity above 0, even where others have underflown.
    const place = drawIndex(random, chances);
    take(taken, place);
    places[slot] = place;
    propensities[slot] = chances[place] ?? 0;
  }
  return { places, propensities };
}

/**
 * How likely a policy would have made each choice of a list that any policy made over the same candidates, given the
 * choices before it; for `exploreSlots`' own policy exactly the numbers that it returned. Their ratio to those is the
 * importance weight of off-policy estimates (D. G. Horvitz, D. J. Thompson, JASA 47, 1952; slot by slot: J. McInerney
 * et al., "Counterfactual Evaluation of Slate Recommendations with Sequential Reward Interactions", KDD 2020). 0 where
 * the policy would never have made the choice, which only an epsilon of 0 allows. Throws RangeError as `slotChances` does.
 */
export function propensitiesOf(policy: SlotPolicy, places: ArrayLike<number>): Float64Array {
  checkPolicy(policy);
  const taken = new Uint8Array(policy.scores.length);
  const propensities = new Float64Array(places.length);
  for (let slot = 0; slot < places.length; slot += 1) {
    const place = places[slot] ?? -1;
    propensities[slot] = chancesLeft(policy, taken)[place] ?? 0;
    take(taken, place);
  }
  return propensities;
}

/**
 * The same for a policy without chance, such as a holdout's fixed list, or one that always takes the best: each slot gets
 * the first of `order` not yet in the list. So its propensity is 1 where the slot holds just that item, given the choices
 * before it, and else 0; those of the list that it made itself are all 1. Items are any whole numbers, and `order` may
 * hold more of them than the list.
 * Throws RangeError where an item stands twice in either list, or `order` has nothing left to put into a slot.
 */
export function orderedPropensities(order: ArrayLike<number>, chosen: ArrayLike<number>): Float64Array {
  const ranking = new Set(Array.from(order));
  if (ranking.size !== order.length) throw new RangeError('An item stands in the order twice.');
  const taken = new Set<number>();
  return Float64Array.from(Array.from(chosen), (item, slot) => {
    if (taken.has(item)) throw new RangeError(`Item ${item} stands in the list twice.`);
    const [first] = ranking;
    if (first === undefined) throw new RangeError(`The order has nothing left for slot ${slot}.`);
    taken.add(item);
    ranking.delete(item);
    return first === item ? 1 : 0;
  });
}
