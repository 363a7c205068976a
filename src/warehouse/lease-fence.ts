// Fences what is written under a lease: who has lost it cannot commit.

import { sql } from 'kysely';
import type { Lease } from '../core/lease.js';
import type { Session } from './session.js';

/** Work found that its lease is somebody else's by now; nothing that it wrote in this transaction stands. */
export class LeaseLost extends Error {
  constructor(readonly lease: string) {
    super(`The lease ${lease} has gone to another holder.`);
    this.name = 'LeaseLost';
  }
}

/**
 * Throws LeaseLost unless the lease is still the caller's, and keeps it so until the end of the transaction: nobody
 * else takes it before. Renewing goes on meanwhile, because a key lock stands in the way of a new holder only.
 */
export async function assertLease(
  session: Session,
  { name, number }: Pick<Lease, 'name' | 'number'>,
): Promise<void> {
  const held = await session.rows(sql<{ number: string }>`
    SELECT number FROM lease WHERE name = ${name} AND number = ${number.toString()}::bigint FOR KEY SHARE`);
  if (held.length === 0) throw new LeaseLost(name);
}
