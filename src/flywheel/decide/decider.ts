// Decides what customers are shown: asks the services, chooses, and writes down what was decided before anybody sees it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { FlywheelError } from '../../core/errors.js';
import { faultOfCode } from '../../events/decision.js';
import type { LearningService } from '../../services/learning/contract.js';
import type { RecommendationService, ScoredProduct } from '../../services/recommendation/contract.js';
import type { Database } from '../../warehouse/database.js';
import { type DecisionContext, readDecisionContext } from '../../warehouse/wheel/decision-context.js';
import { readWorld } from '../../warehouse/wheel/world.js';
import type { DecisionLog } from '../decision-log.js';
import type { Arm } from './arms.js';
import { candidatesOf } from './candidates.js';
import { type DecidedList, decideList, type KnownToAll } from './decide-list.js';
import { type DecideItem, type DraftDeps, type Drafted, draftLists, recommendItemOf } from './draft.js';
import { policyShares } from './policies.js';

export interface DeciderDeps extends DraftDeps {
  readonly database: Database;
  readonly learning: LearningService;
  readonly log: DecisionLog;
  readonly clock: Clock;
  /** The topics that bring events: how far they were read goes with each decision. */
  readonly topics: readonly string[];
  /** The share of each choice that is spread evenly over the candidates. */
  readonly explorationShare: number;
  /** How long the log may take to confirm. */
  readonly patienceMs: number;
  /** Told of decisions that the log did not confirm in time. */
  readonly onUnconfirmed: (decisions: number, error: unknown) => void;
}

/** So many products are decided for one customer at most: each place looks at all candidates. */
export const decidedMax = 50;
/** For so many customers at once at most. */
const customersMax = 100;
/** Other requests get their turn after so many customers. */
const customersPerTurn = 10;
/** How many days of answers say how good a policy is. */
const tallyDays = 4;

/** What one customer is shown. */
export interface Decided {
  /** Null where nothing was decided, because deciding is switched off or the log did not confirm. */
  readonly decision: string | null;
  readonly arm: Arm | null;
  readonly items: readonly ScoredProduct[];
  readonly model: string | null;
  readonly degraded: boolean;
}

export interface Decider {
  /**
   * Decides for all of them, in their order, with one append to the log. Nothing is shown of what the log did not
   * confirm: the best sellers are then, without an id. A customer who cannot be decided for gives the error BAD_INPUT in
   * the place of the answer; rejected with LIMIT_EXCEEDED for more than 100 customers, and with CANCELLED.
   */
  decide(items: readonly DecideItem[], signal?: AbortSignal): Promise<readonly (Decided | FlywheelError)[]>;
}

export function createDecider(deps: DeciderDeps): Decider {
  const { recommendation, database } = deps;

  /** For customers who can be decided for. */
  async function decideAll(
    items: readonly DecideItem[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Decided[]> {
    const [world, drafts] = await Promise.all([
      readWorld(database, deps.topics),
      draftLists(deps, items, signal),
    ]);
    if (world.off.has('RECOMMEND')) return drafts.map((one) => shown(one, one.products, null));
    const context = await readContext(database, drafts);
    const candidates = await candidatesOf(deps.learning, drafts, context, signal);
    const known: KnownToAll = {
      position: world.position,
      decidedAtMs: world.watermarkMs ?? deps.clock.nowMs(),
      segments: context.segments,
      shares: policyShares(context.tallies),
      explorationShare: deps.explorationShare,
    };
    const lists: DecidedList[] = [];
    for (const [place, draft] of drafts.entries()) {
      if (place > 0 && place % customersPerTurn === 0) await nextTurn();
      lists.push(decideList(known, draft, candidates[place] ?? []));
    }
    const waiting = AbortSignal.timeout(deps.patienceMs);
    try {
      await deps.log.append(
        lists.map(({ decision }) => decision),
        signal === undefined ? waiting : AbortSignal.any([signal, waiting]),
      );
    } catch (error) {
      if (signal?.aborted) throw error;
      deps.onUnconfirmed(lists.length, error);
      return floorFor(recommendation, items, signal);
    }
    return lists.map(({ decision, draft, products }) => shown(draft, products, decision.id));
  }

  return {
    async decide(items, signal) {
      if (items.length > customersMax) {
        throw new FlywheelError(
          'LIMIT_EXCEEDED',
          `One request decides for at most ${customersMax} customers, not ${items.length}; ask in several.`,
        );
      }
      const faults = items.map(faultOf);
      const sound = items.filter((_, place) => faults[place] === undefined);
      const decided = sound.length === 0 ? [] : await decideAll(sound, signal);
      let next = 0;
      return faults.map((fault) => fault ?? decided[next++] ?? new FlywheelError('INTERNAL', 'No decision.'));
    },
  };
}

/** Why a customer cannot be decided for: the log would hand the decision to nobody. */
function faultOf({ customer }: DecideItem): FlywheelError | undefined {
  const fault = faultOfCode(customer);
  return fault === undefined
    ? undefined
    : new FlywheelError('BAD_INPUT', `Nothing can be decided for a customer of this code. ${fault}.`);
}

async function readContext(database: Database, drafts: readonly Drafted[]): Promise<DecisionContext> {
  const products = new Set(drafts.flatMap(({ products: listed }) => listed.map(({ product }) => product)));
  return readDecisionContext(
    database,
    drafts.map(({ item }) => item.customer),
    [...products],
    tallyDays,
  );
}

function shown(
  { arm, model, degraded, item }: Drafted,
  products: readonly ScoredProduct[],
  decision: string | null,
): Decided {
  const items = products.slice(0, item.first);
  return { decision, arm: decision === null ? null : arm, items, model, degraded };
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
