// Takes the indexes and constraints off a table for the time of a large load, and puts back exactly what was there.

import { sql } from 'kysely';
import type { Session } from '../session.js';

/** Puts back what was taken off, and checks every row by it. */
export type Rebuild = () => Promise<void>;

type Piece = { readonly name: string; readonly definition: string; readonly comment: string | null };

/**
 * Drops the foreign keys and every index of the table that nothing else leans on (the primary key stays when another
 * table points at it). Definitions are read from the server. All of it belongs to the caller's transaction, and from
 * here to its end readers of the table wait.
 */
export async function takeOffIndexes(session: Session, table: string): Promise<Rebuild> {
  await session.run(sql`LOCK TABLE ${sql.table(table)} IN ACCESS EXCLUSIVE MODE`);
  const constraints = await session.rows(sql<Piece>`
    SELECT conname AS name, pg_get_constraintdef(oid) AS definition, obj_description(oid, 'pg_constraint') AS comment
    FROM pg_constraint AS own
    WHERE conrelid = ${table}::text::regclass AND contype IN ('p', 'u', 'x', 'f') AND conparentid = 0
      AND NOT EXISTS (
        SELECT FROM pg_constraint AS other
        WHERE other.contype = 'f' AND other.confrelid = own.conrelid AND other.conindid = own.conindid)
    ORDER BY contype = 'f', contype <> 'p', conname`);
  const indexes = await session.rows(sql<Piece>`
    SELECT relname AS name, pg_get_indexdef(indexrelid) AS definition, obj_description(indexrelid, 'pg_class') AS comment
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = ${table}::text::regclass AND indisvalid AND NOT indisreplident AND NOT indisclustered
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY relname`);
  for (const { name } of constraints) {
    await session.run(sql`ALTER TABLE ${sql.table(table)} DROP CONSTRAINT ${sql.ref(name)}`);
  }
  for (const { name } of indexes) await session.run(sql`DROP INDEX ${sql.table(name)}`);

  return async () => {
    await session.run(sql`SET LOCAL maintenance_work_mem = '256MB'`);
    for (const { name, definition, comment } of indexes) {
      await session.run(sql.raw(definition));
      if (comment !== null)
        await session.run(sql`COMMENT ON INDEX ${sql.table(name)} IS ${sql.lit(comment)}`);
    }
    for (const { name, definition, comment } of constraints) {
      await session.run(
        sql`ALTER TABLE ${sql.table(table)} ADD CONSTRAINT ${sql.ref(name)} ${sql.raw(definition)}`,
      );
      if (comment === null) continue;
      await session.run(
        sql`COMMENT ON CONSTRAINT ${sql.ref(name)} ON ${sql.table(table)} IS ${sql.lit(comment)}`,
      );
    }
  };
}
