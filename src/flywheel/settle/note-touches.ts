// The step of the pipeline that notes what may change what became of decisions, in the transaction of the facts.

import { exposureType } from '../../events/catalogue.js';
import type { Session } from '../../warehouse/session.js';
import type { ArrivedEvent, SaleFact } from '../../warehouse/stream/facts.js';
import type { DecisionFact } from '../../warehouse/wheel/decision-facts.js';
import { addTouches, type Claim } from '../../warehouse/wheel/touches.js';
import { namedDecision } from './named-decision.js';

/** What a customer may do about what is shown to them. */
const answers: ReadonlySet<string> = new Set(['click', 'add_to_cart', 'purchase']);

/** Facts that were not in the warehouse before. */
interface BatchFacts {
  readonly events: readonly ArrivedEvent[];
  readonly sales: readonly SaleFact[];
  readonly decisions: readonly DecisionFact[];
}

/**
 * Notes which decisions are new or were named by an event, and what customers did to whom something was shown. What is
 * noted waits for the settler; nothing is lost where an event comes before its decision. An exposure that claims to come from
 * the future counts as of when the log took it in, which is the same in every replay: a place would never close else.
 */
export async function noteTouches(session: Session, { events, sales, decisions }: BatchFacts): Promise<void> {
  const claims = events.flatMap((fact): Claim[] => {
    const decisionId = namedDecision(fact.attributes);
    if (decisionId === undefined || !(fact.type === exposureType || answers.has(fact.type))) return [];
    const { source, eventId, type, customerId, productId, occurredAt, appendedAtMs } = fact;
    const atMs = type === exposureType ? Math.min(occurredAt, appendedAtMs) : occurredAt;
    return [{ source, eventId, decisionId, type, customerId, productId, atMs }];
  });
  const acts = [
    ...events
      .filter(({ type }) => answers.has(type))
      .map(({ customerId, productId, occurredAt }) => ({ customerId, productId, atMs: occurredAt })),
    // A purchase of several products names them in its lines alone.
    ...sales
      .filter(({ kind }) => kind === 'SALE')
      .map(({ customerId, productId, soldAt }) => ({ customerId, productId, atMs: soldAt })),
  ].flatMap(({ customerId, productId, atMs }) =>
    customerId === null ? [] : [{ customerId, productId, atMs }],
  );
  const newDecisions = decisions.map(({ decision }) => decision.id);
  await addTouches(session, { claims, acts, decisions: newDecisions });
}
