// Decisions with their places, and what became of them, written into the warehouse as the pipeline and the settler do.

import type { Pool } from 'pg';

export interface WheelSlot {
  readonly product: string | null;
  readonly propensity?: number;
  readonly shownAt?: Date;
  readonly clickedAt?: Date;
  readonly boughtAt?: Date;
}

export interface WheelDecision {
  readonly id: string;
  readonly kind?: 'RECOMMEND' | 'CAMPAIGN' | 'REORDER';
  readonly customer: string | null;
  readonly arm?: string | null;
  readonly policy?: string;
  readonly model?: string | null;
  readonly details?: object;
  readonly at: Date;
  readonly slots: readonly WheelSlot[];
}

/** Stores decisions of known customers and products, with the exposures and outcomes that their places tell of. */
export async function storeDecisions(
  to: Pick<Pool, 'query'>,
  decisions: readonly WheelDecision[],
): Promise<void> {
  for (const { id, kind = 'RECOMMEND', customer, policy = 'floor', at, slots, ...more } of decisions) {
    const { arm = 'HOLDOUT', model = null, details = null } = more;
    await to.query(
      `INSERT INTO fact_decision (id, kind, customer_id, cause, policy, policy_propensity, model, experiment, arm,
         candidates, position, details, decided_at)
       VALUES ($1, $2, (SELECT id FROM dim_customer WHERE code = $3), 'asked', $4, 1, $5, 'holdout', $6, 10, '{}', $7, $8)`,
      [id, kind, customer, policy, model, arm, details && JSON.stringify(details), at],
    );
    for (const [place, { product, propensity = 1, shownAt, clickedAt, boughtAt }] of slots.entries()) {
      await to.query(
        `INSERT INTO fact_decision_slot (decision_id, slot, customer_id, product_id, score, propensity, shown_at, closes_at,
           clicked_at, bought_at, responded_at)
         VALUES ($1, $2, (SELECT id FROM dim_customer WHERE code = $3), (SELECT id FROM dim_product WHERE code = $4), 0, $5,
           $6::timestamptz, $6::timestamptz + interval '1 day', $7::timestamptz, $8::timestamptz,
           least($7::timestamptz, $8::timestamptz))`,
        [id, place + 1, customer, product, propensity, shownAt, clickedAt, boughtAt],
      );
    }
  }
  const facts = `s.decision_id, s.slot, d.kind, s.customer_id, s.product_id, d.arm, d.policy, d.model`;
  const from = `FROM fact_decision AS d JOIN fact_decision_slot AS s ON s.decision_id = d.id WHERE d.id = ANY($1)`;
  const ids = decisions.map(({ id }) => id);
  await to.query(
    `INSERT INTO fact_exposure (decision_id, slot, kind, customer_id, product_id, arm, policy, model, shown_at)
     SELECT ${facts}, s.shown_at ${from} AND s.shown_at IS NOT NULL`,
    [ids],
  );
  await to.query(
    `INSERT INTO fact_outcome (decision_id, slot, kind, customer_id, product_id, arm, policy, model, type, occurred_at)
     SELECT ${facts}, CASE s.responded_at WHEN s.clicked_at THEN 'click' ELSE 'purchase' END, s.responded_at
     ${from} AND s.responded_at IS NOT NULL`,
    [ids],
  );
}
