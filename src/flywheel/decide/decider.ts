// Decides what customers are shown: asks the services, chooses, and writes down what was decided before anybody sees it.

import type { Clock } from '../../core/clock.js';
import { createRandom } from '../../core/random.js';
import { type Decision, withId } from '../../events/decision.js';
import { armOf } from '../../math/decide/assign-arm.js';
import { candidatesMax } from '../../math/decide/explore-slots.js';
import type { LearningService } from '../../services/learning/contract.js';
import {
  listedMax,
  type RecommendationService,
  type RecommendItem,
  type ScoredProduct,
} from '../../services/recommendation/contract.js';
import type { Database } from '../../warehouse/database.js';
import { type DecisionContext, readDecisionContext } from '../../warehouse/wheel/decision-context.js';
import { readWorld, type World } from '../../warehouse/wheel/world.js';
import type { DecisionLog } from '../decision-log.js';
import { choose } from './choose.js';
import { createActShares } from './late-acts.js';
import { type Candidate, floorPolicy, policyShares } from './policies.js';

export interface DeciderDeps {
  readonly database: Database;
  readonly recommendation: RecommendationService;
  readonly learning: LearningService;
  readonly log: DecisionLog;
  readonly clock: Clock;
  /** The topics that bring events: how far they were read goes with each decision. */
  readonly topics: readonly string[];
  /** The share of customers who get the untrained floor. */
  readonly holdoutShare: number;
  /** The share of customers who are served by a model on trial, while there is one. */
  readonly challengerShare: number;
  /** The share of each choice that is spread evenly over the candidates. */
  readonly explorationShare: number;
  /** How long the log may take to confirm. */
  readonly patienceMs: number;
  /** The model on trial, as `SERVICE/VERSION`; null while there is none. */
  readonly challenger: () => Promise<string | null>;
}

/** So many products are decided at once at most: each place looks at all candidates. */
export const decidedMax = 50;

/** What is asked for one customer. */
export interface DecideItem {
  readonly customer: string;
  /** How many products. */
  readonly first: number;
  readonly keepOwned?: boolean;
}

/** What one customer is shown. */
export interface Decided {
  /** Null where nothing was decided, because deciding is switched off or the log did not confirm. */
  readonly decision: string | null;
  readonly arm: Arm | null;
  readonly items: readonly ScoredProduct[];
  readonly model: string | null;
  readonly degraded: boolean;
}

export const arms = ['HOLDOUT', 'CHAMPION', 'CHALLENGER'] as const;
export type Arm = (typeof arms)[number];

export interface Decider {
  /**
   * Decides for all of them, in their order, with one append to the log. Nothing is shown of what the log did not
   * confirm: the best sellers are then, without an id. Rejected with BAD_INPUT for a customer who cannot be asked for.
   */
  decide(items: readonly DecideItem[], signal?: AbortSignal): Promise<readonly Decided[]>;
}

/** The experiment that every customer takes part in: who is held out of it stays so for good. */
export const holdoutExperiment = 'holdout';
const trialExperiment = 'challenger';
/** The learner of what becomes of decisions. */
const responseLearner = 'response';
/** How many days of answers say how good a policy is. */
const tallyDays = 14;

/** One list with the arm that its customer is in. */
interface Drafted {
  readonly item: DecideItem;
  readonly arm: Arm;
  readonly model: string | null;
  readonly degraded: boolean;
  readonly products: readonly ScoredProduct[];
  /** What the model on trial would propose; undefined where it is not compared. */
  readonly challenged: readonly ScoredProduct[] | undefined;
}

