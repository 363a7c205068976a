// Runs one statement that may last: stopped on the server when nobody waits for it any more.

import { FlywheelError } from '../core/errors.js';
import { borrowClient, type OnAbandon } from './borrow-client.js';
import type { Database } from './database.js';
import { tooManyValues } from './database-error.js';
import { queryRows } from './query-rows.js';

/** The protocol of PostgreSQL counts the values of a statement in two bytes. */
const valuesMax = 65_535;

/** Fails with LIMIT_EXCEEDED when a statement binds more values than PostgreSQL takes. */
export function checkValueCount(values: readonly unknown[]): void {
  if (values.length <= valuesMax) return;
  throw new FlywheelError('LIMIT_EXCEEDED', tooManyValues, { details: { limit: valuesMax } });
}

export interface RunnableStatement {
  /** Under which a connection keeps it prepared; each name belongs to one text. Without it nothing is kept. */
  readonly name?: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The rows of a statement, each as an array. `onAbandon` is given what to call when they are no longer
 * wanted. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED, LIMIT_EXCEEDED for too many values or,
 * for one out of range, BAD_INPUT.
 */
export async function runStatement(
  database: Database,
  { name, text, values }: RunnableStatement,
  onAbandon?: OnAbandon,
): Promise<unknown[][]> {
  checkValueCount(values);
  return borrowClient(
    database,
    (client) => queryRows(client, { name, text, values: [...values], rowMode: 'array' }),
    { onAbandon },
  );
}
