// The closer: moves the watermarks, publishes the windows that changed or ended, and forgets those kept long enough.

import type { Lease, Leases } from '../core/lease.js';
import type { LiveTelemetry } from '../core/live-telemetry.js';
import type { Log } from '../core/log.js';
import { pause } from '../core/pause.js';
import { createCloseWindows, type Watermarks } from '../metrics/close-windows.js';
import type { Definitions } from '../metrics/definition.js';
import { type ClockSettings, moveClocks } from '../metrics/emit-live-clock.js';
import { liveChannel } from '../metrics/emit-live-partials.js';
import { planLiveCuts } from '../metrics/live-cuts.js';
import { pruneStep } from '../metrics/live-retention.js';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { assertLease } from '../warehouse/lease-fence.js';
import type { Session } from '../warehouse/session.js';
import { inTransaction } from '../warehouse/transaction.js';
import { createWake, type Notifications } from './wake.js';

export interface CloserDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
  /** The closer is one duty: of several processes one does it at a time. */
  readonly leases: Leases;
  /** Tells at once what polling would find out. */
  readonly notifications?: Notifications;
  readonly telemetry?: LiveTelemetry;
  readonly logger: Log;
  readonly clocks: ClockSettings;
  /**
   * Whether all that the log has is seen now. While it is not, the clocks of idle partitions stand still, or what
   * waits unseen would be late when it comes.
   */
  readonly isSeen: () => boolean;
  /** The topic that results are published to. */
  readonly resultsTopic: string;
  /** The most changes, and the most ended windows, that are taken at once (1,000): many at once make live numbers wait. */
  readonly windowsMax?: number;
}

export interface Closer {
  start(): void;
  /** Resolves when it does nothing any more; a second call waits for the first. */
  close(): Promise<void>;
}

/** How often it looks without being woken, and how soon after a look it looks again. */
const pollMs = 250;
const restMs = 50;
/** A clock of idle partitions goes on no further than this at once, however long nobody has looked. */
const elapsedMsMax = 1_000;
const pruneEveryMs = 60_000;
const pruneRowsMax = 10_000;

export function createCloser(deps: CloserDeps): Closer {
  const closing = new AbortController();
  const look = createLook(deps);
  let running: Promise<void> | undefined;
  return {
    start() {
      running ??= deps.leases.hold('closer', (lease) => closeUntilLost(deps, look, lease, closing.signal), {
        signal: closing.signal,
        onFault: (error) => deps.logger.warn({ error }, 'live windows wait and are closed soon'),
      });
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

type LeaseKey = Pick<Lease, 'name' | 'number'>;

/** What the closer does under its lease, one transaction each. */
export interface Look {
  /** Moves the clocks and publishes what changed; whether more is waiting. */
  close(lease: LeaseKey, elapsedMs: number): Promise<{ readonly more: boolean }>;
  /** Deletes some of what is kept no longer; whether there may be more. */
  prune(lease: LeaseKey): Promise<{ readonly more: boolean }>;
}

export function createLook(deps: Omit<CloserDeps, 'leases' | 'logger' | 'notifications' | 'isSeen'>): Look {
  const { database, catalogue, telemetry, windowsMax = 1_000 } = deps;
  const cuts = planLiveCuts(catalogue, deps.definitions);
  const closeWindows = createCloseWindows({ catalogue, cuts, topic: deps.resultsTopic, windowsMax });

  async function watermarksAfter(session: Session, elapsedMs: number): Promise<Watermarks> {
    const rows = await session.rows(moveClocks(deps.clocks, elapsedMs));
    return new Map(
      rows.flatMap(({ name, watermarkMs }) => (watermarkMs === null ? [] : [[name, watermarkMs] as const])),
    );
  }

  return {
    async close(lease, elapsedMs) {
      const startedMs = performance.now();
      const { closed, watermarks } = await inTransaction(database, async (session) => {
        await assertLease(session, lease);
        const moved = await watermarksAfter(session, elapsedMs);
        return { watermarks: moved, closed: await closeWindows(session, moved) };
      });
      for (const [clock, watermarkMs] of watermarks) telemetry?.watermark(clock, watermarkMs);
      telemetry?.closed(closed, performance.now() - startedMs);
      return closed;
    },
    async prune(lease) {
      const rows = await inTransaction(database, async (session) => {
        await assertLease(session, lease);
        return pruneStep(session, cuts, await watermarksAfter(session, 0), pruneRowsMax);
      });
      telemetry?.pruned(rows);
      return { more: rows >= pruneRowsMax };
    },
  };
}

async function closeUntilLost(
  deps: CloserDeps,
  look: Look,
  lease: Lease,
  closing: AbortSignal,
): Promise<void> {
  const over = AbortSignal.any([lease.lost, closing]);
  const wake = createWake(deps.notifications, liveChannel);
  let lookedMs = performance.now();
  let prunedMs = lookedMs;
  try {
    while (!over.aborted) {
      const startedMs = performance.now();
      const elapsedMs = deps.isSeen() ? Math.min(startedMs - lookedMs, elapsedMsMax) : 0;
      let { more } = await look.close(lease, elapsedMs);
      lookedMs = startedMs;
      if (!more && startedMs - prunedMs >= pruneEveryMs) {
        ({ more } = await look.prune(lease));
        if (!more) prunedMs = startedMs;
      }
      if (more) continue;
      await pause(Math.max(0, startedMs + restMs - performance.now()), over);
      await wake.wait(pollMs - restMs, over);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    wake.close();
  }
}
