// Works out, from the facts as sets, which places of decisions were shown and what their customers did then.

import { type RawBuilder, sql } from 'kysely';
import type { Session } from '../session.js';

/** A place of a decision. */
export interface SlotKey {
  readonly decisionId: string;
  readonly slot: number;
}

/** A moment of a customer and of what was shown to them. */
export interface Moment {
  readonly customerId: number;
  /** Null for what is shown without a product. */
  readonly productId: number | null;
  readonly at: Date;
}

/** A place that is shown now, or earlier than was known. */
export interface NewlyShown extends SlotKey {
  readonly customerId: number | null;
  readonly productId: number | null;
  readonly at: Date;
  /** What was known before; null for nothing. */
  readonly before: Date | null;
}

const acts = sql`('click', 'add_to_cart', 'purchase')`;

const ms = (duration: number) => sql`${duration} * interval '1 millisecond'`;

const given = (keys: readonly SlotKey[]) => sql`
  (SELECT DISTINCT * FROM unnest(
    ${keys.map(({ decisionId }) => decisionId)}::text[], ${keys.map(({ slot }) => slot)}::integer[]
  ) AS key (decision_id, slot)) AS given`;

/** The clocks of those who show differ from the log's; what says it was shown longer before it was decided is wrong. */
const earlyMs = 3_600_000;

/**
 * Sets when the places of decisions were first shown, by the exposures that name them, and until when behaviour is put
 * down to them. An exposure of another customer than the decision's shows nothing, nor does one that is dated more than an
 * hour before the decision. The end of a place that has taught stays as it was then.
 */
export async function showSlots(
  session: Session,
  decisions: readonly string[],
  exposure: string,
  windowMs: number,
): Promise<readonly NewlyShown[]> {
  return session.rows(sql<NewlyShown>`
    WITH shown AS (
      SELECT slot.decision_id, slot.slot, slot.shown_at AS before, min(claim.occurred_at) AS at
      FROM decision_claim AS claim JOIN fact_decision AS decision ON decision.id = claim.decision_id
        JOIN fact_decision_slot AS slot ON slot.decision_id = claim.decision_id
      WHERE claim.decision_id = ANY(${[...decisions]}::text[]) AND claim.type = ${exposure}
        AND claim.occurred_at >= decision.decided_at - ${ms(earlyMs)}
        AND (claim.product_id IS NULL OR claim.product_id = slot.product_id)
        AND (claim.customer_id IS NULL OR slot.customer_id IS NULL OR claim.customer_id = slot.customer_id)
      GROUP BY slot.decision_id, slot.slot
    )
    UPDATE fact_decision_slot AS slot
    SET shown_at = shown.at, closes_at = CASE WHEN slot.lesson IS NULL THEN shown.at + ${ms(windowMs)} ELSE slot.closes_at END
    FROM shown
    WHERE slot.decision_id = shown.decision_id AND slot.slot = shown.slot
      AND (slot.shown_at IS NULL OR slot.shown_at > shown.at)
    RETURNING slot.decision_id AS "decisionId", slot.slot, slot.customer_id AS "customerId",
      slot.product_id AS "productId", shown.at, shown.before`);
}

/** The places of decisions that are shown. */
export async function readShown(session: Session, decisions: readonly string[]): Promise<readonly SlotKey[]> {
  return session.rows(sql<SlotKey>`
    SELECT decision_id AS "decisionId", slot
    FROM fact_decision_slot WHERE decision_id = ANY(${[...decisions]}::text[]) AND shown_at IS NOT NULL`);
}

/** When customers did something that names one of the decisions and fits it: no other place counts that any more. */
export async function readNamed(session: Session, decisions: readonly string[]): Promise<readonly Moment[]> {
  return session.rows(sql<Moment>`
    SELECT DISTINCT claim.customer_id AS "customerId", slot.product_id AS "productId", claim.occurred_at AS at
    FROM decision_claim AS claim JOIN fact_decision_slot AS slot USING (decision_id)
    WHERE claim.decision_id = ANY(${[...decisions]}::text[]) AND claim.type IN ${acts}
      AND claim.customer_id IS NOT NULL
      AND (slot.customer_id IS NULL OR slot.customer_id = claim.customer_id)
      AND (claim.product_id IS NULL OR slot.product_id IS NULL OR slot.product_id = claim.product_id)`);
}

/**
 * The places that were shown last at each of the moments, and the ones before them: of lists and of all others. It asks for
 * four places of each moment at most, however many were shown.
 */
export async function readLastShown(
  session: Session,
  moments: readonly Moment[],
): Promise<readonly SlotKey[]> {
  if (moments.length === 0) return [];
  const last = (isIt: RawBuilder<unknown>) => sql`
    (SELECT decision_id, slot.slot FROM fact_decision_slot AS slot
    WHERE slot.customer_id = moment.customer_id AND ${isIt} AND slot.is_list = of.is_list
      AND slot.shown_at <= moment.at
    ORDER BY slot.shown_at DESC, slot.decision_id DESC, slot.slot DESC LIMIT 2)`;
  return session.rows(sql<SlotKey>`
    SELECT DISTINCT last.decision_id AS "decisionId", last.slot
    FROM unnest(
      ${moments.map(({ customerId }) => customerId)}::integer[],
      ${moments.map(({ productId }) => productId)}::integer[],
      ${moments.map(({ at }) => at.toISOString())}::timestamptz[]
    ) AS moment (customer_id, product_id, at)
    CROSS JOIN (VALUES (true), (false)) AS of (is_list)
    CROSS JOIN LATERAL (
      ${last(sql`slot.product_id = moment.product_id`)} UNION ALL
      ${last(sql`slot.product_id IS NULL AND moment.product_id IS NULL`)}
    ) AS last`);
}

