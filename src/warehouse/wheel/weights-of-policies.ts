// How much each logged choice says about other ways to choose: weighed and added up by customer in the database.

import { type RawBuilder, sql } from 'kysely';
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

/** An array of numbers that stands in JSON; null where there is none. It is read once for all places of a decision. */
function numbersOf(json: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`CASE jsonb_typeof(${json}) WHEN 'array' THEN translate((${json})::text, '[]', '{}')::float8[] END`;
}

/**
 * Of proposals that the model that serves made and that were shown in the range, by policy: one row for each customer, or
 * for some together where they are more than 4,096. What was decided without logging other policies is left out.
 */
export async function readWeightsOfPolicies(
  reads: WheelReads,
  range: WheelRange,
): Promise<readonly WeighedPlaces[]> {
  // Arrays are read once for each decision, and left behind before rows are sorted: both cost more than all the rest.
  const rows = await readWheel(
    reads,
    sql`
      WITH shown AS MATERIALIZED (
        SELECT decision_id, slot, propensity, (responded_at IS NOT NULL)::integer AS r FROM fact_decision_slot
        WHERE ${within('shown_at', range)}
      ), decided AS MATERIALIZED (
        SELECT id, customer_id, details::jsonb AS details FROM fact_decision
        WHERE id IN (SELECT decision_id FROM shown) AND kind = 'RECOMMEND' AND experiment = 'holdout' AND arm = 'CHAMPION' AND details IS NOT NULL
      ), logged AS MATERIALIZED (
        SELECT decided.id, decided.customer_id, policy.name, ${numbersOf(sql`policy.chances`)} AS chances,
          ${numbersOf(sql`decided.details -> 'values' -> policy.name`)} AS expected,
          ${numbersOf(sql`decided.details -> 'predicted'`)} AS predicted
        FROM decided CROSS JOIN LATERAL jsonb_each(
          CASE jsonb_typeof(decided.details -> 'others') WHEN 'object' THEN decided.details -> 'others' END
        ) AS policy (name, chances)
      ), weighed AS (
        SELECT logged.name, logged.customer_id, logged.id AS decision_id, shown.r,
          logged.chances[shown.slot] / nullif(shown.propensity, 0) AS w, logged.expected[shown.slot] AS q,
          logged.predicted[shown.slot] AS m
        FROM shown JOIN logged ON logged.id = shown.decision_id OFFSET 0
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
