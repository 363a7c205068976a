// Runs the statement of a read, and stops it on the server when its signal comes.

import type { RawBuilder } from 'kysely';
import type { Database } from '../database.js';
import { runStatement } from '../run-statement.js';

/**
 * The rows, each as an array of its columns. A statement that recurs may be given a name, of its own, to be planned once.
 * Fails with a FlywheelError: UNAVAILABLE, TIMEOUT or CANCELLED.
 */
export async function readRows(
  database: Database,
  statement: RawBuilder<unknown>,
  signal?: AbortSignal,
  name?: string,
): Promise<readonly (readonly unknown[])[]> {
  const { sql: text, parameters } = statement.compile(database.kysely);
  let stop = () => {};
  const onAbort = () => stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await runStatement(database, { name, text, values: parameters }, (callback) => {
      stop = callback;
      if (signal?.aborted === true) stop();
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The number of a column; null where it is none. */
export const numberOf = (value: unknown) => (typeof value === 'number' ? value : null);

/** The moment of a column; null where it is none. */
export const dateOf = (value: unknown) => (value instanceof Date ? value : null);
