// Batches that were run, in the table `batch_run`: what is known of each, and the wish that one may end.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

export interface BatchRunRow {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  /** What it was told, as JSON text. */
  readonly options: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** From 0 to 1. */
  readonly share: number;
  readonly step: string | null;
  readonly rows: string | null;
  readonly changed: string | null;
  readonly holder: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

type Connections = Pick<Database, 'kysely'>;

const columns = sql`id, name, engine, options, state, share, step, rows, changed, holder,
  started_at AS "startedAt", ended_at AS "endedAt"`;

async function rowsOf({ kysely }: Connections, statement: RawBuilder<BatchRunRow>): Promise<BatchRunRow[]> {
  try {
    return (await statement.execute(kysely)).rows;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** The newest first: all, or those of a batch. */
export function readBatchRuns(
  database: Connections,
  { name, first }: { readonly name?: string | undefined; readonly first: number },
): Promise<readonly BatchRunRow[]> {
  return rowsOf(
    database,
    sql`SELECT ${columns} FROM batch_run WHERE ${name ?? null}::text IS NULL OR name = ${name ?? null}
      ORDER BY batch_run.id DESC LIMIT ${first}`,
  );
}

interface LastTurns {
  /** When a run began that came to its end, or that somebody did not want; null for never. */
  readonly kept: Date | null;
  /** When a run was last at work, whatever became of it; null for never. */
  readonly tried: Date | null;
}

/** When a batch that was told the same had its turns. A run that failed, or was ended with its process, is owed another. */
export async function readLastTurns(
  { kysely }: Connections,
  { name, engine, options }: Pick<BatchRunRow, 'name' | 'engine' | 'options'>,
): Promise<LastTurns> {
  try {
    const { rows } = await sql<LastTurns>`
      SELECT max(started_at) FILTER (WHERE state = 'done' OR cancel_asked) AS kept,
        max(coalesce(ended_at, started_at)) AS tried
      FROM batch_run WHERE name = ${name} AND engine = ${engine} AND options = ${options}`.execute(kysely);
    return rows[0] ?? { kept: null, tried: null };
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** Asks for the end of the run of a batch; undefined where none runs. */
export async function cancelBatchRun(database: Connections, name: string): Promise<BatchRunRow | undefined> {
  const [asked] = await rowsOf(
    database,
    sql`UPDATE batch_run SET cancel_asked = true WHERE name = ${name} AND state = 'running' RETURNING ${columns}`,
  );
  return asked;
}
