// Works out, from the facts as sets, which places of decisions were shown and what their customers did then.

import { sql } from 'kysely';
import type { Session } from '../session.js';

/** A place of a decision. */
export interface SlotKey {
  readonly decisionId: string;
  readonly slot: number;
}

/** A customer and what was shown to them, from a moment on. */
export interface Pair {
  readonly customerId: number | null;
  /** Null for what is shown without a product. */
  readonly productId: number | null;
  readonly from: Date;
}

const moments = (pairs: readonly Pair[]) => pairs.map(({ from }) => from.toISOString());

/**
 * Sets when the places of decisions were first shown, by the exposures that name them, and until when behaviour is put
 * down to them. An exposure of another customer than the decision's shows nothing. Resolves to the places that are shown
 * now or earlier than was known, with their pairs.
 */
export async function showSlots(
  session: Session,
  decisions: readonly string[],
  exposure: string,
  windowMs: number,
): Promise<readonly (SlotKey & Pair)[]> {
  return session.rows(sql<SlotKey & Pair>`
    WITH shown AS (
      SELECT slot.decision_id, slot.slot, min(claim.occurred_at) AS at
      FROM decision_claim AS claim JOIN fact_decision_slot AS slot USING (decision_id)
      WHERE claim.decision_id = ANY(${[...decisions]}::text[]) AND claim.type = ${exposure}
        AND (claim.product_id IS NULL OR claim.product_id = slot.product_id)
        AND (claim.customer_id IS NULL OR slot.customer_id IS NULL OR claim.customer_id = slot.customer_id)
      GROUP BY slot.decision_id, slot.slot
    )
    UPDATE fact_decision_slot AS slot
    SET shown_at = shown.at, closes_at = shown.at + ${windowMs} * interval '1 millisecond'
    FROM shown
    WHERE slot.decision_id = shown.decision_id AND slot.slot = shown.slot
      AND (slot.shown_at IS NULL OR slot.shown_at > shown.at)
    RETURNING slot.decision_id AS "decisionId", slot.slot, slot.customer_id AS "customerId",
      slot.product_id AS "productId", slot.shown_at AS "from"`);
}

/** The places of decisions that are shown, as pairs. */
export async function readShown(session: Session, decisions: readonly string[]): Promise<readonly Pair[]> {
  return session.rows(sql<Pair>`
    SELECT customer_id AS "customerId", product_id AS "productId", shown_at AS "from"
    FROM fact_decision_slot WHERE decision_id = ANY(${[...decisions]}::text[]) AND shown_at IS NOT NULL`);
}

/**
 * Sets what became of the shown places of the pairs that are open at their moment or later: an act that names the
 * decision counts for it whenever it follows, a purchase of several products for each that its lines name, and for no
 * other decision, even while the named one is unknown; any other act counts for the place of the same customer and
 * product that was shown last before it, within its window. What is shown without a product is answered by a purchase of
 * any. Resolves to the places that changed.
 */
