// Files that meet rows which are there already: staged in the transaction, compared, and written where they differ.

import { sql } from 'kysely';
import { columnList, type Session } from '../session.js';
import type { Following } from './follower.js';
import type { FactShape, LoadPlan } from './plan.js';
import { type RejectedRow, type Rejects, rejectTable } from './rejects.js';

export const stageTable = 'load_stage';
export const lineColumn = 'load_line';
export const touchedTable = 'load_touched';
const rowsTable = 'load_rows';
const changedTable = 'load_changed';

/** What a load did to its target table. */
export interface Changes {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** A table of the transaction with the columns that the plan writes, and the line of the file. */
export async function createStage(session: Session, plan: LoadPlan): Promise<void> {
  const columns = plan.outputs
    .filter((output) => output.origin.kind !== 'place')
    .map((output) => output.column.column);
  await session.run(sql`
    CREATE TEMP TABLE ${sql.table(stageTable)} ON COMMIT DROP AS
    SELECT NULL::bigint AS ${sql.ref(lineColumn)}, ${columnList(columns)}
    FROM ${sql.table(plan.model.table)} WITH NO DATA`);
}

/**
 * Replaces, as a set, every group of the target that the stage contains; a group whose rows are all the same is left
 * alone. Leaves the members whose facts changed in `touchedTable`.
 */
export async function replaceGroups(
  session: Session,
  plan: LoadPlan,
  fact: FactShape,
  rejects: Rejects,
  following: Following,
): Promise<Changes> {
  const table = sql.table(plan.model.table);
  const columns = plan.outputs.map((output) => output.column.column);
  const same = (left: string, right: string, names: readonly string[]) =>
    sql.join(
      names.map((name) => sql`${sql.ref(`${left}.${name}`)} = ${sql.ref(`${right}.${name}`)}`),
      sql` AND `,
    );
  await numberRows(session, plan, fact, rejects);
  await session.run(sql`
    CREATE TEMP TABLE ${sql.table(changedTable)} ON COMMIT DROP AS
    WITH existing AS (
      SELECT ${columnList(columns, 'fact')}, TRUE AS present FROM ${table} AS fact
      JOIN (SELECT DISTINCT ${columnList(fact.group)} FROM ${sql.table(rowsTable)}) AS named
        ON ${same('fact', 'named', fact.group)}
    )
    SELECT DISTINCT ${sql.join(fact.group.map((name) => sql`COALESCE(${sql.ref(`rows.${name}`)}, ${sql.ref(`existing.${name}`)}) AS ${sql.ref(name)}`))}
    FROM ${sql.table(rowsTable)} AS rows FULL JOIN existing ON ${same('rows', 'existing', plan.key)}
    WHERE existing.present IS NULL OR ${sql.ref(`rows.${lineColumn}`)} IS NULL
      OR (${columnList(columns, 'rows')}) IS DISTINCT FROM (${columnList(columns, 'existing')})`);
  await session.run(sql`ANALYZE ${sql.table(changedTable)}`);
  await noteTouched(session, plan, fact, same);
  for (const facts of [plan.model.table, rowsTable]) {
    await following.note(
      sql`FROM ${sql.table(facts)} AS fact JOIN ${sql.table(changedTable)} AS changed ON ${same('fact', 'changed', fact.group)}`,
    );
  }
  const deleted = await session.run(sql`
    DELETE FROM ${table} AS fact USING ${sql.table(changedTable)} AS changed WHERE ${same('fact', 'changed', fact.group)}`);
  const inserted = await session.run(sql`
    INSERT INTO ${table} (${columnList(columns)})
    SELECT ${columnList(columns, 'rows')} FROM ${sql.table(rowsTable)} AS rows
    JOIN ${sql.table(changedTable)} AS changed ON ${same('rows', 'changed', fact.group)}
    ORDER BY ${sql.ref(`rows.${lineColumn}`)}`);
  const [total] = await session.rows(sql<{ count: string }>`SELECT count(*) FROM ${sql.table(rowsTable)}`);
  return { inserted, updated: 0, deleted, unchanged: Number(total?.count ?? 0) - inserted };
}

/** Gives each row its place in its group, or sorts out the rows that repeat the key of an earlier one. */
async function numberRows(
  session: Session,
  plan: LoadPlan,
  fact: FactShape,
  rejects: Rejects,
): Promise<void> {
  const within = sql`OVER (PARTITION BY ${columnList(fact.place === undefined ? plan.key : fact.group)} ORDER BY ${sql.ref(lineColumn)})`;
  if (fact.place !== undefined) {
    await session.run(sql`
      CREATE TEMP TABLE ${sql.table(rowsTable)} ON COMMIT DROP AS
      SELECT *, (row_number() ${within})::integer AS ${sql.ref(fact.place)} FROM ${sql.table(stageTable)}`);
  } else {
    await session.run(sql`
      CREATE TEMP TABLE load_numbered ON COMMIT DROP AS
      SELECT *, row_number() ${within} AS load_copy, min(${sql.ref(lineColumn)}) ${within} AS load_first
      FROM ${sql.table(stageTable)}`);
    const repeats = await session.run(sql`
      INSERT INTO ${sql.table(rejectTable)} (line, reason, record)
      SELECT ${sql.ref(lineColumn)}, 'key: repeats the key of line ' || load_first, '' FROM load_numbered WHERE load_copy > 1`);
    if (repeats > 0) {
      const some = await session.rows(sql<RejectedRow>`
        SELECT ${sql.ref(lineColumn)}::integer AS line, 'key: repeats the key of line ' || load_first AS reason, '' AS record
        FROM load_numbered WHERE load_copy > 1 ORDER BY 1 LIMIT 20`);
      rejects.addCounted(repeats, some);
    }
    await session.run(sql`
      CREATE TEMP TABLE ${sql.table(rowsTable)} ON COMMIT DROP AS SELECT * FROM load_numbered WHERE load_copy = 1`);
  }
  await session.run(sql`ANALYZE ${sql.table(rowsTable)}`);
}

async function noteTouched(
  session: Session,
  plan: LoadPlan,
  fact: FactShape,
  same: (left: string, right: string, names: readonly string[]) => ReturnType<typeof sql>,
): Promise<void> {
  if (plan.latest.length === 0) return;
  const parts = plan.latest.flatMap((latest, index) =>
    [rowsTable, plan.model.table].map(
      (table) => sql`
        SELECT ${sql.lit(index)} AS latest, ${sql.ref(`facts.${latest.member.column}`)} AS member
        FROM ${sql.table(table)} AS facts JOIN ${sql.table(changedTable)} AS changed ON ${same('facts', 'changed', fact.group)}
        WHERE ${sql.ref(`facts.${latest.member.column}`)} IS NOT NULL`,
    ),
  );
  await session.run(
    sql`CREATE TEMP TABLE ${sql.table(touchedTable)} ON COMMIT DROP AS ${sql.join(parts, sql` UNION `)}`,
  );
}
