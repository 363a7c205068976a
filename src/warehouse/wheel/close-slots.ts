// Places of decisions whose time is over: each teaches once what became of it.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { SlotKey } from './settle.js';

/** The next places whose window has ended by the clock of the log and that have taught nothing yet, by their ends. */
export async function readDueSlots(session: Session, most: number): Promise<readonly SlotKey[]> {
  return session.rows(sql<SlotKey>`
    SELECT decision_id AS "decisionId", slot FROM fact_decision_slot
    WHERE lesson IS NULL AND closes_at <= (SELECT watermark FROM live_clock WHERE name = 'behaviour')
    ORDER BY closes_at, decision_id, slot LIMIT ${most}`);
}

/** What a closed place teaches. */
export interface Lesson extends SlotKey {
  /** What was known when the choice was made, as JSON text. */
  readonly features: string;
  readonly outcome: 0 | 1;
}

/**
 * Marks the places as closed: `taught` those of proposals that the learner or the tally of their policy learns from, at
 * most so many of one customer and day (UTC); `capped` what is beyond, `none` all others. Adds to the tallies what is
 * taught of policies that were chosen, which the floor of those who are held out was not. Resolves to what the learner is to
 * be taught, in the order of closing.
 */
export async function closeSlots(
  session: Session,
  due: readonly SlotKey[],
  { perCustomerDay, teaches }: { readonly perCustomerDay: number; readonly teaches: boolean },
): Promise<readonly Lesson[]> {
  if (due.length === 0) return [];
  const rows = await session.rows(sql<Omit<Lesson, 'features'> & { features: string | null; lesson: string }>`
    WITH due AS (
      SELECT slot.decision_id, slot.slot, slot.customer_id, slot.closes_at, slot.features, decision.policy,
        (slot.closes_at AT TIME ZONE 'UTC')::date AS day, slot.responded_at <= slot.closes_at AS answered,
        decision.arm IS DISTINCT FROM 'HOLDOUT' AS is_chosen,
        ${teaches} AND decision.kind = 'RECOMMEND'
          AND (slot.features IS NOT NULL OR decision.arm IS DISTINCT FROM 'HOLDOUT') AS teaches
      FROM unnest(
        ${due.map(({ decisionId }) => decisionId)}::text[], ${due.map(({ slot }) => slot)}::integer[]
      ) AS given (decision_id, slot)
      JOIN fact_decision_slot AS slot USING (decision_id, slot)
      JOIN fact_decision AS decision ON decision.id = slot.decision_id
    ), before AS (
      SELECT customer_id, day, (
        SELECT count(*) FROM fact_decision_slot AS slot
        WHERE slot.customer_id = known.customer_id AND slot.lesson = 'taught'
          AND slot.closes_at >= known.day::timestamp AT TIME ZONE 'UTC'
          AND slot.closes_at < (known.day + 1)::timestamp AT TIME ZONE 'UTC'
      ) AS lessons
      FROM (SELECT DISTINCT customer_id, day FROM due WHERE teaches) AS known
    ), numbered AS (
      SELECT due.*, CASE
        WHEN NOT teaches THEN 'none'
        WHEN customer_id IS NOT NULL AND coalesce(before.lessons, 0) + row_number() OVER (
          PARTITION BY customer_id, day, teaches ORDER BY closes_at, decision_id, slot) > ${perCustomerDay} THEN 'capped'
        ELSE 'taught' END AS lesson
      FROM due LEFT JOIN before USING (customer_id, day)
    ), tallied AS (
      INSERT INTO policy_tally AS tally (policy, day, shown, answered)
      SELECT policy, day, count(*), count(*) FILTER (WHERE answered)
      FROM numbered WHERE lesson = 'taught' AND is_chosen GROUP BY 1, 2
      ON CONFLICT (policy, day) DO UPDATE
      SET shown = tally.shown + excluded.shown, answered = tally.answered + excluded.answered
    )
    UPDATE fact_decision_slot AS slot SET lesson = numbered.lesson
    FROM numbered WHERE slot.decision_id = numbered.decision_id AND slot.slot = numbered.slot
    RETURNING slot.decision_id AS "decisionId", slot.slot, slot.features, numbered.lesson,
      CASE WHEN numbered.answered THEN 1 ELSE 0 END AS outcome`);
  const place = new Map(due.map(({ decisionId, slot }, at) => [`${decisionId} ${slot}`, at]));
  const placeOf = ({ decisionId, slot }: Lesson) => place.get(`${decisionId} ${slot}`) ?? 0;
  return rows
    .flatMap(({ features, lesson, ...row }): Lesson[] =>
      lesson === 'taught' && features !== null ? [{ ...row, features }] : [],
    )
    .sort((a, b) => placeOf(a) - placeOf(b));
}
