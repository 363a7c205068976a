// What tells whether a service should be trained again: its newest training, what failed since, and what has come in.

import { sql } from 'kysely';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

export interface TrainingNeed {
  readonly service: string;
  readonly hasModel: boolean;
  /** Whether anything was ever sold. */
  readonly hasSales: boolean;
  /** Whether a training of it waits or runs. */
  readonly isUnfinished: boolean;
  /** Whether a model of it is on trial. */
  readonly isOnTrial: boolean;
  /** How long ago its newest training began that left a model; null before the first. */
  readonly ageMs: number | null;
  /** How many records have become facts since; all that ever did before the first. */
  readonly events: number;
  /** Whether one of its learners has seen a drift since. */
  readonly hasDrifted: boolean;
  /** How many trainings in a row, up to now, left no model. */
  readonly failures: number;
  /** How long ago the last of them ended; null without any. */
  readonly failedMs: number | null;
}

const millisecondsSince = (moment: ReturnType<typeof sql>) =>
  sql`extract(epoch FROM clock_timestamp() - ${moment})::float8 * 1000`;

/**
 * By the clock of the database, for all services in one statement. Records are counted over all groups that read the
 * log: each becomes a fact once only. After positions were reset the count may stand behind what was noted, and takes
 * until it has caught up. `learners` are those whose drifts count for a service. None needs anything while learning is
 * switched off.
 */
export async function readTrainingNeeds(
  { kysely }: Pick<Database, 'kysely'>,
  services: readonly string[],
  learners: Readonly<Partial<Record<string, readonly string[]>>> = {},
): Promise<readonly TrainingNeed[]> {
  const watched = services.flatMap((service) =>
    (learners[service] ?? []).map((learner) => ({ service, learner })),
  );
  try {
    const { rows } = await sql<TrainingNeed>`
      SELECT wanted.service,
        latest.trained_at IS NOT NULL AS "hasModel",
        EXISTS (SELECT FROM fact_sales) AS "hasSales",
        EXISTS (SELECT FROM training WHERE service = wanted.service AND state IN ('waiting', 'running'))
          AS "isUnfinished",
        EXISTS (SELECT FROM model_champion WHERE service = wanted.service AND challenger IS NOT NULL)
          AS "isOnTrial",
        ${millisecondsSince(sql`coalesce(begun.started_at, latest.trained_at)`)} AS "ageMs",
        ((SELECT coalesce(sum(accepted), 0) FROM stream_position) - coalesce(begun.accepted, 0))::float8 AS events,
        EXISTS (
          SELECT FROM unnest(
            ${watched.map(({ service }) => service)}::text[], ${watched.map(({ learner }) => learner)}::text[]
          ) AS watched (service, learner)
          JOIN learner_state USING (learner)
          WHERE watched.service = wanted.service AND drifted_at > coalesce(begun.started_at, latest.trained_at)
        ) AS "hasDrifted",
        failed.count::int AS failures,
        ${millisecondsSince(sql`failed.last`)} AS "failedMs"
      FROM unnest(${services}::text[]) AS wanted (service)
      LEFT JOIN LATERAL (
        SELECT max(trained_at) AS trained_at FROM model WHERE service = wanted.service
      ) AS latest ON true
      LEFT JOIN LATERAL (
        SELECT started_at, accepted FROM training
        WHERE service = wanted.service AND state = 'registered'
        ORDER BY id DESC LIMIT 1
      ) AS begun ON true
      LEFT JOIN LATERAL (
        SELECT count(*) AS count, max(ended_at) AS last FROM training
        WHERE service = wanted.service AND state IN ('failed', 'cancelled') AND id > coalesce(
          (SELECT max(id) FROM training WHERE service = wanted.service AND state = 'registered'), 0)
      ) AS failed ON true
      WHERE NOT EXISTS (SELECT FROM wheel_switch WHERE action = 'LEARNING' AND NOT "on")`.execute(kysely);
    return rows;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
