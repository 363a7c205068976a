// Decisions and their slots into fact_decision and fact_decision_slot.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { DecisionFact } from './decision-facts.js';

/**
 * Writes those that are not there, in the caller's transaction; resolves to them. Another transaction that writes one of
 * them at this moment is waited for.
 */
export async function writeDecisions(
  session: Session,
  given: readonly DecisionFact[],
): Promise<readonly DecisionFact[]> {
  if (given.length === 0) return given;
  const rows = given.map(({ decision, customerId, productId }) => {
    const { slots: _, decidedAtMs, details, customer: _c, product: _p, ...rest } = decision;
    return {
      ...rest,
      customerId,
      productId,
      details: details === null ? null : JSON.stringify(details),
      decidedAt: new Date(decidedAtMs).toISOString(),
    };
  });
  // In the order of their ids, so that two that write the same ones wait for each other one way round only.
  const written = await session.rows(sql<{ id: string }>`
    INSERT INTO fact_decision (id, kind, customer_id, product_id, cause, policy, policy_propensity, model,
      experiment, arm, candidates, position, details, decided_at)
    SELECT id, kind, "customerId", "productId", cause, policy, "policyPropensity", model,
      experiment, arm, candidates, position, details, "decidedAt"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (id text, kind decision_kind,
      "customerId" integer, "productId" integer, cause text, policy text, "policyPropensity" float8, model text,
      experiment text, arm text, candidates integer, position text, details text, "decidedAt" timestamptz)
    ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING id`);
  const ids = new Set(written.map(({ id }) => id));
  const fresh = given.filter(({ decision }) => ids.has(decision.id));
  await writeSlots(session, fresh);
  return fresh;
}

async function writeSlots(session: Session, fresh: readonly DecisionFact[]): Promise<void> {
  const rows = fresh.flatMap(({ decision: { id, kind, arm, slots }, customerId, slotProductIds }) =>
    slots.map(({ choice, score, propensity, features }, place) => ({
      decisionId: id,
      slot: place + 1,
      customerId,
      productId: slotProductIds[place] ?? null,
      choice,
      score,
      propensity,
      features: features === null ? null : JSON.stringify(features),
      isList: kind === 'RECOMMEND' && arm !== null,
    })),
  );
  if (rows.length === 0) return;
  await session.run(sql`
    INSERT INTO fact_decision_slot (decision_id, slot, customer_id, product_id, choice, score, propensity, features,
      is_list)
    SELECT "decisionId", slot, "customerId", "productId", choice, score, propensity, features, "isList"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given ("decisionId" text, slot integer,
      "customerId" integer, "productId" integer, choice text, score float8, propensity float8, features text,
      "isList" boolean)`);
}
