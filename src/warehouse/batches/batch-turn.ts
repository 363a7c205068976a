// One run of a batch at a time: its turn, its row in `batch_run`, its staging tables, and the end of all three.

import { sql } from 'kysely';
import type pg from 'pg';
import { FlywheelError } from '../../core/errors.js';
import { pause } from '../../core/pause.js';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';
import { createSession, type Session } from '../session.js';

export interface BatchToRun {
  readonly name: string;
  readonly engine: string;
  /** What it is told, as JSON text. */
  readonly options: string;
  /** Who runs it, for people: the host and the process. */
  readonly holder: string;
  /** Ends it, as a wish in the table does. */
  readonly signal: AbortSignal;
  /** Told how far it is, whenever it says so. */
  readonly onProgress?: (progress: BatchProgress) => void;
}

export interface BatchProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly step: string;
}

export interface RunningBatch {
  /** What it is called where several things run. */
  readonly title: string;
  /** What its staging tables are called by: they are dropped when it ends, and where it is killed by the next run. */
  stageTable(suffix?: string): string;
  say(share: number, step: string): void;
  /** Comes when the run is to end: it was cancelled, or it can no longer be sure that nobody else runs the batch. */
  readonly signal: AbortSignal;
  /** Throws in a transaction of a run that is not in charge any more; until that ends, the run stays in charge. */
  fence(session: Session): Promise<void>;
}

export interface BatchResult {
  /** How many rows the results have, and how many of them were added, changed or taken away. */
  readonly rows: number;
  readonly changed: number;
}

const lookEveryMs = 500;
const stagePrefix = 'batch_stage_';
const killed = 'Its process ended before it did.';

/**
 * Runs `work` as a run of the batch and notes what becomes of it. Rejects with CONFLICT while another run of the batch
 * goes on, wherever that is; with CANCELLED when somebody ended it; and else with what `work` rejects with.
 */
