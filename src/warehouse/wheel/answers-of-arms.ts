// How customers answered what they were shown, by the arm that they are in: counted in the database, customer by customer.

import { sql } from 'kysely';
import { readWheel, type WheelRange, type WheelReads, within } from './report-reads.js';

/** Customers of whom each was shown as many places, and answered as many of them, as the others. */
export interface AnswersAlike {
  /** Null for all who are not held out, over their arms together. */
  readonly arm: string | null;
  readonly customers: number;
  /** Of each of them. */
  readonly shown: number;
  readonly answered: number;
  /** Of all of them. */
  readonly clicked: number;
  readonly bought: number;
}

/**
 * The places of proposals that were shown in the range, by arm and once more for all arms but `heldOut` together, where a
 * customer who was in two of them counts once. Its size grows with how much one customer was shown, not with how many
 * customers there are.
 */
export async function readAnswersOfArms(
  reads: WheelReads,
  range: WheelRange,
  heldOut: string,
): Promise<readonly AnswersAlike[]> {
  // Whoever has no code cannot be told apart from others, but decisions can.
  const rows = await readWheel(
    reads,
    sql`
      WITH by_arm AS MATERIALIZED (
        SELECT decision.arm, slot.customer_id, CASE WHEN slot.customer_id IS NULL THEN slot.decision_id END AS stranger,
          count(*) AS shown, count(slot.responded_at) AS answered, count(slot.clicked_at) AS clicked,
          count(slot.bought_at) AS bought
        FROM fact_decision_slot AS slot JOIN fact_decision AS decision ON decision.id = slot.decision_id
        WHERE ${within('slot.shown_at', range)} AND decision.kind = 'RECOMMEND'
          AND decision.experiment = 'holdout' AND decision.arm IS NOT NULL
        GROUP BY 1, 2, 3
      ), by_customer AS (
        SELECT arm, shown, answered, clicked, bought FROM by_arm
        UNION ALL
        SELECT NULL, sum(shown), sum(answered), sum(clicked), sum(bought) FROM by_arm WHERE arm <> ${heldOut}
        GROUP BY customer_id, stranger
      )
      SELECT arm, count(*)::float8, shown::float8, answered::float8, sum(clicked)::float8, sum(bought)::float8
      FROM by_customer GROUP BY arm, shown, answered ORDER BY arm, shown, answered`,
  );
  return rows.map(([arm, customers, shown, answered, clicked, bought]) => ({
    arm: typeof arm === 'string' ? arm : null,
    customers: Number(customers),
    shown: Number(shown),
    answered: Number(answered),
    clicked: Number(clicked),
    bought: Number(bought),
  }));
}