export async function settlePairs(session: Session, pairs: readonly Pair[]): Promise<readonly SlotKey[]> {
  if (pairs.length === 0) return [];
  return session.rows(sql<SlotKey>`
    WITH pair AS (
      SELECT customer_id, product_id, min(since) AS since
      FROM unnest(
        ${pairs.map(({ customerId }) => customerId)}::integer[],
        ${pairs.map(({ productId }) => productId)}::integer[], ${moments(pairs)}::timestamptz[]
      ) AS given (customer_id, product_id, since)
      GROUP BY customer_id, product_id
    ), open AS (
      SELECT slot.* FROM pair CROSS JOIN LATERAL (
        SELECT * FROM fact_decision_slot AS slot
        WHERE slot.customer_id = pair.customer_id AND slot.product_id = pair.product_id
          AND slot.closes_at >= pair.since
        UNION ALL
        SELECT * FROM fact_decision_slot AS slot
        WHERE slot.customer_id = pair.customer_id AND slot.product_id IS NULL AND pair.product_id IS NULL
          AND slot.closes_at >= pair.since
      ) AS slot
    ), span AS (
      SELECT customer_id, product_id, min(shown_at) AS begins, max(closes_at) AS ends
      FROM open GROUP BY customer_id, product_id
    ), act AS (
      SELECT span.customer_id, span.product_id, event.type, event.occurred_at AS at
      FROM span JOIN fact_event AS event ON event.customer_id = span.customer_id
        AND event.occurred_at BETWEEN span.begins AND span.ends
        AND event.type IN ('click', 'add_to_cart', 'purchase')
        AND (event.product_id = span.product_id OR (span.product_id IS NULL AND event.type = 'purchase'))
      WHERE NOT EXISTS (SELECT FROM decision_claim AS claim
        WHERE claim.source = event.source AND claim.event_id = event.event_id)
      UNION ALL
      SELECT span.customer_id, span.product_id, 'purchase', sale.sold_at
      FROM span JOIN fact_sales AS sale ON sale.customer_id = span.customer_id
        AND sale.sold_at BETWEEN span.begins AND span.ends AND sale.kind = 'SALE'
        AND (sale.product_id = span.product_id OR span.product_id IS NULL)
      WHERE NOT EXISTS (SELECT FROM fact_event AS event JOIN decision_claim AS claim USING (source, event_id)
        WHERE event.customer_id = sale.customer_id AND event.occurred_at = sale.sold_at AND event.type = 'purchase'
          AND event.source = sale.source AND (event.product_id IS NULL OR event.product_id = sale.product_id))
    ), answer AS (
      SELECT last.decision_id, last.slot, act.type, act.at
      FROM act CROSS JOIN LATERAL (
        SELECT decision_id, slot, closes_at FROM open
        WHERE open.customer_id = act.customer_id AND open.product_id IS NOT DISTINCT FROM act.product_id
          AND open.shown_at <= act.at
        ORDER BY open.shown_at DESC, open.decision_id DESC, open.slot LIMIT 1
      ) AS last
      WHERE act.at <= last.closes_at
      UNION ALL
      SELECT open.decision_id, open.slot, claim.type, claim.occurred_at
      FROM open JOIN decision_claim AS claim USING (decision_id)
      WHERE claim.type IN ('click', 'add_to_cart', 'purchase') AND claim.occurred_at >= open.shown_at
        AND (claim.customer_id IS NULL OR claim.customer_id = open.customer_id)
        AND (claim.product_id = open.product_id OR open.product_id IS NULL)
      UNION ALL
      SELECT open.decision_id, open.slot, claim.type, claim.occurred_at
      FROM open JOIN decision_claim AS claim USING (decision_id)
      JOIN fact_sales AS sale ON sale.customer_id = open.customer_id AND sale.product_id = open.product_id
        AND sale.sold_at = claim.occurred_at AND sale.source = claim.source AND sale.kind = 'SALE'
      WHERE claim.type = 'purchase' AND claim.product_id IS NULL AND claim.occurred_at >= open.shown_at
        AND claim.customer_id = open.customer_id
    ), became AS (
      SELECT open.decision_id, open.slot, min(at) AS responded_at,
        min(at) FILTER (WHERE answer.type = 'click') AS clicked_at,
        min(at) FILTER (WHERE answer.type = 'add_to_cart') AS carted_at,
        min(at) FILTER (WHERE answer.type = 'purchase') AS bought_at
      FROM open LEFT JOIN answer USING (decision_id, slot) GROUP BY open.decision_id, open.slot
    )
    UPDATE fact_decision_slot AS slot
    SET responded_at = became.responded_at, clicked_at = became.clicked_at, carted_at = became.carted_at,
      bought_at = became.bought_at
    FROM became
    WHERE slot.decision_id = became.decision_id AND slot.slot = became.slot
      AND (slot.responded_at, slot.clicked_at, slot.carted_at, slot.bought_at) IS DISTINCT FROM
        (became.responded_at, became.clicked_at, became.carted_at, became.bought_at)
    RETURNING slot.decision_id AS "decisionId", slot.slot`);
}
