// How long what takes part keeps others waiting while it is killed: figures to tell, of which nothing depends.

import { pause } from '../../src/core/pause.js';
import type { Database } from '../../src/warehouse/database.js';
import { readPositions } from '../../src/warehouse/stream/positions.js';

export interface Delays {
  /** The most records that were in the log and not yet in the warehouse. */
  readonly behindMax: number;
  /** The longest time in which nothing was taken in although records waited, in seconds. */
  readonly standstillSeconds: number;
  /** The longest time from handing records to the log until they were durable, in seconds. */
  readonly appendSeconds: number;
}

export interface DelayWatch {
  /** Runs what appends so many records. */
  during<T>(records: number, append: () => Promise<T>): Promise<T>;
  seen(): Delays;
  stop(): void;
}

const lookEveryMs = 250;

/** Looks at the positions of the topics four times a second, as far as the database answers. */
export function watchDelays(database: Database, topics: readonly string[]): DelayWatch {
  let appended = 0;
  let taken = 0;
  let movedAtMs = performance.now();
  let behindMax = 0;
  let standstillMsMax = 0;
  let appendMsMax = 0;
  const stopping = new AbortController();

  async function look(): Promise<void> {
    const before = appended;
    const positions = await readPositions(database);
    const next = positions.reduce(
      (sum, { topic, nextOffset }) => sum + (topics.includes(topic) ? Number(nextOffset) : 0),
      0,
    );
    const nowMs = performance.now();
    if (next > taken || taken >= before) movedAtMs = nowMs;
    taken = next;
    behindMax = Math.max(behindMax, before - taken);
    standstillMsMax = Math.max(standstillMsMax, nowMs - movedAtMs);
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(() => {});
      await pause(lookEveryMs, stopping.signal);
    }
  }

  void watch();
  return {
    async during(records, append) {
      const beganMs = performance.now();
      const result = await append();
      appended += records;
      appendMsMax = Math.max(appendMsMax, performance.now() - beganMs);
      return result;
    },
    seen: () => ({
      behindMax,
      standstillSeconds: Math.round(standstillMsMax / 100) / 10,
      appendSeconds: Math.round(appendMsMax / 100) / 10,
    }),
    stop: () => stopping.abort(),
  };
}
