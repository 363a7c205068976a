// Runs one statement that may last: stopped on the server when nobody waits for it any more.

import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

export interface RunnableStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The rows of a statement, each as an array. `onAbandon` is given what to call when they are no longer
 * wanted. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED or, for a value out of range, BAD_INPUT.
 */
export async function runStatement(
  database: Database,
  statement: RunnableStatement,
  onAbandon?: (callback: () => void) => void,
): Promise<unknown[][]> {
  let client: PoolClient;
  try {
    client = await database.pool.connect();
  } catch (error) {
    throw explainDatabaseError(error);
  }
  const fate = { abandoned: false, done: false, broken: false };
  onAbandon?.(() => {
    if (fate.done) return;
    fate.abandoned = true;
    stop(database, client);
  });
  try {
    const { text, values } = statement;
    const result = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
    return result.rows;
  } catch (error) {
    fate.broken = true;
    throw explainDatabaseError(error);
  } finally {
    // A late signal to stop must not meet the next statement of the connection.
    client.release(fate.broken || fate.abandoned);
    fate.done = true;
  }
}

/** Asks the server to stop what the connection runs; where that fails, the statement time-out is in charge. */
function stop(database: Database, client: PoolClient): void {
  const processID: unknown = Reflect.get(client, 'processID');
  if (typeof processID !== 'number') return;
  database.pool.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
}
