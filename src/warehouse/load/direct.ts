// Files of a source that the warehouse has nothing of: straight into the table, no row can meet another.

import { sql } from 'kysely';
import type pg from 'pg';
import type { Session } from '../session.js';
import type { LoadPlan } from './plan.js';
import { touchedTable } from './stage.js';

/** From this many expected rows on, building indexes afterwards is quicker than keeping them up to date. */
const largeRows = 20_000;
/** A table with more rows than this share of the load keeps its indexes, and so its readers. */
const presentShareMax = 0.1;

/** Whether the target can be written to directly: facts of one source, of which there are none yet. */
export async function isNewSource(session: Session, plan: LoadPlan): Promise<boolean> {
  const origin = plan.outputs.find((output) => output.column.column === plan.key[0])?.origin;
  if (!plan.fact || origin?.kind !== 'constant') return false;
  const rows = await session.rows(sql<pg.QueryResultRow>`
    SELECT 1 FROM ${sql.table(plan.model.table)} WHERE ${sql.ref(plan.key[0] ?? '')} = ${origin.text} LIMIT 1`);
  return rows.length === 0;
}

/** Whether the load is large, and the table so nearly empty that building its indexes anew is right. */
export async function isLargeBesides(
  session: Session,
  plan: LoadPlan,
  expectedRows: number,
): Promise<boolean> {
  if (expectedRows < largeRows) return false;
  const limit = Math.floor(expectedRows * presentShareMax);
  const [present] = await session.rows(sql<{ count: string }>`
    SELECT count(*) FROM (SELECT FROM ${sql.table(plan.model.table)} LIMIT ${limit}) AS sample`);
  return Number(present?.count ?? 0) < limit;
}

/** Leaves the members that facts of this source point at in `touchedTable`. */
export async function noteTouchedBySource(session: Session, plan: LoadPlan): Promise<void> {
  if (plan.latest.length === 0) return;
  const parts = plan.latest.map(
    (latest, index) => sql`
      SELECT DISTINCT ${sql.lit(index)} AS latest, ${sql.ref(latest.member.column)} AS member
      FROM ${sql.table(plan.model.table)}
      WHERE ${sql.ref(plan.key[0] ?? '')} = ${plan.source ?? ''} AND ${sql.ref(latest.member.column)} IS NOT NULL`,
  );
  await session.run(
    sql`CREATE TEMP TABLE ${sql.table(touchedTable)} ON COMMIT DROP AS ${sql.join(parts, sql` UNION ALL `)}`,
  );
}
