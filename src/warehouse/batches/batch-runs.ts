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

/** When runs of a batch that were told the same began last, whatever became of them; null for never. */
export async function readLastStart(
  database: Connections,
  { name, engine, options }: Pick<BatchRunRow, 'name' | 'engine' | 'options'>,
): Promise<Date | null> {
  const [last] = await rowsOf(
    database,
    sql`SELECT ${columns} FROM batch_run WHERE name = ${name} AND engine = ${engine} AND options = ${options}
      ORDER BY batch_run.id DESC LIMIT 1`,
  );
  return last?.startedAt ?? null;
}

/** Asks for the end of the run of a batch; undefined where none runs. */
export async function cancelBatchRun(database: Connections, name: string): Promise<BatchRunRow | undefined> {
  const [asked] = await rowsOf(
    database,
    sql`UPDATE batch_run SET cancel_asked = true WHERE name = ${name} AND state = 'running' RETURNING ${columns}`,
  );
  return asked;
}
