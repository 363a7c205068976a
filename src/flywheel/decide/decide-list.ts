// The decision about one customer's list: chosen by chance, or the floor as it is for the held out.

import { createRandom } from '../../core/random.js';
import { type Decision, withId } from '../../events/decision.js';
import type { ScoredProduct } from '../../services/recommendation/contract.js';
import { holdoutExperiment } from './arms.js';
import { type Choice, choose } from './choose.js';
import type { Drafted } from './draft.js';
import { type Candidate, floorPolicy } from './policies.js';

/** What is the same for all who are decided for at once. */
export interface KnownToAll {
  readonly position: string;
  /** By the clock of the event log, in milliseconds since 1970. */
  readonly decidedAtMs: number;
  /** By the codes of customers. */
  readonly segments: ReadonlyMap<string, string>;
  /** How likely each policy is chosen, in the order of `policyNames`. */
  readonly shares: Float64Array;
  /** The share of each choice that is spread evenly over the candidates. */
  readonly explorationShare: number;
}

export interface DecidedList {
  readonly decision: Decision;
  readonly draft: Drafted;
  readonly products: readonly ScoredProduct[];
}

/** The same draft, candidates and knowledge give the same decision. */
export function decideList(known: KnownToAll, draft: Drafted, candidates: readonly Candidate[]): DecidedList {
  const { item, arm, model } = draft;
  const { customer, first } = item;
  // What was known is all that the chance depends on, so that the same question at the same moment has one answer.
  const random = createRandom(`${known.position} ${customer} ${first} ${arm} ${model}`);
  const choice =
    arm === 'HOLDOUT'
      ? undefined
      : choose(random, candidates, known.shares, { slots: first, epsilon: known.explorationShare });
  const places = choice?.places ?? candidates.slice(0, first).map((_, place) => place);
  const chosen = places.flatMap((place, slot) => {
    const [candidate, proposed] = [candidates[place], draft.products[place]];
    if (candidate === undefined || proposed === undefined) return [];
    const score = choice?.scores[slot] ?? proposed.score;
    return [{ candidate, proposed: { ...proposed, score }, propensity: choice?.propensities[slot] ?? 1 }];
  });
  const decision = withId({
    kind: 'RECOMMEND',
    customer,
    product: null,
    cause: 'asked',
    policy: choice?.policy ?? floorPolicy,
    policyPropensity: choice?.policyPropensity ?? 1,
    model,
    experiment: holdoutExperiment,
    arm,
    candidates: candidates.length,
    position: known.position,
    details: choice === undefined ? null : detailsOf(choice),
    decidedAtMs: known.decidedAtMs,
    slots: chosen.map(({ candidate, proposed: { product, score }, propensity }, slot) => ({
      product,
      choice: null,
      score,
      propensity,
      features: {
        customer,
        segment: known.segments.get(customer) ?? null,
        product,
        category: candidate.category,
        // Best sellers are no opinion of the recommender's.
        recommended: arm === 'HOLDOUT' ? null : candidate.recommended,
        lately: candidate.lately,
        usually: candidate.usually,
        seen: candidate.seen,
        slot: slot + 1,
      },
    })),
  });
  return { decision, draft, products: chosen.map(({ proposed }) => proposed) };
}

function detailsOf({ shares, others, values, predicted }: Choice): Decision['details'] {
  return {
    shares: { ...shares },
    others: mutable(others),
    values: values === null ? null : mutable(values),
    predicted: predicted === null ? null : [...predicted],
  };
}

function mutable(byPolicy: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(byPolicy).map(([name, numbers]) => [name, [...numbers]]));
}
