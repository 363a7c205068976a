// The statements of leases, on one connection that shows whether their holder is alive.

import { type OwnConnection, openOwnConnection } from '../stream/postgres-own-connection.js';

const addLease = `
  INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
  VALUES ($1, 0, '', '-infinity', 0, '-infinity')
  ON CONFLICT (name) DO NOTHING`;

/**
 * Free when its time is over or the connection of its holder is gone. The full lock waits for nobody and lets nobody
 * in who writes under the lease at this moment; whose start we may not see is taken for alive.
 */
const takeLease = `
  WITH free AS (
    SELECT name FROM lease
    WHERE name = $1 AND (
      expires_at < clock_timestamp()
      OR NOT EXISTS (
        SELECT 1 FROM pg_stat_activity holder
        WHERE holder.pid = lease.backend_pid
          AND (holder.backend_start = lease.backend_start OR holder.backend_start IS NULL)
      )
    )
    FOR UPDATE SKIP LOCKED
  )
  UPDATE lease SET
    number = lease.number + 1,
    holder = $2,
    expires_at = clock_timestamp() + $3::int * interval '1 millisecond',
    backend_pid = me.pid,
    backend_start = me.backend_start
  FROM free, pg_stat_activity me
  WHERE lease.name = free.name AND me.pid = pg_backend_pid()
  RETURNING lease.number`;

const renewLease = `
  UPDATE lease SET expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
  WHERE name = $1 AND number = $2::bigint
  RETURNING number`;

const giveBackLease = `
  UPDATE lease SET expires_at = '-infinity' WHERE name = $1 AND number = $2::bigint`;

export interface LeaseSession {
  /** The number of the lease that is this session's now; undefined while somebody else has it. */
  take(name: string): Promise<bigint | undefined>;
  /** Whether it is still this session's. */
  renew(name: string, number: bigint): Promise<boolean>;
  giveBack(name: string, number: bigint): Promise<void>;
  /** Aborted when the connection ended, and with it every lease. */
  readonly over: AbortSignal;
  close(): Promise<void>;
}

export interface LeaseSessionOptions {
  readonly url: string;
  readonly holder: string;
  readonly ttlMs: number;
}

/** Rejects when the database cannot be reached. */
export async function openLeaseSession({ url, holder, ttlMs }: LeaseSessionOptions): Promise<LeaseSession> {
  const ending = new AbortController();
  const own: OwnConnection = await openOwnConnection({
    url,
    applicationName: 'flywheel leases',
    onLost: (error) => ending.abort(error),
  });
  async function ask(text: string, ...values: readonly unknown[]): Promise<{ number: string }[]> {
    try {
      return await own.query<{ number: string }>(text, values);
    } catch (error) {
      // Whether the statement was heard is not known, so the session is not used again.
      ending.abort(error);
      throw error;
    }
  }
  const added = new Set<string>();
  return {
    over: ending.signal,
    async take(name) {
      const [taken] = await ask(takeLease, name, holder, ttlMs);
      if (taken !== undefined) return BigInt(taken.number);
      if (!added.has(name)) await ask(addLease, name);
      added.add(name);
      return undefined;
    },
    async renew(name, number) {
      return (await ask(renewLease, name, number.toString(), ttlMs)).length > 0;
    },
    async giveBack(name, number) {
      await ask(giveBackLease, name, number.toString());
    },
    async close() {
      ending.abort();
      await own.close();
    },
  };
}
