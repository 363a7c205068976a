// The turn among those who change members of dimensions that are there: files, and whoever assigns something to many.

import { sql } from 'kysely';
import type { Session } from './session.js';

/** Any number that no other program is likely to lock. */
const membersTurn = 5_318_008_243n;

/** Takes the turn until the transaction ends, if it is free; whether it was. */
export async function tryMembersTurn(session: Session): Promise<boolean> {
  const [turn] = await session.rows(
    sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(${membersTurn}) AS mine`,
  );
  return turn?.mine === true;
}

/** Waits for the turn and takes it until the transaction ends. */
export async function takeMembersTurn(session: Session): Promise<void> {
  await session.run(sql`SELECT pg_advisory_xact_lock(${membersTurn})`);
}