/**
 * Sets what became of these places where they are shown.
 *
 * An act that names a decision which has a place of its very product, or of none, for the same customer or for nobody in
 * particular, counts for that place whenever it follows, and for no other place of that product. Any other act, and one
 * that names a decision which is unknown or does not fit, counts for the place of the same customer and product that was
 * shown last before it, within its window: once among the places of lists that are compared (proposals with an arm of an
 * experiment), and once among all others, such as those of rules and campaigns. Else what is decided beside the lists, which
 * nobody sees who is held out, would take answers from the lists of all others. A purchase of several products is an
 * act for each that its lines name. What is shown without a product is answered by a purchase of any; what is shown to nobody
 * in particular by acts that name it alone.
 *
 * Reads, for each place, what its customer did until the next one was shown, and no more. Resolves to the places that changed.
 */
export async function settlePlaces(
  session: Session,
  places: readonly SlotKey[],
  windowMs: number,
): Promise<readonly SlotKey[]> {
  if (places.length === 0) return [];
  const next = (isIt: RawBuilder<unknown>) => sql`
    (SELECT shown_at FROM fact_decision_slot AS later
    WHERE later.customer_id = slot.customer_id AND ${isIt} AND later.is_list = slot.is_list
      AND (later.shown_at, later.decision_id, later.slot) > (slot.shown_at, slot.decision_id, slot.slot)
    ORDER BY later.shown_at, later.decision_id, later.slot LIMIT 1)`;
  const isNamed = (claim: RawBuilder<unknown>) => sql`
    EXISTS (SELECT FROM ${claim} JOIN fact_decision_slot AS named USING (decision_id)
      WHERE named.product_id IS NOT DISTINCT FROM place.product_id
        AND (named.customer_id IS NULL OR named.customer_id = place.customer_id))`;
  return session.rows(sql<SlotKey>`
    WITH place AS MATERIALIZED (
      SELECT slot.decision_id, slot.slot, slot.customer_id, slot.product_id, slot.shown_at,
        least(slot.shown_at + ${ms(windowMs + 1)}, next.shown_at) AS ends
      FROM ${given(places)} JOIN fact_decision_slot AS slot USING (decision_id, slot)
      LEFT JOIN LATERAL (
        ${next(sql`later.product_id = slot.product_id`)} UNION ALL
        ${next(sql`later.product_id IS NULL AND slot.product_id IS NULL`)}
      ) AS next ON true
      WHERE slot.shown_at IS NOT NULL
    ), answer AS (
      SELECT place.decision_id, place.slot, event.type, event.occurred_at AS at
      FROM place CROSS JOIN LATERAL (
        SELECT * FROM fact_event AS event
        WHERE event.customer_id = place.customer_id
          AND event.occurred_at >= place.shown_at AND event.occurred_at < place.ends AND event.type IN ${acts}
          AND (event.product_id = place.product_id OR (place.product_id IS NULL AND event.type = 'purchase'))
        OFFSET 0
      ) AS event
      WHERE NOT ${isNamed(sql`(SELECT decision_id FROM decision_claim
        WHERE source = event.source AND event_id = event.event_id) AS claim`)}
      UNION ALL
      SELECT place.decision_id, place.slot, 'purchase', sale.sold_at
      FROM place CROSS JOIN LATERAL (
        SELECT * FROM fact_sales AS sale
        WHERE sale.customer_id = place.customer_id
          AND sale.sold_at >= place.shown_at AND sale.sold_at < place.ends AND sale.kind = 'SALE'
          AND (sale.product_id = place.product_id OR place.product_id IS NULL)
        OFFSET 0
      ) AS sale
      WHERE NOT ${isNamed(sql`(SELECT decision_id
        FROM fact_event AS event JOIN decision_claim AS told USING (source, event_id)
        WHERE event.customer_id = sale.customer_id AND event.occurred_at = sale.sold_at AND event.type = 'purchase'
          AND event.source = sale.source AND (event.product_id IS NULL OR event.product_id = sale.product_id)) AS claim`)}
      UNION ALL
      SELECT place.decision_id, place.slot, claim.type, claim.occurred_at
      FROM place JOIN decision_claim AS claim USING (decision_id)
      WHERE claim.type IN ${acts} AND claim.occurred_at >= place.shown_at
        AND (claim.customer_id IS NULL OR place.customer_id IS NULL OR claim.customer_id = place.customer_id)
        AND (claim.product_id = place.product_id OR place.product_id IS NULL)
      UNION ALL
      SELECT place.decision_id, place.slot, claim.type, claim.occurred_at
      FROM place JOIN decision_claim AS claim USING (decision_id)
      JOIN fact_sales AS sale ON sale.customer_id = claim.customer_id AND sale.product_id = place.product_id
        AND sale.sold_at = claim.occurred_at AND sale.source = claim.source AND sale.kind = 'SALE'
      WHERE claim.type = 'purchase' AND claim.product_id IS NULL AND claim.occurred_at >= place.shown_at
        AND (place.customer_id IS NULL OR claim.customer_id = place.customer_id)
    ), became AS (
      SELECT place.decision_id, place.slot, min(at) AS responded_at,
        min(at) FILTER (WHERE answer.type = 'click') AS clicked_at,
        min(at) FILTER (WHERE answer.type = 'add_to_cart') AS carted_at,
        min(at) FILTER (WHERE answer.type = 'purchase') AS bought_at
      FROM place LEFT JOIN answer USING (decision_id, slot) GROUP BY place.decision_id, place.slot
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
