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

const codes = sql`
  LEFT JOIN dim_customer AS customer ON customer.id = fact.customer_id
  LEFT JOIN dim_product AS product ON product.id = fact.product_id`;

const columns = sql`
  fact.decision_id AS "decisionId", fact.slot, fact.kind, fact.customer_id AS "customerId", customer.code AS customer,
  fact.product_id AS "productId", product.code AS product, fact.arm, fact.policy, fact.model, fact.type,
  (extract(epoch FROM fact.at) * 1000)::float8 AS "atMs"`;

const given = (slots: readonly SlotKey[]) => sql`
  unnest(${slots.map(({ decisionId }) => decisionId)}::text[], ${slots.map(({ slot }) => slot)}::integer[])
    AS given (decision_id, slot)`;

export type WheelTable = 'fact_exposure' | 'fact_outcome';

/** The facts of places as they are stored, and as they are to be. */
interface FactChanges {
  readonly gone: readonly WheelFact[];
  readonly added: readonly WheelFact[];
}

/** The time and the type by which a fact is stored, and those that follow from its place. */
const sides = {
  fact_exposure: {
    stored: sql`shown_at AS at, NULL AS type`,
    due: sql`slot.shown_at AS at, NULL AS type`,
  },
  fact_outcome: {
    stored: sql`occurred_at AS at, type`,
    due: sql`slot.responded_at AS at, CASE slot.responded_at WHEN slot.clicked_at THEN 'click'
      WHEN slot.carted_at THEN 'add_to_cart' ELSE 'purchase' END AS type`,
  },
};

/**
 * What the facts of these places lack or say wrongly, such as an outcome that a click which came late has preceded, or that
 * is put down to another place by now: what is stored is gone then, and what is true is added.
 */
export async function readFactChanges(
  session: Session,
  table: WheelTable,
  slots: readonly SlotKey[],
): Promise<FactChanges> {
  const { stored, due } = sides[table];
  const stands = sql`
    SELECT decision_id, slot, kind, customer_id, product_id, arm, policy, model, ${stored}
    FROM ${given(slots)} JOIN ${sql.table(table)} USING (decision_id, slot)`;
  const follows = sql`
    SELECT slot.decision_id, slot.slot, decision.kind, slot.customer_id, slot.product_id, decision.arm, decision.policy,
      decision.model, ${due}
    FROM ${given(slots)} JOIN fact_decision_slot AS slot USING (decision_id, slot)
    JOIN fact_decision AS decision ON decision.id = slot.decision_id`;
  const without = (one: typeof stands, other: typeof stands) => sql<WheelFact>`
    SELECT ${columns} FROM (${one}) AS fact ${codes}
    WHERE fact.at IS NOT NULL AND NOT EXISTS (SELECT FROM (${other}) AS known
      WHERE known.decision_id = fact.decision_id AND known.slot = fact.slot AND known.at = fact.at
        AND known.type IS NOT DISTINCT FROM fact.type)`;
  return {
    gone: await session.rows(without(stands, follows)),
    added: await session.rows(without(follows, stands)),
  };
}

/** Makes the changes, in the caller's transaction. */
export async function writeFactChanges(
  session: Session,
  table: WheelTable,
  { gone, added }: FactChanges,
): Promise<void> {
  if (gone.length > 0)
    await session.run(sql`
      DELETE FROM ${sql.table(table)} AS fact USING ${given(gone)}
      WHERE fact.decision_id = given.decision_id AND fact.slot = given.slot`);
  if (added.length === 0) return;
  const rows = added.map(({ atMs, ...rest }) => ({ ...rest, at: new Date(atMs).toISOString() }));
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
