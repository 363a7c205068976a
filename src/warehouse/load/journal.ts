// The frame of every load: its settings and its turn at the beginning, its record and fresh statistics at the end.

import { basename, resolve } from 'node:path';
import { sql } from 'kysely';
import { latestPlaces } from '../log-position.js';
import { takeMembersTurn, tryMembersTurn } from '../members-turn.js';
import type { Session } from '../session.js';
import type { LoadPlan } from './plan.js';
import { type Rejects, rejectTable } from './rejects.js';
import type { Changes } from './stage.js';

/** Settings of the transaction, the turn among loads, and the table of bad rows. */
export async function prepare(session: Session, onWait: () => void): Promise<void> {
  for (const setting of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
    await session.run(sql`SELECT set_config(${setting}, '0', true)`);
  }
  await session.run(sql`SELECT set_config('work_mem', '64MB', true)`);
  if (!(await tryMembersTurn(session))) {
    onWait();
    await takeMembersTurn(session);
  }
  await session.run(sql`
    CREATE TEMP TABLE ${sql.table(rejectTable)} (line bigint, reason text, record text) ON COMMIT DROP`);
}

/** A file as it was loaded. */
export interface LoadedText {
  readonly file: string;
  readonly sha256: string;
  /** The content of the mapping that it was read by, as JSON text. */
  readonly mapping: string;
  /** How many rows were good. */
  readonly rows: number;
}

/**
 * The file and its bad rows, for whoever asks later or loads it again into an empty warehouse; the same file again takes
 * the place of its former self.
 */
export async function noteFile(
  session: Session,
  plan: LoadPlan,
  { file, sha256, mapping, rows }: LoadedText,
  rejects: Rejects,
): Promise<void> {
  const [noted] = await session.rows(sql<{ id: string }>`
    INSERT INTO load_file (name, sha256, model, source, rows, rejected, path, mapping, position)
    VALUES (${basename(file)}, ${sha256}, ${plan.model.name}, ${plan.source ?? ''}, ${rows}, ${rejects.count()},
      ${resolve(file)}, ${mapping}, (SELECT json_object_agg(place, next)::text FROM (${latestPlaces}) AS latest))
    ON CONFLICT (sha256, model, source) DO UPDATE
      SET name = excluded.name, rows = excluded.rows, rejected = excluded.rejected, loaded_at = excluded.loaded_at,
        path = excluded.path, mapping = excluded.mapping, position = excluded.position
    RETURNING id`);
  await session.run(sql`DELETE FROM load_reject WHERE file_id = ${noted?.id}`);
  await session.run(sql`
    INSERT INTO load_reject (file_id, line, reason, record)
    SELECT ${noted?.id}::bigint, line, reason, record FROM ${sql.table(rejectTable)} ORDER BY line`);
}

/** So that the planner of the database knows at once what the tables hold now. */
export async function analyze(session: Session, plan: LoadPlan, changes: Changes): Promise<void> {
  if (changes.inserted + changes.updated + changes.deleted === 0) return;
  const tables = [plan.model.table, ...plan.dimensions.map((dimension) => dimension.model.table)];
  for (const table of new Set(tables)) await session.run(sql`ANALYZE ${sql.table(table)}`);
}
