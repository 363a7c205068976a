// How many customers of a campaign bought something after it was decided for them, offered or held out.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { causeOf } from './campaign-chunk.js';
import { rowsOf } from './rows-of.js';

export interface CampaignArmCount {
  /** OFFERED or HOLDOUT. */
  readonly arm: string;
  readonly customers: number;
  readonly bought: number;
}

/**
 * Of each arm, the customers whose days after the decision are over by the clock of the log, and those of them who bought
 * anything in these days. Whether an offer was shown does not count: who was held out was shown nothing, so only all who
 * were decided for can be compared. UNAVAILABLE or TIMEOUT when the database is away.
 */
export function readCampaignArms(
  database: Pick<Database, 'kysely'>,
  name: string,
  days: number,
): Promise<readonly CampaignArmCount[]> {
  return rowsOf(
    database,
    sql<CampaignArmCount>`
      WITH decided AS (
        SELECT customer_id, arm, decided_at AS begins, decided_at + ${days} * interval '1 day' AS ends
        FROM fact_decision WHERE kind = 'CAMPAIGN' AND cause = ${causeOf(name)}
      )
      SELECT arm, count(*)::float8 AS customers, (count(*) FILTER (WHERE
        EXISTS (SELECT FROM fact_sales AS sale WHERE sale.customer_id = decided.customer_id AND sale.kind = 'SALE'
          AND sale.sold_at > decided.begins AND sale.sold_at <= decided.ends)
        OR EXISTS (SELECT FROM fact_event AS event WHERE event.customer_id = decided.customer_id
          AND event.type = 'purchase' AND event.occurred_at > decided.begins AND event.occurred_at <= decided.ends)
      ))::float8 AS bought
      FROM decided WHERE ends <= (SELECT watermark FROM live_clock WHERE name = 'behaviour')
      GROUP BY arm`,
  );
}
