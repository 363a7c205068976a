// What the recommender proposes to each customer before anything is chosen, by the arm that the customer is in.

import { candidatesMax } from '../../math/decide/explore-slots.js';
import {
  listedMax,
  type RecommendationService,
  type RecommendItem,
  type ScoredProduct,
} from '../../services/recommendation/contract.js';
import { type Arm, type ArmShares, armOfCustomer } from './arms.js';

/** What is asked for one customer. */
export interface DecideItem {
  readonly customer: string;
  /** How many products. */
  readonly first: number;
  readonly keepOwned?: boolean;
}

export interface DraftDeps extends ArmShares {
  readonly recommendation: RecommendationService;
  /** The model on trial, as `SERVICE/VERSION`; null while there is none. */
  readonly challenger: () => Promise<string | null>;
}

/** One list with the arm that its customer is in. */
export interface Drafted {
  readonly item: DecideItem;
  readonly arm: Arm;
  readonly model: string | null;
  readonly degraded: boolean;
  readonly products: readonly ScoredProduct[];
  /** What the model on trial would propose; undefined where it is not compared. */
  readonly challenged: readonly ScoredProduct[] | undefined;
}

/** In one call of the service, in the order of the items. */
export async function draftLists(
  deps: DraftDeps,
  items: readonly DecideItem[],
  signal: AbortSignal | undefined,
): Promise<readonly Drafted[]> {
  const challenger = deps.challengerShare > 0 ? await deps.challenger() : null;
  const assigned = items.map((item) => ({ item, arm: armOfCustomer(deps, item.customer, challenger) }));
  const asked = assigned.map(({ item, arm }) => recommendItemOf(item, arm));
  // What the model on trial would propose to those whom the other serves tells what it would earn there.
  const compared = assigned.filter(({ arm }) => challenger !== null && arm === 'CHAMPION');
  const trials = compared.map(({ item }) => recommendItemOf(item, 'CHALLENGER'));
  const answer = await deps.recommendation.recommend([...asked, ...trials], signal && { signal });
  const modelAt = (place: number) => answer.models?.[place] ?? answer.model;
  return assigned.map((one, place): Drafted => {
    const { item, arm } = one;
    const model = modelAt(place);
    const trial = asked.length + compared.indexOf(one);
    const isCompared = trial >= asked.length && modelAt(trial) === challenger;
    return {
      item,
      // Whoever was not answered by the model on trial is no evidence for it.
      arm: arm === 'CHALLENGER' && model !== challenger ? 'CHAMPION' : arm,
      model: arm === 'HOLDOUT' ? null : model,
      degraded: answer.degraded,
      products: answer.results[place]?.items ?? [],
      challenged: isCompared ? answer.results[trial]?.items : undefined,
    };
  });
}

/** What the recommender is asked for a customer: the list itself for the held out, candidates for all others. */
export function recommendItemOf({ customer, first, keepOwned }: DecideItem, arm: Arm): RecommendItem {
  const asked = { customer, ...(keepOwned === undefined ? {} : { keepOwned }) };
  if (arm === 'HOLDOUT') return { ...asked, first, by: 'POPULARITY' };
  const among = { ...asked, first: Math.min(listedMax, candidatesMax) };
  return arm === 'CHALLENGER' ? { ...among, arm: 'challenger' } : among;
}
