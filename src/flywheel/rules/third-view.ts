// The rule that a customer who views a product for the third time without buying it is decided for at once.

import type { Lease } from '../../core/lease.js';
import { createRandom } from '../../core/random.js';
import { type Decision, recordOf, withId } from '../../events/decision.js';
import { armOf } from '../../math/decide/assign-arm.js';
import { drawPolicy } from '../../math/decide/thompson.js';
import type { Database } from '../../warehouse/database.js';
import { assertLease } from '../../warehouse/lease-fence.js';
import { publish } from '../../warehouse/outbox.js';
import type { Session } from '../../warehouse/session.js';
import type { ArrivedEvent } from '../../warehouse/stream/facts.js';
import { inTransaction } from '../../warehouse/transaction.js';
import { readDecisionContext } from '../../warehouse/wheel/decision-context.js';
import { noteThirdViews, type Trigger, takeTriggers, type View } from '../../warehouse/wheel/triggers.js';
import { isOff, readWorld, type World } from '../../warehouse/wheel/world.js';
import { holdoutExperiment } from '../decide/arms.js';
import { trustedShares } from '../decide/policies.js';
import { isFarAhead } from '../far-ahead.js';

export interface ThirdViewTerms {
  /** The three views lie within it, and nothing is decided of a third view that is older. */
  readonly windowMs: number;
  /** What may be offered. */
  readonly offer: string;
}

/** The name of the rule; what decisions say made them. */
const rule = 'third-view';
/** To show the product again with the offer, or without one: each is a policy of its own, so it has figures of its own. */
const policies = ['third-view-offer', 'third-view-plain'] as const;
/** How many days of answers say which of them is better. */
const tallyDays = 28;
/** So many are decided in one transaction. */
const triggersMax = 500;

/**
 * Part of the transaction of a batch: notes third views among its new events, to be decided by `decideThirdViews`. Where
 * views of one customer stand in several partitions, which happens to producers without keys alone, and are read in
 * the same moment, the third one is seen with the next view. A view from the future is none: it would keep all that come
 * before it from being the third.
 */
export async function noteViews(
  session: Session,
  events: readonly ArrivedEvent[],
  { windowMs }: Pick<ThirdViewTerms, 'windowMs'>,
): Promise<void> {
  const views = events.flatMap((event): View[] => {
    const { type, customerId, productId, occurredAt } = event;
    if (type !== 'view' || customerId === null || productId === null || isFarAhead(event)) return [];
    return [{ customerId, productId, atMs: occurredAt }];
  });
  await noteThirdViews(session, rule, views, windowMs);
}

export interface ThirdViewDeps {
  readonly database: Database;
  readonly terms: ThirdViewTerms;
  /** The share of customers who get the untrained floor, and so nothing by this rule. */
  readonly holdoutShare: number;
  readonly inputTopics: readonly string[];
  readonly decisionsTopic: string;
}

/**
 * Decides what was noted, in one transaction with handing it to the outbox: whoever dies on the way, each is decided once,
 * and the id is made of customer, product and event alone. Whether there is an offer is drawn with exact chances, by
 * how both were answered lately. Nothing is decided for customers who are held out, of views that are too old
 * by the clock of the log, and while deciding is switched off. Resolves to how many were looked at.
 */
export async function decideThirdViews(
  deps: ThirdViewDeps,
  lease: Pick<Lease, 'name' | 'number'>,
): Promise<number> {
  const { database, terms, inputTopics, decisionsTopic } = deps;
  const world = await readWorld(database, inputTopics);
  const { tallies } = await readDecisionContext(database, [], [], tallyDays);
  const shares = trustedShares(policies, tallies);
  return inTransaction(database, async (session) => {
    await assertLease(session, lease);
    const triggers = await takeTriggers(session, rule, triggersMax);
    if (triggers.length === 0 || (await isOff(session, 'RECOMMEND'))) return triggers.length;
    const decisions = triggers
      .filter((trigger) => isDecided(deps, trigger, world))
      .map((trigger) => thirdViewDecision(trigger, terms, shares, world));
    await publish(
      session,
      decisions.map((decision) => ({ topic: decisionsTopic, ...recordOf(decision) })),
    );
    return triggers.length;
  });
}

function isDecided(
  { holdoutShare, terms }: ThirdViewDeps,
  { customer, occurredAt }: Trigger,
  { watermarkMs }: World,
): boolean {
  const isHeldOut = armOf(holdoutExperiment, customer, [holdoutShare, 1 - holdoutShare]) === 0;
  const isOld = watermarkMs !== null && occurredAt.getTime() < watermarkMs - terms.windowMs;
  return !isOld && !(isHeldOut && holdoutShare > 0);
}

function thirdViewDecision(
  { customer, product, source, eventId, occurredAt }: Trigger,
  { offer }: Pick<ThirdViewTerms, 'offer'>,
  shares: Float64Array,
  { position, watermarkMs }: World,
): Decision {
  const named = [customer, product, source, eventId];
  const { policy, propensity } = drawPolicy(createRandom(JSON.stringify([rule, ...named])), shares);
  return withId(
    {
      kind: 'RECOMMEND',
      customer,
      product,
      cause: rule,
      policy: policies[policy] ?? 'third-view-plain',
      policyPropensity: propensity,
      model: null,
      // Held-out customers get nothing by this rule, so its decisions are no part of what lists are compared by.
      experiment: null,
      arm: null,
      candidates: policies.length,
      position,
      details: { source, event: eventId, viewedAt: occurredAt.toISOString() },
      decidedAtMs: watermarkMs ?? occurredAt.getTime(),
      slots: [{ product, choice: policy === 0 ? offer : null, score: 0, propensity: 1, features: null }],
    },
    named,
  );
}
