// Models on trial and what was done with each: the challenger in `model_champion`, and the table `model_step`.

import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';
import type { Session } from './session.js';

export interface NewModelStep {
  readonly version: number;
  readonly step: string;
  /** A sentence. */
  readonly reason: string;
  /** What it was decided by. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** The steps of a model as a SELECT from `model` gives them, the first first. */
export const stepsOfModel = sql`(
  SELECT coalesce(json_agg(json_build_object('step', step, 'at', at, 'reason', reason, 'figures', figures)
    ORDER BY model_step.id), '[]')
  FROM model_step WHERE model_step.service = model.service AND model_step.version = model.version)`;

/** Reads what `stepsOfModel` gives. */
export const modelStepRows = z.array(
  z.object({
    step: z.string(),
    at: z.string().transform((text) => new Date(text)),
    reason: z.string(),
    figures: z
      .string()
      .transform((text) => z.record(z.string(), z.number()).parse(JSON.parse(text)))
      .nullable(),
  }),
);
export type ModelStepRow = z.output<typeof modelStepRows>[number];

/** Notes what was done with a model. */
export async function addModelStep(session: Session, service: string, step: NewModelStep): Promise<void> {
  const figures = step.figures === undefined ? null : JSON.stringify(step.figures);
  await session.run(sql`INSERT INTO model_step (service, version, step, reason, figures)
    VALUES (${service}, ${step.version}, ${step.step}, ${step.reason}, ${figures})`);
}

/** Two models that serve at the same time, to be compared. */
export interface TrialRow {
  readonly champion: number;
  readonly challenger: number;
  /** By the clock of the event log. */
  readonly since: Date;
}

const selectTrial = (service: string) => sql<TrialRow>`
  SELECT version AS champion, challenger, challenger_since AS since FROM model_champion
  WHERE service = ${service} AND challenger IS NOT NULL AND challenger_since IS NOT NULL`;

/** The trial of a service; undefined while it has none. */
export async function readTrial(
  { kysely }: Pick<Database, 'kysely'>,
  service: string,
): Promise<TrialRow | undefined> {
  try {
    return (await selectTrial(service).execute(kysely)).rows[0];
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** The trial as a transaction sees it. */
export async function trialIn(session: Session, service: string): Promise<TrialRow | undefined> {
  const [trial] = await session.rows(selectTrial(service));
  return trial;
}

/**
 * Lets a version serve beside the champion from now on, by the clock of the event log. Nothing happens, and the result is
 * false, where no customer was shown a proposal of a champion within `lately` before: nothing would be measured. The
 * models of the service must be locked.
 */
export async function setChallenger(
  session: Session,
  service: string,
  version: number,
  latelyMs: number,
): Promise<boolean> {
  const changed = await session.run(sql`
    UPDATE model_champion SET challenger = ${version}::int, challenger_since = watermark
    FROM live_clock
    WHERE service = ${service} AND live_clock.name = 'behaviour' AND EXISTS (
      SELECT FROM fact_exposure WHERE kind = 'RECOMMEND' AND arm = 'CHAMPION'
        AND shown_at > watermark - ${latelyMs}::float8 * interval '1 millisecond')`);
  return changed > 0;
}

/** Lets only the champion serve. The models of the service must be locked. */
export async function clearChallenger(session: Session, service: string): Promise<void> {
  await session.run(sql`
    UPDATE model_champion SET challenger = NULL, challenger_since = NULL WHERE service = ${service}`);
}
