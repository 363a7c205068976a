// How much each logged choice says about other ways to choose: weighed and added up by customer in the database.

import { sql } from 'kysely';
import { readWheel, type WheelRange, type WheelReads, within } from './report-reads.js';

/**
 * Sums over shown places of some customers. With w the chance of the choice under the policy over its logged chance,
 * r = 1 for a place that was answered and 0 for others, q what the learner expected of the policy there, m of the choice.
 */
export interface WeighedPlaces {
  readonly policy: string;
  readonly customers: number;
  readonly slots: number;
  /** Places of which the learner said what it expected; at others q = m = 0. */
  readonly predicted: number;
  /** The sum of w. */
  readonly weights: number;
  /** The sum of w². */
  readonly squares: number;
  /** The sum of w r. */
  readonly rewards: number;
  /** The sum of q + w (r - m). */
  readonly corrected: number;
}

/** Customers beyond so many share sums with others, which leaves the sums of independent customers independent. */
const unitsMax = 4_096;

/**
 * Of proposals that were shown in the range, by policy: one row for each customer, or for some together where they are more
 * than 4,096. What was decided without logging other policies is left out.
 */
export async function readWeightsOfPolicies(
  reads: WheelReads,
  range: WheelRange,
): Promise<readonly WeighedPlaces[]> {
  const rows = await readWheel(
    reads,
    sql`
      WITH place AS MATERIALIZED (
        SELECT slot.customer_id, slot.decision_id, slot.slot - 1 AS place, slot.propensity AS logged,
          (slot.responded_at IS NOT NULL)::integer AS r, decision.details::jsonb AS details
        FROM fact_decision_slot AS slot JOIN fact_decision AS decision ON decision.id = slot.decision_id
        WHERE ${within('slot.shown_at', range)} AND decision.kind = 'RECOMMEND' AND decision.details IS NOT NULL
      ), weighed AS (
        SELECT place.customer_id, place.decision_id, policy.name, place.r,
          (policy.chances ->> place.place)::float8 / nullif(place.logged, 0) AS w,
          (place.details -> 'values' -> policy.name ->> place.place)::float8 AS q,
          (place.details -> 'predicted' ->> place.place)::float8 AS m
        FROM place CROSS JOIN LATERAL jsonb_each(
          CASE jsonb_typeof(place.details -> 'others') WHEN 'object' THEN place.details -> 'others' END
        ) AS policy (name, chances)
      ), by_customer AS (
        SELECT name, customer_id, CASE WHEN customer_id IS NULL THEN decision_id END AS stranger, count(*) AS slots,
          count(q + m) AS predicted, sum(w) AS weights, sum(w * w) AS squares, sum(w * r) AS rewards,
          sum(CASE WHEN q + m IS NULL THEN w * r ELSE q + w * (r - m) END) AS corrected
        FROM weighed WHERE w IS NOT NULL GROUP BY 1, 2, 3
      ), unit AS (
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY customer_id, stranger) % ${unitsMax} AS unit FROM by_customer
      )
      SELECT name, count(*)::float8, sum(slots)::float8, sum(predicted)::float8, sum(weights), sum(squares), sum(rewards), sum(corrected)
      FROM unit GROUP BY name, unit ORDER BY name, unit`,
  );
  return rows.map(([policy, customers, slots, predicted, weights, squares, rewards, corrected]) => ({
    policy: String(policy),
    customers: Number(customers),
    slots: Number(slots),
    predicted: Number(predicted),
    weights: Number(weights),
    squares: Number(squares),
    rewards: Number(rewards),
    corrected: Number(corrected),
  }));
}
