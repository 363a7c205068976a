// Trainings that were asked for and what became of them: the table `training`, each change of which is told at once.

import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';
import type { Session } from './session.js';

/** The channel on which every change of a training is told: the row as it is then, as JSON text. */
export const trainingChannel = 'flywheel_training';

const moment = z.string().transform((text) => new Date(text));

const trainingRow = z.object({
  id: z.number(),
  service: z.string(),
  state: z.string(),
  reason: z.string(),
  engine: z.string(),
  seed: z.number(),
  promotes: z.boolean(),
  share: z.number(),
  step: z.string().nullable(),
  version: z.number().nullable(),
  askedAt: moment,
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  /** Whether whoever runs it should end it. */
  cancelAsked: z.boolean(),
  /** Counts the changes of the row. */
  revision: z.number(),
});
export type TrainingRow = z.output<typeof trainingRow>;

const asJson = sql`json_build_object('id', id, 'service', service, 'state', state, 'reason', reason, 'engine', engine, 'seed', seed,
  'promotes', promotes, 'share', share, 'step', step, 'version', version, 'askedAt', asked_at,
  'startedAt', started_at, 'endedAt', ended_at, 'cancelAsked', cancel_asked, 'revision', revision)`;

const isUnfinished = sql`state IN ('waiting', 'running')`;

type Connections = Pick<Database, 'kysely'>;

