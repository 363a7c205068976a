// A notification outside of any transaction: heard by all who listen at this moment, and by nobody later.

import { sql } from 'kysely';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

/** Sends up to 7,999 bytes of text. */
export async function notify(
  { kysely }: Pick<Database, 'kysely'>,
  channel: string,
  payload: string,
): Promise<void> {
  try {
    await sql`SELECT pg_notify(${channel}, ${payload})`.execute(kysely);
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