export async function withBatchTurn(
  database: Database,
  batch: BatchToRun,
  work: (run: RunningBatch) => Promise<BatchResult>,
): Promise<BatchResult> {
  const client = await connect(database.pool);
  const ending = new AbortController();
  const end = () => ending.abort();
  // The turn is gone with the connection.
  client.on('error', end);
  batch.signal.addEventListener('abort', end, { once: true });
  if (batch.signal.aborted) end();
  try {
    const session = createSession(client, database.kysely);
    await session.run(sql`SET statement_timeout = 0`);
    await takeTurn(session, batch.name);
    await clearAfterKilled(session, batch.name);
    return await runNoted({ session, batch, ending, work });
  } catch (error) {
    throw explainDatabaseError(error);
  } finally {
    batch.signal.removeEventListener('abort', end);
    client.off('error', end);
    // Closed rather than returned to the pool: that gives back the turn in any case.
    client.release(true);
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

async function takeTurn(session: Session, name: string): Promise<void> {
  const [turn] = await session.rows(
    sql<{
      ours: boolean;
    }>`SELECT pg_try_advisory_lock(hashtextextended(${`flywheel batch ${name}`}, 0)) AS ours`,
  );
  if (turn?.ours) return;
  throw new FlywheelError(
    'CONFLICT',
    `The batch ${name} is running already; wait for its end, or end it with: npm run flywheel -- batch cancel ${name}`,
  );
}

/** What says that it runs, and does not, was killed; its tables are nobody's any more. */
async function clearAfterKilled(session: Session, name: string): Promise<void> {
  await session.run(
    sql`UPDATE batch_run SET state = 'failed', step = ${killed}, ended_at = now() WHERE name = ${name} AND state = 'running'`,
  );
  const left = await session.rows(
    sql<{ table: string }>`SELECT t.tablename AS "table" FROM pg_tables AS t JOIN batch_run AS r
      ON t.tablename LIKE 'batch\\_stage\\_' || r.id || '\\_%' WHERE t.schemaname = current_schema() AND r.name = ${name}`,
  );
  for (const { table } of left) await session.run(sql`DROP TABLE IF EXISTS ${sql.table(table)}`);
}

interface NotedRun {
  readonly session: Session;
  readonly batch: BatchToRun;
  readonly ending: AbortController;
  readonly work: (run: RunningBatch) => Promise<BatchResult>;
}

async function runNoted({ session, batch, ending, work }: NotedRun): Promise<BatchResult> {
  const { name, engine, options, holder } = batch;
  const [noted] = await session.rows(
    sql<{ id: string }>`INSERT INTO batch_run (name, engine, options, holder)
      VALUES (${name}, ${engine}, ${options}, ${holder}) RETURNING id`,
  );
  const id = noted?.id ?? '';
  let progress: BatchProgress = { share: 0, step: 'beginning' };
  const run: RunningBatch = {
    title: `the batch ${name} (run ${id})`,
    stageTable: (suffix = 'result') => `${stagePrefix}${id}_${suffix}`,
    say(share, step) {
      progress = { share, step };
      batch.onProgress?.(progress);
    },
    signal: ending.signal,
    async fence(other) {
      const held = await other.run(
        sql`SELECT FROM batch_run WHERE id = ${id} AND state = 'running' FOR UPDATE`,
      );
      if (held === 0) throw new FlywheelError('CONFLICT', `Another run of the batch ${name} has begun.`);
    },
  };
  const watched = new AbortController();
  const watching = watch(session, id, () => progress, ending, watched.signal);
  const outcome = await work(run).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  watched.abort();
  await watching;
  await dropStages(session, id);
  return noteEnd(session, batch, id, outcome, ending.signal.aborted);
}

/** Notes how far the run is, and ends it when somebody asked for that or when nothing can be noted any more. */
async function watch(
  session: Session,
  id: string,
  progress: () => BatchProgress,
  ending: AbortController,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const { share, step } = progress();
    try {
      const [row] = await session.rows(
        sql<{ cancel: boolean }>`UPDATE batch_run SET share = ${share}, step = ${step}
          WHERE id = ${id} AND state = 'running' RETURNING cancel_asked AS cancel`,
      );
      if (row === undefined || row.cancel) ending.abort();
    } catch {
      ending.abort();
      return;
    }
    await pause(lookEveryMs, over);
  }
}

async function dropStages(session: Session, id: string): Promise<void> {
  const tables = await session.rows(
    sql<{ table: string }>`SELECT tablename AS "table" FROM pg_tables
      WHERE schemaname = current_schema() AND tablename LIKE 'batch\\_stage\\_' || ${id}::text || '\\_%'`,
  );
  for (const { table } of tables) await session.run(sql`DROP TABLE IF EXISTS ${sql.table(table)}`);
}

type Outcome = { readonly result: BatchResult } | { readonly error: unknown };

async function noteEnd(
  session: Session,
  { name }: BatchToRun,
  id: string,
  outcome: Outcome,
  isEnded: boolean,
): Promise<BatchResult> {
  const end = (state: string, step: string | null, { rows, changed }: Partial<BatchResult>) =>
    session.run(sql`UPDATE batch_run SET state = ${state}, step = ${step}, ended_at = now(), rows = ${rows ?? null}::bigint,
      changed = ${changed ?? null}::bigint, share = CASE ${state} WHEN 'done' THEN 1 ELSE share END
      WHERE id = ${id} AND state = 'running'`);
  if ('result' in outcome) {
    await end('done', null, outcome.result);
    return outcome.result;
  }
  const { error } = outcome;
  if (isEnded) {
    await end('cancelled', null, {});
    throw new FlywheelError('CANCELLED', `The batch ${name} was cancelled; nothing has changed.`, {
      cause: error,
    });
  }
  await end('failed', error instanceof Error ? error.message : String(error), {});
  throw error;
}
