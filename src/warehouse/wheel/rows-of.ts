// The rows of one statement on any connection; a failure says what it means to whoever asked.

import type { RawBuilder } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

/** Fails with a FlywheelError for an outage, a time-out or a value out of range; with anything else as it is. */
export async function rowsOf<T>(
  { kysely }: Pick<Database, 'kysely'>,
  statement: RawBuilder<T>,
): Promise<readonly T[]> {
  try {
    return (await statement.execute(kysely)).rows;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
