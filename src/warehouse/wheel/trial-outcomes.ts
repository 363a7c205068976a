// What customers did with the proposals of two models that serve at the same time.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { rowsOf } from './rows-of.js';

/** The places that one customer was shown by one of the two, of those whose time is over. */
export interface TrialUnit {
  readonly arm: 'CHAMPION' | 'CHALLENGER';
  readonly shown: number;
  /** How many of them the customer did something about in their time. */
  readonly answered: number;
}

export interface TrialSides {
  /** The names of the models, as decisions have them. */
  readonly champion: string;
  readonly challenger: string;
  /** By the clock of the event log; what was decided before does not count. */
  readonly since: Date;
}

/**
 * One for each customer and arm. Of proposals to nobody that is known, each stands for a customer of its own. A place
 * counts once it is settled and its window is over, so that a late answer is not taken for none.
 */
export async function readTrialOutcomes(
  database: Pick<Database, 'kysely'>,
  { champion, challenger, since }: TrialSides,
): Promise<readonly TrialUnit[]> {
  return rowsOf(
    database,
    sql<TrialUnit>`
      SELECT decision.arm, count(*)::int AS shown,
        count(*) FILTER (WHERE slot.responded_at <= slot.closes_at)::int AS answered
      FROM fact_decision AS decision JOIN fact_decision_slot AS slot ON slot.decision_id = decision.id
      WHERE decision.kind = 'RECOMMEND' AND decision.decided_at >= ${since} AND slot.lesson IS NOT NULL
        AND (decision.arm, decision.model) IN (('CHAMPION', ${champion}), ('CHALLENGER', ${challenger}))
      GROUP BY decision.arm, coalesce(decision.customer_id::text, decision.id)`,
  );
}
