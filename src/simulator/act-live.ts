// Lets the simulated shop's present happen: each event at its moment, through the same door as anybody's.

import type { Clock } from '../core/clock.js';
import type { LiveEvent } from './live-records.js';
import { liveEvents } from './live-shop.js';
import type { ShopWorld } from './world.js';

/** Events are sent at most this long after their moment. */
const batchMs = 250;
/** After a longer pause, such as a computer that slept, what was missed is not made up for. */
const pauseMsMax = 60_000;
/** Acting begins so far back: longer than a duty takes to find its next holder. */
const beginBackMs = 30_000;
/** The most events that are sent at once. */
const batchEventsMax = 500;

export interface ActLiveDeps {
  readonly world: ShopWorld;
  readonly clock: Clock;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Resolves when the events are in the log for good. */
  readonly collect: (events: readonly LiveEvent[]) => Promise<void>;
}

/**
 * Acts until the signal is aborted, then resolves. It begins half a minute back, so that whoever takes over leaves no
 * gap: what was acted already has the same ids, and counts once. Rejects when `collect` does.
 */
export async function actLive(deps: ActLiveDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await actUntilPaused(deps, signal);
}

/** Resolves when it was kept from acting for so long that it should begin anew, or when aborted. */
async function actUntilPaused(deps: ActLiveDeps, signal: AbortSignal): Promise<void> {
  let actedMs = deps.clock.nowMs() - beginBackMs;
  const events = liveEvents(deps.world, actedMs, Number.POSITIVE_INFINITY);
  let next = events.next();
  while (!signal.aborted) {
    const nowMs = deps.clock.nowMs();
    if (actedMs < nowMs - pauseMsMax) return;
    const batch: LiveEvent[] = [];
    while (next.done !== true && next.value.atMs <= nowMs && batch.length < batchEventsMax) {
      batch.push(next.value);
      next = events.next();
    }
    if (batch.length > 0) await deps.collect(batch);
    if (batch.length < batchEventsMax) {
      actedMs = nowMs;
      await deps.pause(batchMs, signal);
    }
  }
}
