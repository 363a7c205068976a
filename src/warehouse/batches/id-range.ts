// Between which ids the rows of a table lie, so that an engine can read it in parts.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

export interface PartedRange {
  readonly first: string;
  readonly last: string;
  /** In how many parts it is worth reading. */
  readonly parts: number;
}

const rowsPerPart = 500_000n;
const partsMax = 16n;

/** Null for a table without rows. */
export async function readIdRange(
  { kysely }: Pick<Database, 'kysely'>,
  table: string,
): Promise<PartedRange | null> {
  try {
    const { rows } = await sql<{ first: string | null; last: string | null }>`
      SELECT min(id)::text AS first, max(id)::text AS last FROM ${sql.table(table)}`.execute(kysely);
    const { first = null, last = null } = rows[0] ?? {};
    if (first === null || last === null) return null;
    const wanted = 1n + (BigInt(last) - BigInt(first)) / rowsPerPart;
    return { first, last, parts: Number(wanted < partsMax ? wanted : partsMax) };
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
