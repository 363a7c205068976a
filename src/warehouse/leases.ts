// Leases in the table `lease`: a duty that one process at a time holds, wherever the processes are.

import type { Lease, Leases } from '../core/lease.js';
import { createBackoff, pause } from '../core/pause.js';
import { LeaseLost } from './lease-fence.js';
import { type LeaseSession, openLeaseSession } from './lease-session.js';

export interface LeasesDeps {
  /** The database with the table; each `hold` has a connection of its own. */
  readonly url: string;
  /** Who holds, for people who look into the table: the host and the process, say. */
  readonly holder: string;
  /** How long a lease lasts without being renewed (8,000 ms). */
  readonly ttlMs?: number;
  /** How often it is renewed (2,000 ms). */
  readonly renewMs?: number;
}

type HoldOptions = Parameters<Leases['hold']>[2];

/**
 * A lease is free when it was not renewed for `ttlMs`, and at once when the connection of its holder is gone. The
 * holder counts with a clock that never jumps, and considers the lease lost after three quarters of that time.
 */
export function createLeases({ url, holder, ttlMs = 8_000, renewMs = 2_000 }: LeasesDeps): Leases {
  const lookMs = Math.min(500, renewMs);
  const trustMs = ttlMs * 0.75;

  /** Renews until the lease is lost or given up, and says so by the controller. */
  async function keep(
    session: LeaseSession,
    lease: Lease,
    lost: AbortController,
    sinceMs: number,
  ): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const trust = (fromMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => lost.abort(new LeaseLost(lease.name)), fromMs + trustMs - performance.now());
    };
    trust(sinceMs);
    try {
      for (;;) {
        await pause(renewMs, lost.signal);
        if (lost.signal.aborted) return;
        const askedMs = performance.now();
        if (!(await session.renew(lease.name, lease.number))) return;
        trust(askedMs);
      }
    } finally {
      clearTimeout(timer);
      lost.abort(new LeaseLost(lease.name));
    }
  }

  /** Works under the lease until the work ends; whether it may go on at once, because it ended by losing the lease. */
  async function workUnder(
    session: LeaseSession,
    name: string,
    number: bigint,
    sinceMs: number,
    work: (lease: Lease) => Promise<void>,
    { signal, onFault }: HoldOptions,
  ): Promise<boolean> {
    const lost = new AbortController();
    const onEnd = () => lost.abort(new LeaseLost(name));
    for (const end of [signal, session.over]) {
      if (end.aborted) onEnd();
      else end.addEventListener('abort', onEnd, { once: true });
    }
    const lease: Lease = { name, number, lost: lost.signal };
    const kept = keep(session, lease, lost, sinceMs).catch(() => {});
    let ended = false;
    try {
      await work(lease);
      ended = lost.signal.aborted;
    } catch (error) {
      ended = error instanceof LeaseLost || lost.signal.aborted;
      if (!ended) onFault(error);
    }
    lost.abort(new LeaseLost(name));
    for (const end of [signal, session.over]) end.removeEventListener('abort', onEnd);
    await kept;
    if (!session.over.aborted) await session.giveBack(name, number).catch(() => {});
    return ended;
  }

  /** Takes turns on one connection until it ends or nobody wants to hold any more. */
  async function takeTurns(
    session: LeaseSession,
    name: string,
    work: (lease: Lease) => Promise<void>,
    options: HoldOptions,
  ): Promise<void> {
    const backoff = createBackoff(100);
    const over = AbortSignal.any([session.over, options.signal]);
    while (!over.aborted) {
      const askedMs = performance.now();
      const number = await session.take(name);
      if (number === undefined) {
        await pause(lookMs, over);
        continue;
      }
      if (await workUnder(session, name, number, askedMs, work, options)) backoff.reset();
      else await backoff.wait(over);
    }
  }

  return {
    async hold(name, work, options) {
      const { signal, onFault } = options;
      const backoff = createBackoff();
      while (!signal.aborted) {
        let session: LeaseSession | undefined;
        try {
          session = await openLeaseSession({ url, holder, ttlMs });
          backoff.reset();
          await takeTurns(session, name, work, options);
        } catch (error) {
          onFault(error);
        } finally {
          await session?.close();
        }
        await backoff.wait(signal);
      }
    },
  };
}
