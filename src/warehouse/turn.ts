// Lets one process at a time do a piece of work, whatever machine it is on.

import type pg from 'pg';

/** The turn of who fills a warehouse with a demonstration: a number that no other program is likely to lock. */
export const fillDemoTurn = 7_203_951_846n;

/**
 * Runs `work` while holding the turn; waits for whoever holds it. The turn belongs to a connection, so it ends with the
 * process, however that ends.
 */
export async function withTurn<T>(pool: pg.Pool, turn: bigint, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks fails the next query on it; unheard, it would end the process.
  const onLost = () => {};
  client.on('error', onLost);
  try {
    // Waiting for a turn is no statement that hangs.
    await client.query('SET statement_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [turn.toString()]);
    return await work();
  } finally {
    client.off('error', onLost);
    // Closed rather than returned to the pool: that gives back the turn and the setting in any case.
    client.release(true);
  }
}
