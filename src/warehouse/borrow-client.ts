// Lends a connection of the pool to a piece of work: stopped when nobody waits for it, observed, and given back.

import pg, { type PoolClient } from 'pg';
import { FlywheelError } from '../core/errors.js';
import type { StatementOutcome } from '../core/telemetry.js';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

/** Takes what stops the work when its result is no longer wanted. */
export type OnAbandon = (callback: () => void) => void;

export interface BorrowOptions {
  readonly onAbandon?: OnAbandon | undefined;
  /** Whether the connection is to be closed for a new one after the work. */
  readonly isWorn?: (client: PoolClient) => boolean;
}

/** What work that nobody waits for any more fails with. */
export function cancelled(): FlywheelError {
  return new FlywheelError('CANCELLED', 'The request was cancelled before it was answered.');
}

function outcomeOf(error: unknown): StatementOutcome {
  const code = error instanceof FlywheelError ? error.code : undefined;
  if (code === 'TIMEOUT') return 'timeout';
  return code === 'CANCELLED' ? 'cancelled' : 'failed';
}

/**
 * Resolves with what the work gives. When it is abandoned, the server is asked to stop the statement that runs;
 * work of several statements asks `isAbandoned` before each.
 * Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED or, for a value out of range, BAD_INPUT; a bug
 * comes through as it is.
 */
export async function borrowClient<T>(
  database: Database,
  work: (client: PoolClient, isAbandoned: () => boolean) => Promise<T>,
  { onAbandon, isWorn }: BorrowOptions = {},
): Promise<T> {
  const { pool, onStatement } = database;
  const startMs = performance.now();
  const fate = { abandoned: false, done: false, broken: false };
  let client: PoolClient | undefined;
  onAbandon?.(() => {
    if (fate.done) return;
    fate.abandoned = true;
    if (client) stop(database, client);
  });
  try {
    client = await pool.connect();
    if (fate.abandoned) throw cancelled();
    const result = await work(client, () => fate.abandoned);
    onStatement?.('ok', performance.now() - startMs);
    return result;
  } catch (error) {
    // A statement that the server refused leaves the connection whole; anything else may not.
    fate.broken = !(error instanceof pg.DatabaseError) && !(error instanceof FlywheelError);
    const explained = explainDatabaseError(error);
    onStatement?.(outcomeOf(explained), performance.now() - startMs);
    throw explained;
  } finally {
    // A late signal to stop must not meet the next statement of the connection.
    client?.release(fate.broken || fate.abandoned || Boolean(isWorn?.(client)));
    fate.done = true;
  }
}

/** Asks the server to stop what the connection runs; where that fails, the statement time-out is in charge. */
function stop(database: Database, client: PoolClient): void {
  const processID: unknown = Reflect.get(client, 'processID');
  if (typeof processID !== 'number') return;
  database.control.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
}
