// The turn between those who add facts one batch at a time, side by side, and a file that changes facts as a whole.

import { sql } from 'kysely';
import type { Session } from './session.js';

/** Any number that no other program is likely to lock. */
export const factsTurn = 4_816_372_905n;

/**
 * Takes a turn beside others who add facts, until the transaction ends. It comes before facts are read or written in
 * that transaction, so that nobody waits for a file while the file waits for him.
 */
export async function joinFactWriters(session: Session): Promise<void> {
  await session.run(sql`SELECT pg_advisory_xact_lock_shared(${factsTurn})`);
}

/** Waits for those who add facts, and holds off others until the transaction ends. */
export async function holdOffFactWriters(session: Session): Promise<void> {
  await session.run(sql`SELECT pg_advisory_xact_lock(${factsTurn})`);
}
