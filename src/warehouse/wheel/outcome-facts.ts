// Exposures and outcomes as facts of their own, which metrics count: each place of a decision is at most one of each.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { SlotKey } from './settle.js';

/** A row of `fact_exposure` or `fact_outcome`; `customer` and `product` are the codes beside their keys. */
export type WheelFact = {
  readonly decisionId: string;
  readonly slot: number;
  readonly kind: string;
  readonly customerId: number | null;
  readonly customer: string | null;
  readonly productId: number | null;
  readonly product: string | null;
  readonly arm: string | null;
  readonly policy: string;
  readonly model: string | null;
  /** Null for an exposure; else what was done first. */
  readonly type: string | null;
  /** Milliseconds since 1970: when it was shown, or answered first. */
  readonly atMs: number;
};

const ofSlot = sql`
  slot.decision_id AS "decisionId", slot.slot, decision.kind, slot.customer_id AS "customerId",
  customer.code AS customer, slot.product_id AS "productId", product.code AS product, decision.arm,
  decision.policy, decision.model`;

const joined = sql`
  JOIN fact_decision AS decision ON decision.id = slot.decision_id
  LEFT JOIN dim_customer AS customer ON customer.id = slot.customer_id
  LEFT JOIN dim_product AS product ON product.id = slot.product_id`;

const given = (slots: readonly SlotKey[]) => sql`
  unnest(${slots.map(({ decisionId }) => decisionId)}::text[], ${slots.map(({ slot }) => slot)}::integer[])
    AS given (decision_id, slot) JOIN fact_decision_slot AS slot USING (decision_id, slot)`;

/** The places among them that are shown, or answered, and are no fact yet. */
export async function readNewFacts(
  session: Session,
  slots: readonly SlotKey[],
): Promise<{ readonly exposures: readonly WheelFact[]; readonly outcomes: readonly WheelFact[] }> {
  const exposures = await session.rows(sql<WheelFact>`
    SELECT ${ofSlot}, NULL AS type, (extract(epoch FROM slot.shown_at) * 1000)::float8 AS "atMs"
    FROM ${given(slots)} ${joined}
    WHERE slot.shown_at IS NOT NULL AND NOT EXISTS (SELECT FROM fact_exposure AS known
      WHERE known.decision_id = slot.decision_id AND known.slot = slot.slot)`);
  const outcomes = await session.rows(sql<WheelFact>`
    SELECT ${ofSlot}, CASE slot.responded_at WHEN slot.clicked_at THEN 'click' WHEN slot.carted_at THEN 'add_to_cart'
      ELSE 'purchase' END AS type, (extract(epoch FROM slot.responded_at) * 1000)::float8 AS "atMs"
    FROM ${given(slots)} ${joined}
    WHERE slot.responded_at IS NOT NULL AND NOT EXISTS (SELECT FROM fact_outcome AS known
      WHERE known.decision_id = slot.decision_id AND known.slot = slot.slot)`);
  return { exposures, outcomes };
}

/** Writes facts that are new; in the caller's transaction. */
export async function writeWheelFacts(
  session: Session,
  table: 'fact_exposure' | 'fact_outcome',
  facts: readonly WheelFact[],
): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map(({ atMs, ...rest }) => ({ ...rest, at: new Date(atMs).toISOString() }));
  const isOutcome = table === 'fact_outcome';
  await session.run(sql`
    INSERT INTO ${sql.table(table)} (decision_id, slot, kind, customer_id, product_id, arm, policy, model,
      ${isOutcome ? sql`type, occurred_at` : sql`shown_at`})
    SELECT "decisionId", slot, kind, "customerId", "productId", arm, policy, model,
      ${isOutcome ? sql`type, at` : sql`at`}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given ("decisionId" text, slot integer,
      kind decision_kind, "customerId" integer, "productId" integer, arm text, policy text, model text, type text,
      at timestamptz)`);
}

/** Removes the outcomes of places that turned out to be unanswered, because what was done is put down to another. */
export async function dropOutcomes(session: Session, slots: readonly SlotKey[]): Promise<number> {
  return session.run(sql`
    DELETE FROM fact_outcome AS fact USING ${given(slots)}
    WHERE fact.decision_id = slot.decision_id AND fact.slot = slot.slot AND slot.responded_at IS NULL`);
}
