// The proposals of the recommender with what else is known of each: category, late acts, and what the learner expects.

import type { LearningService } from '../../services/learning/contract.js';
import type { ScoredProduct } from '../../services/recommendation/contract.js';
import type { DecisionContext } from '../../warehouse/wheel/decision-context.js';
import type { Drafted } from './draft.js';
import { createActShares } from './late-acts.js';
import type { Candidate } from './policies.js';

/** The learner of what becomes of decisions. */
const responseLearner = 'response';
/** Before it has learned so many examples it knows nothing of anybody, and would choose blindly. */
const examplesLeast = 200;

/** One list for each draft, in their order, after one call of the learner for all. */
export async function candidatesOf(
  learning: LearningService,
  drafts: readonly Drafted[],
  context: DecisionContext,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly Candidate[])[]> {
  const lists = drafts.map((draft) => knownOf(draft, context));
  const answer = await learning.score(
    drafts.map(({ item: { customer } }, place) => ({
      model: responseLearner,
      customer: { customer, segment: context.segments.get(customer) ?? null },
      candidates: (lists[place] ?? []).map(({ challenged: _, ...known }) => known),
    })),
    signal && { signal },
  );
  return lists.map((list, place) => {
    // What was said of other candidates, before the service went away, says nothing of these.
    const { predictions: said, examples = 0 } = answer.results[place] ?? {};
    const speaks = said?.length === list.length && examples >= examplesLeast;
    return list.map((one, at) => ({
      ...one,
      predicted: speaks ? (said[at] ?? null) : null,
    }));
  });
}

function knownOf({ item, products, challenged }: Drafted, { categories, acts }: DecisionContext) {
  const actShares = createActShares(acts.get(item.customer) ?? []);
  const shares = sharesOfBest(products);
  const challengedOf = challenged && sharesByProduct(challenged);
  return products.map(({ product }, place) => ({
    product,
    category: categories.get(product) ?? null,
    ...actShares(product, categories.get(product) ?? null),
    recommended: shares[place] ?? 0,
    challenged: challengedOf && (challengedOf.get(product) ?? 0),
  }));
}

function sharesByProduct(products: readonly ScoredProduct[]): ReadonlyMap<string, number> {
  const shares = sharesOfBest(products);
  return new Map(products.map(({ product }, place) => [product, shares[place] ?? 0]));
}

/** The scores of a list, stretched from 0 for the least to 1 for the best. */
function sharesOfBest(products: readonly ScoredProduct[]): readonly number[] {
  const scores = products.map(({ score }) => score);
  const [best, least] = [Math.max(...scores), Math.min(...scores)];
  return scores.map((score) => (best > least ? (score - least) / (best - least) : 1));
}
