// The segment that stands on each customer, so that lists and reports are filtered by it in the database.

import { sql } from 'kysely';
import type { SegmentName } from '../../prisma/generated/client/client.js';
import type { Lease } from '../core/lease.js';
import type { Database } from './database.js';
import { assertLease } from './lease-fence.js';
import { tryMembersTurn } from './members-turn.js';
import { readRows } from './service-reads/read-rows.js';
import { inTransaction } from './transaction.js';

export interface KnownCustomer {
  readonly id: number;
  readonly code: string;
}

/**
 * The next customers after one of that key (0 begins), in the order of their keys: those that come meanwhile follow
 * last. Customers whose code is empty are left out, since nobody can be asked for them. Fails with UNAVAILABLE
 * or TIMEOUT.
 */
export async function readCustomersAfter(
  database: Database,
  id: number,
  most: number,
): Promise<readonly KnownCustomer[]> {
  const rows = await readRows(
    database,
    sql`SELECT id, code FROM dim_customer WHERE id > ${id} AND code <> '' ORDER BY id LIMIT ${most}`,
  );
  return rows.map(([key, code]) => ({ id: Number(key), code: String(code) }));
}

export interface AssignedSegment {
  /** The key of the customer. */
  readonly id: number;
  readonly segment: SegmentName | null;
}

/**
 * Writes the segments that are others than before; resolves to how many were. Undefined: nothing was written, because
 * a file is being loaded. Files lock customers in an order of their own until they are done, so whoever waited for
 * one of them while holding others could be waited for in turn; facts are added beside this as ever. Throws LeaseLost
 * when somebody else assigns by now, UNAVAILABLE or TIMEOUT when the database is away.
 */
export async function writeSegments(
  database: Pick<Database, 'pool' | 'kysely'>,
  lease: Pick<Lease, 'name' | 'number'>,
  assigned: readonly AssignedSegment[],
): Promise<number | undefined> {
  return inTransaction(database, async (session) => {
    await assertLease(session, lease);
    if (!(await tryMembersTurn(session))) return undefined;
    return session.run(sql`
      UPDATE dim_customer AS customer SET segment = given.segment
      FROM unnest(
        ${assigned.map(({ id }) => id)}::integer[], ${assigned.map(({ segment }) => segment)}::segment_name[]
      ) AS given (id, segment)
      WHERE customer.id = given.id AND customer.segment IS DISTINCT FROM given.segment`);
  });
}
