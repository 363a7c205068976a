// How far the log has been read into the warehouse.

import { sql } from 'kysely';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

/** `place` (TOPIC/PARTITION) and `next`, the place of the next record as text, of every partition that is read. */
export const latestPlaces = sql`
  SELECT DISTINCT ON (topic, partition) topic || '/' || partition AS place, next_offset::text AS next
  FROM stream_position ORDER BY topic, partition, moved_at DESC`;

/**
 * The place of the next record by TOPIC/PARTITION, as text; null before any stream was read. Where several groups read a
 * partition, or its topic was made anew, that of the one that moved last. What came before these places is in the facts
 * that are read afterwards.
 */
export async function readLogPosition({
  kysely,
}: Pick<Database, 'kysely'>): Promise<Readonly<Record<string, string>> | null> {
  try {
    const { rows } = await sql<{ place: string; next: string }>`
      ${latestPlaces}`.execute(kysely);
    return rows.length === 0 ? null : Object.fromEntries(rows.map(({ place, next }) => [place, next]));
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
