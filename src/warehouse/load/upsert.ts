// Files of dimensions, stock levels and the like: rows are known by their key, and completed or corrected.

import { sql } from 'kysely';
import { columnOf } from '../catalogue.js';
import { columnList, type Session } from '../session.js';
import { newestBy } from './built-in-mappings.js';
import { type LoadPlan, relationFrom } from './plan.js';
import { type Changes, lineColumn, stageTable } from './stage.js';

const newestTable = 'load_newest';

/**
 * Updates the rows that are there and inserts the others. An empty cell says nothing, so it wipes nothing; of rows
 * with the same key the last one of the file counts, or the newest where the model says which is. What a file states of
 * a member of a dimension is remembered, so that facts do not change it.
 */
export async function upsertRows(session: Session, plan: LoadPlan): Promise<Changes> {
  const table = sql.table(plan.model.table);
  const columns = plan.outputs.map((output) => output.column.column);
  const values = columns.filter((column) => !plan.key.includes(column));
  const sameKey = (left: string, right: string) =>
    sql.join(
      plan.key.map((name) => sql`${sql.ref(`${left}.${name}`)} = ${sql.ref(`${right}.${name}`)}`),
      sql` AND `,
    );
  const datedBy = columns.find((column) => column === dateColumnOf(plan));
  const newestFirst = datedBy === undefined ? sql`` : sql`${sql.ref(datedBy)} DESC NULLS LAST,`;
  const isNoOlder =
    datedBy === undefined
      ? sql`true`
      : sql`COALESCE(${sql.ref(`newest.${datedBy}`)} >= ${sql.ref(`target.${datedBy}`)}, true)`;
  await session.run(sql`
    CREATE TEMP TABLE ${sql.table(newestTable)} ON COMMIT DROP AS
    SELECT DISTINCT ON (${columnList(plan.key)}) * FROM ${sql.table(stageTable)}
    ORDER BY ${columnList(plan.key)}, ${newestFirst} ${sql.ref(lineColumn)} DESC`);
  await session.run(sql`ANALYZE ${sql.table(newestTable)}`);
  const updated =
    values.length === 0
      ? 0
      : await session.run(sql`
          UPDATE ${table} AS target
          SET ${sql.join(values.map((name) => sql`${sql.ref(name)} = COALESCE(${sql.ref(`newest.${name}`)}, ${sql.ref(`target.${name}`)})`))}
          FROM ${sql.table(newestTable)} AS newest
          WHERE ${sameKey('target', 'newest')} AND ${isNoOlder} AND (${sql.join(
            values.map(
              (name) =>
                sql`COALESCE(${sql.ref(`newest.${name}`)} <> ${sql.ref(`target.${name}`)}, ${sql.ref(`newest.${name}`)} IS NOT NULL)`,
            ),
            sql` OR `,
          )})`);
  const inserted = await session.run(sql`
    INSERT INTO ${table} (${columnList(columns)})
    SELECT ${columnList(columns, 'newest')} FROM ${sql.table(newestTable)} AS newest
    WHERE NOT EXISTS (SELECT FROM ${table} AS target WHERE ${sameKey('target', 'newest')})
    ORDER BY ${sql.ref(`newest.${lineColumn}`)}`);
  await noteStated(session, plan, values, sameKey('target', 'newest'));
  const [total] = await session.rows(sql<{ count: string }>`SELECT count(*) FROM ${sql.table(newestTable)}`);
  return { inserted, updated, deleted: 0, unchanged: Number(total?.count ?? 0) - inserted - updated };
}

function dateColumnOf({ model }: LoadPlan): string | undefined {
  const field = newestBy[model.name];
  return field === undefined ? undefined : columnOf(model, field).column;
}

async function noteStated(
  session: Session,
  plan: LoadPlan,
  values: readonly string[],
  sameKey: ReturnType<typeof sql>,
): Promise<void> {
  const isDimension = plan.model.relations.some((relation) => !relation.owns && relation.list);
  const id = plan.model.primaryKey[0];
  if (!isDimension || id === undefined || plan.model.primaryKey.length > 1 || values.length === 0) return;
  const stated = plan.outputs
    .filter((output) => values.includes(output.column.column))
    .map((output) => {
      const field = relationFrom(plan.model, output.column.name)?.name ?? output.column.name;
      return sql`CASE WHEN ${sql.ref(`newest.${output.column.column}`)} IS NOT NULL THEN ${field}::text END`;
    });
  await session.run(sql`
    INSERT INTO load_stated AS known (model, member, fields)
    SELECT ${plan.model.name}, ${sql.ref(`target.${columnOf(plan.model, id).column}`)}::text,
      array_remove(ARRAY[${sql.join(stated)}], NULL)
    FROM ${sql.table(newestTable)} AS newest JOIN ${sql.table(plan.model.table)} AS target ON ${sameKey}
    ON CONFLICT (model, member) DO UPDATE
      SET fields = ARRAY(SELECT DISTINCT unnest(known.fields || excluded.fields) ORDER BY 1)
      WHERE NOT known.fields @> excluded.fields`);
}