export function createDecider(deps: DeciderDeps): Decider {
  const { recommendation, database } = deps;

  async function draft(
    items: readonly DecideItem[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Drafted[]> {
    const challenger = deps.challengerShare > 0 ? await deps.challenger() : null;
    const armsOf = items.map(({ customer }) => armOfCustomer(deps, customer, challenger !== null));
    const asked = items.map((item, place) => recommendItemOf(item, armsOf[place] ?? 'CHAMPION'));
    // What the model on trial would propose to the others tells what it would earn there.
    const compared = challenger === null ? [] : items.map((item) => recommendItemOf(item, 'CHALLENGER'));
    const answer = await recommendation.recommend([...asked, ...compared], signal && { signal });
    return items.map((item, place): Drafted => {
      const model = answer.models?.[place] ?? answer.model;
      const arm = armsOf[place] ?? 'CHAMPION';
      return {
        item,
        // Whoever was not answered by the model on trial is no evidence for it.
        arm: arm === 'CHALLENGER' && model !== challenger ? 'CHAMPION' : arm,
        model: arm === 'HOLDOUT' ? null : model,
        degraded: answer.degraded,
        products: answer.results[place]?.items ?? [],
        challenged: arm === 'CHAMPION' ? answer.results[items.length + place]?.items : undefined,
      };
    });
  }

  return {
    async decide(items, signal) {
      const [world, drafts] = await Promise.all([readWorld(database, deps.topics), draft(items, signal)]);
      if (world.off.has('RECOMMEND')) return drafts.map((one) => shown(one, one.products, null));
      const context = await readContext(database, drafts);
      const candidates = await candidatesOf(deps, drafts, context, signal);
      const known: Known = { world, segments: context.segments, shares: policyShares(context.tallies) };
      const chosen = drafts.map((one, place) => chooseFor(deps, known, one, candidates[place] ?? []));
      const waiting = AbortSignal.timeout(deps.patienceMs);
      try {
        await deps.log.append(
          chosen.map(({ decision }) => decision),
          signal === undefined ? waiting : AbortSignal.any([signal, waiting]),
        );
      } catch {
        return floorFor(recommendation, items, signal);
      }
      return chosen.map(({ decision, draft: one, products }) => shown(one, products, decision));
    },
  };
}

function armOfCustomer(deps: DeciderDeps, customer: string, isTrial: boolean): Arm {
  if (armOf(holdoutExperiment, customer, [deps.holdoutShare, 1 - deps.holdoutShare]) === 0) return 'HOLDOUT';
  const share = isTrial ? deps.challengerShare : 0;
  return armOf(trialExperiment, customer, [share, 1 - share]) === 0 && share > 0 ? 'CHALLENGER' : 'CHAMPION';
}

function recommendItemOf({ customer, first, keepOwned }: DecideItem, arm: Arm): RecommendItem {
  const asked = { customer, ...(keepOwned === undefined ? {} : { keepOwned }) };
  if (arm === 'HOLDOUT') return { ...asked, first, by: 'POPULARITY' };
  const among = { ...asked, first: Math.min(listedMax, candidatesMax) };
  return arm === 'CHALLENGER' ? { ...among, arm: 'challenger' } : among;
}

async function readContext(database: Database, drafts: readonly Drafted[]): Promise<DecisionContext> {
  const products = new Set(drafts.flatMap(({ products }) => products.map(({ product }) => product)));
  return readDecisionContext(
    database,
    drafts.map(({ item }) => item.customer),
    [...products],
    tallyDays,
  );
}

/** The products of each list with what the services say of them. */
async function candidatesOf(
  { learning }: DeciderDeps,
  drafts: readonly Drafted[],
  { segments, categories, acts }: DecisionContext,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly Candidate[])[]> {
  const lists = drafts.map(({ item, products, challenged }) => {
    const actShares = createActShares(acts.get(item.customer) ?? []);
    const shares = sharesOfBest(products);
    const challengedShares = challenged && sharesOfBest(challenged);
    const challengedOf =
      challengedShares &&
      new Map(challenged.map(({ product }, place) => [product, challengedShares[place] ?? 0]));
    return products.map(({ product }, place) => ({
      product,
      category: categories.get(product) ?? null,
      ...actShares(product, categories.get(product) ?? null),
      recommended: shares[place] ?? 0,
      challenged: challengedOf && (challengedOf.get(product) ?? 0),
    }));
  });
  const answer = await learning.score(
    drafts.map(({ item: { customer } }, place) => ({
      model: responseLearner,
      customer: { customer, segment: segments.get(customer) ?? null },
      candidates: (lists[place] ?? []).map(({ challenged: _, ...known }) => known),
    })),
    signal && { signal },
  );
  return lists.map((list, place) => {
    // What was said of other candidates, before the service went away, says nothing of these.
    const said = answer.results[place]?.predictions;
    return list.map((one, at) => ({
      ...one,
      predicted: said?.length === list.length ? (said[at] ?? null) : null,
    }));
  });
}

/** The scores of a list, from 0 for the least to 1 for the best. */
function sharesOfBest(products: readonly ScoredProduct[]): readonly number[] {
  const scores = products.map(({ score }) => score);
  const [best, least] = [Math.max(...scores), Math.min(...scores)];
  return scores.map((score) => (best > least ? (score - least) / (best - least) : 1));
}

/** What is the same for all who are decided for at once. */
interface Known {
  readonly world: World;
  readonly segments: DecisionContext['segments'];
  /** How likely each policy is chosen. */
  readonly shares: Float64Array;
}

function chooseFor(
  deps: DeciderDeps,
  { world, segments, shares }: Known,
  draft: Drafted,
  candidates: readonly Candidate[],
): { readonly decision: Decision; readonly draft: Drafted; readonly products: readonly ScoredProduct[] } {
  const { item, arm } = draft;
  const { customer, first } = item;
  // What was known is all that the chance depends on, so that the same question at the same moment has one answer.
  const random = createRandom(`${world.position} ${customer} ${first} ${arm} ${draft.model}`);
  const choice =
    arm === 'HOLDOUT'
      ? undefined
      : choose(random, candidates, shares, { slots: first, epsilon: deps.explorationShare });
  const places = choice?.places ?? candidates.slice(0, first).map((_, place) => place);
  const slots = places.map((place, slot) => {
    const { product = '', category = null, recommended = null } = candidates[place] ?? {};
    const { lately = null, usually = null, seen = null } = candidates[place] ?? {};
    const segment = segments.get(customer) ?? null;
    return {
      product,
      choice: null,
      score: choice?.scores[slot] ?? draft.products[place]?.score ?? 0,
      propensity: choice?.propensities[slot] ?? 1,
      features: {
        customer,
        segment,
        product,
        category,
        recommended: arm === 'HOLDOUT' ? null : recommended,
        lately,
        usually,
        seen,
        slot: slot + 1,
      },
    };
  });
  const decision = withId({
    kind: 'RECOMMEND',
    customer,
    product: null,
    cause: 'asked',
    policy: choice?.policy ?? floorPolicy,
    policyPropensity: choice?.policyPropensity ?? 1,
    model: draft.model,
    experiment: holdoutExperiment,
    arm,
    candidates: candidates.length,
    position: world.position,
    details: choice === undefined ? null : detailsOf(choice),
    decidedAtMs: world.watermarkMs ?? deps.clock.nowMs(),
    slots,
  });
  const products = places.flatMap((place, slot) => {
    const proposed = draft.products[place];
    return proposed === undefined ? [] : [{ ...proposed, score: slots[slot]?.score ?? 0 }];
  });
  return { decision, draft, products };
}

function detailsOf({ others, values, predicted }: ReturnType<typeof choose>): Decision['details'] {
  return {
    others: { ...mutable(others) },
    values: values === null ? null : { ...mutable(values) },
    predicted: predicted === null ? null : [...predicted],
  };
}

function mutable(byPolicy: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(byPolicy).map(([name, numbers]) => [name, [...numbers]]));
}

function shown(
  { arm, model, degraded, item }: Drafted,
  products: readonly ScoredProduct[],
  decision: Decision | null,
): Decided {
  return {
    decision: decision?.id ?? null,
    arm: decision === null ? null : arm,
    items: products.slice(0, item.first),
    model,
    degraded,
  };
}

/** The best sellers: what is shown where nothing could be written down. */
async function floorFor(
  recommendation: RecommendationService,
  items: readonly DecideItem[],
  signal: AbortSignal | undefined,
): Promise<readonly Decided[]> {
  const answer = await recommendation.recommend(
    items.map((item) => recommendItemOf(item, 'HOLDOUT')),
    signal && { signal },
  );
  return items.map((_, place) => ({
    decision: null,
    arm: null,
    items: answer.results[place]?.items ?? [],
    model: null,
    degraded: true,
  }));
}
