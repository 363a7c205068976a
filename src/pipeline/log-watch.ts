// Whether the event log can be read now, as far as one can know without waiting for the answer.

import type { EventLog } from '../stream/event-log.js';

/** How often it is asked, and how long an answer holds. */
const askEveryMs = 1_000;
const holdsMs = 4_000;

/**
 * Returns what says whether the log has answered lately. Each call asks anew when the last question is old enough, and
 * waits for nothing.
 */
export function createLogWatch(log: Pick<EventLog, 'check'>): () => boolean {
  let askedMs = Number.NEGATIVE_INFINITY;
  let wellMs = Number.NEGATIVE_INFINITY;

  async function ask(nowMs: number): Promise<void> {
    askedMs = nowMs;
    // Whoever reads the log tells of its faults.
    const isWell = await log.check().then(
      () => true,
      () => false,
    );
    wellMs = isWell ? performance.now() : Number.NEGATIVE_INFINITY;
  }

  return () => {
    const nowMs = performance.now();
    if (nowMs - askedMs >= askEveryMs) void ask(nowMs);
    return nowMs - wellMs < holdsMs;
  };
}
