// Runs one statement that may last: stopped on the server when nobody waits for it any more.

import { borrowClient, type OnAbandon } from './borrow-client.js';
import type { Database } from './database.js';

export interface RunnableStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The rows of a statement, each as an array. `onAbandon` is given what to call when they are no longer
 * wanted. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED or, for a value out of range, BAD_INPUT.
 */
export function runStatement(
  database: Database,
  { text, values }: RunnableStatement,
  onAbandon?: OnAbandon,
): Promise<unknown[][]> {
  return borrowClient(
    database,
    async (client) => {
      const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
      return rows;
    },
    { onAbandon },
  );
}