/** A training as the channel tells of it; undefined for what this program cannot read, since anybody may notify. */
export function readTrainingNews(payload: string): TrainingRow | undefined {
  try {
    return trainingRow.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

async function rowsOf({ kysely }: Connections, statement: RawBuilder<FoundTraining>): Promise<TrainingRow[]> {
  try {
    const { rows } = await statement.execute(kysely);
    return rows.map(({ training }) => trainingRow.parse(training));
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

interface FoundTraining {
  readonly training: unknown;
}

/** Those that a statement changes, each of which is told of when it is committed. */
function telling(statement: RawBuilder<unknown>): RawBuilder<FoundTraining> {
  return sql`WITH changed AS (${statement} RETURNING ${asJson} AS training)
    SELECT training, pg_notify(${trainingChannel}, training::text) FROM changed`;
}

function changing(set: RawBuilder<unknown>, where: RawBuilder<unknown>): RawBuilder<FoundTraining> {
  return telling(sql`UPDATE training SET revision = revision + 1, ${set} WHERE ${where}`);
}

async function update(database: Connections, set: RawBuilder<unknown>, where: RawBuilder<unknown>) {
  return rowsOf(database, changing(set, where));
}

export interface NewTraining {
  readonly service: string;
  readonly reason: string;
  readonly engine: string;
  readonly seed: number;
  readonly promotes: boolean;
}

/** Adds a training that waits; undefined where one of the service waits or runs already. */
export async function addTraining(
  database: Connections,
  { service, reason, engine, seed, promotes }: NewTraining,
): Promise<TrainingRow | undefined> {
  // The condition spares the number that a conflict would use up; the index holds what two at once would break.
  const [added] = await rowsOf(
    database,
    telling(sql`INSERT INTO training (service, reason, engine, seed, promotes)
      SELECT ${service}, ${reason}, ${engine}, ${seed}::bigint, ${promotes}::boolean
      WHERE NOT EXISTS (SELECT FROM training WHERE service = ${service} AND ${isUnfinished})
      ON CONFLICT DO NOTHING`),
  );
  return added;
}

/** Cancels the training of a service that waits, asks for the end of one that runs; undefined without either. */
export async function cancelTraining(
  database: Connections,
  service: string,
): Promise<TrainingRow | undefined> {
  const [cancelled] = await update(
    database,
    sql`cancel_asked = true,
      state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
      ended_at = CASE state WHEN 'waiting' THEN now() END`,
    sql`service = ${service} AND ${isUnfinished}`,
  );
  return cancelled;
}

/** The newest first: all, or those of a service. */
export async function readTrainings(
  database: Connections,
  { service, first }: { readonly service?: string | undefined; readonly first: number },
): Promise<readonly TrainingRow[]> {
  return rowsOf(
    database,
    sql`SELECT ${asJson} AS training FROM training
      WHERE ${service ?? null}::text IS NULL OR service = ${service ?? null}
      ORDER BY id DESC LIMIT ${first}`,
  );
}

/** Those that wait or run, in the order in which they were asked for. */
export async function readUnfinishedTrainings(database: Connections): Promise<readonly TrainingRow[]> {
  return rowsOf(
    database,
    sql`SELECT ${asJson} AS training FROM training WHERE ${isUnfinished} ORDER BY training.id`,
  );
}

/** A training that runs, and the number of the lease under which it does. */
export interface RunningTraining {
  readonly id: number;
  readonly trainer: bigint;
}

const isStillOurs = ({ id, trainer }: RunningTraining) =>
  sql`id = ${id} AND state = 'running' AND trainer = ${trainer.toString()}::bigint`;

/** Begins a training that waits, and notes how many facts there were by then; undefined when it waits no more. */
export async function beginTraining(
  database: Connections,
  { id, trainer }: RunningTraining,
): Promise<TrainingRow | undefined> {
  const [begun] = await update(
    database,
    sql`state = 'running', started_at = now(), trainer = ${trainer.toString()}::bigint,
      accepted = (SELECT coalesce(sum(stream_position.accepted), 0) FROM stream_position)`,
    sql`id = ${id} AND state = 'waiting'`,
  );
  return begun;
}

/** Says how far it is; undefined when it is not the caller's any more. */
export async function saveTrainingProgress(
  database: Connections,
  running: RunningTraining,
  { share, step }: { readonly share: number; readonly step: string | null },
): Promise<TrainingRow | undefined> {
  const [saved] = await update(database, sql`share = ${share}, step = ${step}`, isStillOurs(running));
  return saved;
}

/** How a training ends that leaves no model; `step` says why. */
export interface ModellessEnd {
  readonly state: 'cancelled' | 'failed';
  readonly step: string | null;
  readonly version: null;
}

export type TrainingEnd =
  | ModellessEnd
  | { readonly state: 'registered'; readonly step: null; readonly version: number };

/** Says that it left no model, and why; undefined when it is not the caller's any more. */
export async function endTraining(
  database: Connections,
  running: RunningTraining,
  { state, step }: ModellessEnd,
): Promise<TrainingRow | undefined> {
  const [ended] = await update(
    database,
    sql`state = ${state}, step = ${step}, ended_at = now()`,
    isStillOurs(running),
  );
  return ended;
}

/** Says that it left that model, in the transaction that adds the model; whether it is still the caller's. */
export async function endWithModel(
  session: Session,
  running: RunningTraining,
  version: number,
): Promise<boolean> {
  const changed = await session.rows(
    changing(
      sql`state = 'registered', step = NULL, version = ${version}::int, ended_at = now(), share = 1`,
      isStillOurs(running),
    ),
  );
  return changed.length > 0;
}

/** Lets a training that was broken off wait for the next process, unless somebody cancelled it meanwhile. */
export async function putTrainingBack(database: Connections, running: RunningTraining): Promise<void> {
  await update(database, whenBrokenOff(sql`NULL`, sql`true`), isStillOurs(running));
}

/** What the holder of a lease runs. */
export interface Runs {
  /** The number of the lease. */
  readonly trainer: bigint;
  readonly ids: readonly number[];
}

/**
 * What nobody runs any more, since its process is gone or its start was committed and never answered: it waits again where
 * that happened less than three times; otherwise it has failed, and `why` says so. `runs` is what runs under the lease that
 * is held now.
 */
export async function recoverTrainings(
  database: Connections,
  { trainer, ids }: Runs,
  why: string,
): Promise<void> {
  await update(
    database,
    sql`interruptions = interruptions + 1, ${whenBrokenOff(sql`${why}`, sql`interruptions < 2`)}`,
    sql`state = 'running' AND trainer <= ${trainer.toString()}::bigint AND id <> ALL (${ids}::bigint[])`,
  );
}

/** As it was before it began where it may begin `again`; what somebody cancelled ends as that, and the rest has failed. */
function whenBrokenOff(why: RawBuilder<unknown>, again: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    state = CASE WHEN cancel_asked THEN 'cancelled' WHEN ${again} THEN 'waiting' ELSE 'failed' END,
    step = CASE WHEN NOT cancel_asked AND NOT ${again} THEN ${why}::text END,
    share = CASE WHEN NOT cancel_asked AND ${again} THEN 0 ELSE share END,
    started_at = CASE WHEN cancel_asked OR NOT ${again} THEN started_at END,
    ended_at = CASE WHEN cancel_asked OR NOT ${again} THEN now() END`;
}
