// Notices files that were loaded while an engine read the warehouse: it reads in parts, some before such a file and some after.

import { sql } from 'kysely';
import { FlywheelError } from '../../core/errors.js';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';
import type { Session } from '../session.js';

const loads = sql<{ loads: string }>`
  SELECT count(*) || ' ' || coalesce(md5(string_agg(id || ' ' || extract(epoch FROM loaded_at), ',' ORDER BY id)), '') AS loads
  FROM load_file`;

/**
 * Resolves to what is to be called in the transaction that keeps what the engine found: it rejects with CONFLICT where a
 * file was loaded since. What streams add meanwhile is left out by the ids that the engine is told.
 */
export async function noteLoads({
  kysely,
}: Pick<Database, 'kysely'>): Promise<(session: Session) => Promise<void>> {
  const before = await loads.execute(kysely).catch((error: unknown) => {
    throw explainDatabaseError(error);
  });
  return async (session) => {
    const [now] = await session.rows(loads);
    if (now?.loads === before.rows[0]?.loads) return;
    throw new FlywheelError(
      'CONFLICT',
      'A file was loaded while Spark read the warehouse, so nothing has changed; run the batch again.',
    );
  };
}
