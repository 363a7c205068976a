// Puts every new decision on its way to the webhooks that want its kind, in the transaction that stores it.

import type { Decision } from '../../events/decision.js';
import type { Session } from '../../warehouse/session.js';
import type { DecisionFact } from '../../warehouse/wheel/decision-facts.js';
import { addDeliveries, lockWishes } from '../../warehouse/wheel/webhook-deliveries.js';

/** Of a batch; to be handed to the pipeline as one of its steps. */
export async function announceDecisions(
  session: Session,
  { decisions }: { readonly decisions: readonly DecisionFact[] },
): Promise<undefined> {
  if (decisions.length === 0) return;
  const wishes = await lockWishes(session);
  const deliveries = decisions.flatMap(({ decision }) => {
    const wanting = wishes.filter(({ kinds }) => kinds.length === 0 || kinds.includes(decision.kind));
    if (wanting.length === 0) return [];
    const body = bodyOf(decision);
    return wanting.map(({ webhookId }) => ({ webhookId, decisionId: decision.id, body }));
  });
  await addDeliveries(session, deliveries);
}

/** What is sent of a decision: all but what only this system can read. */
function bodyOf({ id, kind, customer, product, cause, slots, decidedAtMs, ...rest }: Decision): string {
  const { policy, model, experiment, arm, details } = rest;
  const choices = slots.map(({ features: _, ...one }, place) => ({ slot: place + 1, ...one }));
  const decidedAt = new Date(decidedAtMs).toISOString();
  const how = { cause, policy, model, experiment, arm };
  return JSON.stringify({
    id,
    type: 'decision',
    kind,
    customer,
    product,
    ...how,
    details,
    decidedAt,
    choices,
  });
}
