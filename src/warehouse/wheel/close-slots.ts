// Places of decisions whose time is over: each teaches once what became of it.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { SlotKey } from './settle.js';

/** A place whose window has ended by the clock of the log, and that has taught nothing yet. */
export interface DueSlot extends SlotKey {
  readonly customerId: number | null;
  readonly productId: number | null;
  readonly shownAt: Date;
  readonly closesAt: Date;
}

/** The next of them in the order of their ends, locked to the end of the transaction. */
export async function readDueSlots(session: Session, most: number): Promise<readonly DueSlot[]> {
  return session.rows(sql<DueSlot>`
    SELECT decision_id AS "decisionId", slot, customer_id AS "customerId", product_id AS "productId",
      shown_at AS "shownAt", closes_at AS "closesAt"
    FROM fact_decision_slot
    WHERE lesson IS NULL AND closes_at <= (SELECT watermark FROM live_clock WHERE name = 'behaviour')
    ORDER BY closes_at, decision_id, slot LIMIT ${most} FOR UPDATE`);
}

/** What a closed place teaches. */
export interface Lesson extends SlotKey {
  /** What was known when the choice was made, as JSON text. */
  readonly features: string;
  readonly outcome: 0 | 1;
}

/**
 * Marks the places as closed: `taught` those of proposals with features, at most so many of one customer and day
 * (UTC); `capped` what is beyond, `none` all others. Adds to the tallies of policies. Resolves to what is to be taught, in the order of closing.
 */
export async function closeSlots(
  session: Session,
  due: readonly DueSlot[],
  { perCustomerDay, teaches }: { readonly perCustomerDay: number; readonly teaches: boolean },
): Promise<readonly Lesson[]> {
  const rows = await session.rows(sql<Lesson & { lesson: string }>`
    WITH due AS (
      SELECT slot.decision_id, slot.slot, slot.customer_id, slot.closes_at,
        (slot.closes_at AT TIME ZONE 'UTC')::date AS day,
        ${teaches} AND slot.features IS NOT NULL AND decision.kind = 'RECOMMEND' AS teaches
      FROM unnest(
        ${due.map(({ decisionId }) => decisionId)}::text[], ${due.map(({ slot }) => slot)}::integer[]
      ) AS given (decision_id, slot)
      JOIN fact_decision_slot AS slot USING (decision_id, slot)
      JOIN fact_decision AS decision ON decision.id = slot.decision_id
    ), tallied AS (
      INSERT INTO policy_tally AS tally (policy, day, shown, answered)
      SELECT decision.policy, (slot.closes_at AT TIME ZONE 'UTC')::date, count(*),
        count(*) FILTER (WHERE slot.responded_at <= slot.closes_at)
      FROM due JOIN fact_decision_slot AS slot USING (decision_id, slot)
      JOIN fact_decision AS decision ON decision.id = slot.decision_id
      WHERE decision.kind = 'RECOMMEND' AND decision.arm IS DISTINCT FROM 'HOLDOUT'
      GROUP BY 1, 2
      ON CONFLICT (policy, day) DO UPDATE
      SET shown = tally.shown + excluded.shown, answered = tally.answered + excluded.answered
    ), before AS (
      SELECT customer_id, day, (
        SELECT count(*) FROM fact_decision_slot AS slot
        WHERE slot.customer_id = known.customer_id AND slot.lesson = 'taught'
          AND (slot.closes_at AT TIME ZONE 'UTC')::date = known.day
      ) AS lessons
      FROM (SELECT DISTINCT customer_id, day FROM due WHERE teaches) AS known
    ), numbered AS (
      SELECT due.*, CASE
        WHEN NOT teaches THEN 'none'
        WHEN customer_id IS NOT NULL AND coalesce(before.lessons, 0) + row_number() OVER (
          PARTITION BY customer_id, day, teaches ORDER BY closes_at, decision_id, slot) > ${perCustomerDay} THEN 'capped'
        ELSE 'taught' END AS lesson
      FROM due LEFT JOIN before USING (customer_id, day)
    )
    UPDATE fact_decision_slot AS slot SET lesson = numbered.lesson
    FROM numbered WHERE slot.decision_id = numbered.decision_id AND slot.slot = numbered.slot
    RETURNING slot.decision_id AS "decisionId", slot.slot, slot.features, numbered.lesson,
      CASE WHEN slot.responded_at <= slot.closes_at THEN 1 ELSE 0 END AS outcome`);
  const place = new Map(due.map(({ decisionId, slot }, at) => [`${decisionId} ${slot}`, at]));
  const placeOf = ({ decisionId, slot }: Lesson) => place.get(`${decisionId} ${slot}`) ?? 0;
  return rows.filter(({ lesson }) => lesson === 'taught').sort((a, b) => placeOf(a) - placeOf(b));
}
