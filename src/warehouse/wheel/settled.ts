// Whether everything up to a position of the log has been read, worked out and learned.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

/** The learner that must have learned all of its examples. */
export interface SettledLearner {
  readonly learner: string;
  readonly version: number;
}

/**
 * True when every partition was read up to `position` (the place of the next record by TOPIC/PARTITION), the clock has
 * come to the newest behaviour that was read less the bound of lateness, nothing waits to be worked out, be it for a
 * batch that was being written when something was shown, no place of a decision that is over is still open, and the
 * learner has no example before it. UNAVAILABLE or TIMEOUT when the database is away.
 */
export async function isSettled(
  { kysely }: Pick<Database, 'kysely'>,
  position: Readonly<Record<string, string>>,
  { learner, version }: SettledLearner,
  latenessMs: number,
): Promise<boolean> {
  try {
    const { rows } = await sql<{ settled: boolean }>`
      WITH latest AS (
        SELECT DISTINCT ON (topic, partition) topic || '/' || partition AS place, next_offset, behaviour_max_at
        FROM stream_position ORDER BY topic, partition, moved_at DESC
      ), clock AS (
        SELECT (SELECT watermark FROM live_clock WHERE name = 'behaviour') AS watermark
      )
      SELECT NOT EXISTS (
          SELECT FROM json_each_text(${JSON.stringify(position)}::json) AS wanted (place, next)
          LEFT JOIN latest USING (place) WHERE coalesce(latest.next_offset, 0) < wanted.next::bigint)
        AND NOT EXISTS (SELECT FROM latest, clock
          WHERE behaviour_max_at IS NOT NULL AND least(behaviour_max_at, now()) - ${latenessMs} * interval '1 millisecond'
            > coalesce(watermark, '-infinity'))
        AND NOT EXISTS (SELECT FROM wheel_touch)
        AND NOT EXISTS (SELECT FROM fact_decision_slot, clock WHERE lesson IS NULL AND closes_at <= watermark)
        AND coalesce((SELECT next FROM example_sequence WHERE learner = ${learner}), 0) <= coalesce(
          (SELECT next FROM learner_state WHERE learner = ${learner} AND version = ${version}), 0)
        AS settled`.execute(kysely);
    return rows[0]?.settled ?? false;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
