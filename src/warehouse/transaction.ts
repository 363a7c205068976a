// One transaction on a connection of the pool: all of it, or nothing.

import pg from 'pg';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';
import { createSession, type Session } from './session.js';

/**
 * Resolves when what `work` did is durable. When it rejects, nothing was done, with one exception: a connection that
 * breaks during the COMMIT leaves it open whether it was. Fails with a FlywheelError (UNAVAILABLE, TIMEOUT, BAD_INPUT)
 * or, as it is, with what `work` threw.
 */
export async function inTransaction<T>(
  { pool, kysely }: Pick<Database, 'pool' | 'kysely'>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  let broken = false;
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    await client.query('BEGIN');
    const result = await work(createSession(client, kysely));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = !(await rolledBack(client));
    throw explainDatabaseError(error);
  } finally {
    client?.release(broken);
  }
}

/** Whether the connection can be used again. */
async function rolledBack(client: pg.PoolClient | undefined): Promise<boolean> {
  try {
    await client?.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** The state of SQL that an error of the server bears, such as 23505 for a key that is there already. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  return error instanceof Error && error.cause !== undefined ? sqlStateOf(error.cause) : undefined;
}
