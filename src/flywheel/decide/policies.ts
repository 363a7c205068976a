// The ways to choose between candidates, and how much each is trusted by what became of its choices.

import type { SlotPolicy } from '../../math/decide/explore-slots.js';
import { thompsonShares } from '../../math/decide/thompson.js';

/** By the recommender alone, by the learner of outcomes alone, and by both. */
export const policyNames = ['recommender', 'learner', 'blend'] as const;
export type PolicyName = (typeof policyNames)[number];

/** The policy of customers who are held out: the best sellers, in their order, for everybody. */
export const floorPolicy = 'floor';

export interface Candidate {
  readonly product: string;
  readonly category: string | null;
  /** The recommender's score, from 0 to 1 within the list. */
  readonly recommended: number;
  /** Shares of what the customer did last, as the learner of outcomes takes them; null where they did nothing. */
  readonly lately: number | null;
  readonly usually: number | null;
  readonly seen: number | null;
  /** How likely the customer answers it, as the learner of outcomes says; null where it says nothing. */
  readonly predicted: number | null;
  /** The score of the model on trial, from 0 to 1 within its list; undefined where none is. */
  readonly challenged?: number | undefined;
}

/**
 * The score that a policy gives each candidate, in units of log-odds: the recommender's share of its best is stretched
 * over `recommenderSpan`; a prediction p counts ln(p / (1 - p)). A learner that says nothing leaves the recommender's.
 */
function scoreOf(policy: PolicyName, { recommended, predicted }: Candidate): number {
  const byRecommender = recommenderSpan * recommended;
  if (predicted === null || policy === 'recommender') return byRecommender;
  const bounded = Math.min(1 - leastChance, Math.max(leastChance, predicted));
  const byLearner = Math.log(bounded / (1 - bounded));
  return policy === 'learner' ? byLearner : byLearner + recommended;
}

const recommenderSpan = 3;
const leastChance = 1e-4;

/** A difference of so much in log-odds makes one candidate e times as likely as another. */
const temperature = 0.1;

/** How a policy spreads its choices; `epsilon` is the share that is spread evenly. */
export function slotPolicyOf(
  policy: PolicyName,
  candidates: readonly Candidate[],
  epsilon: number,
): SlotPolicy {
  return { scores: candidates.map((candidate) => scoreOf(policy, candidate)), temperature, epsilon };
}

/** How the recommender alone would choose among the same candidates with the model on trial; undefined where none is. */
export function challengerPolicyOf(
  candidates: readonly Candidate[],
  epsilon: number,
): SlotPolicy | undefined {
  if (candidates.every(({ challenged }) => challenged === undefined)) return undefined;
  return slotPolicyOf(
    'recommender',
    candidates.map((one) => ({ ...one, recommended: one.challenged ?? 0 })),
    epsilon,
  );
}

/** How the choices of a policy were answered. */
export interface Tally {
  readonly policy: string;
  readonly shown: number;
  readonly answered: number;
}

/** Spread evenly over the policies, so that one that did badly is tried again. */
const evenShare = 0.1;

/** How likely each policy is chosen, in the order of `policyNames`: by `trustedShares`. */
export function policyShares(tallies: readonly Tally[]): Float64Array {
  return trustedShares(policyNames, tallies);
}

/**
 * How likely each of some ways is chosen, in their order: 0.9 times the chance that its answer rate is the highest, by
 * Thompson's rule from Beta(1 + answered, 1 + not answered), and an equal part of the rest. Sums to 1.
 */
export function trustedShares(names: readonly string[], tallies: readonly Tally[]): Float64Array {
  const shares = thompsonShares(
    names.map((name) => {
      const { shown = 0, answered = 0 } = tallies.find(({ policy }) => policy === name) ?? {};
      return { alpha: 1 + answered, beta: 1 + shown - answered };
    }),
  );
  return shares.map((share) => (1 - evenShare) * share + evenShare / names.length);
}
