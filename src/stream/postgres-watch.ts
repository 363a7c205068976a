// Watches the ends of partitions for all readers of a process: woken by notifications, with a look every second as a net.

import type pg from 'pg';
import { createBell } from '../core/bell.js';
import { createBackoff } from '../core/pause.js';
import type { PartitionRange } from './event-log.js';
import type { Listener } from './postgres-listener.js';
import { readRanges } from './postgres-topics.js';

/** The channel that says that records were appended; the payload is the topic. */
export const logChannel = 'flywheel_log';

const idleMs = 1_000;

export interface Watch {
  /**
   * Hands over the ranges of the topics that exist whenever they were looked at, and soon after this call; errors of
   * looking go to `onFault`, and it goes on. Returns what ends it.
   */
  on(
    topics: readonly string[],
    onRanges: (ranges: readonly PartitionRange[]) => void,
    onFault?: (error: unknown) => void,
  ): () => void;
  close(): Promise<void>;
}

interface Watcher {
  readonly topics: ReadonlySet<string>;
  readonly onRanges: (ranges: readonly PartitionRange[]) => void;
  readonly onFault: ((error: unknown) => void) | undefined;
}

/** One look at a time, for all watchers together, however many notifications come in meanwhile. */
export function createWatch({ pool, listener }: { pool: pg.Pool; listener: Listener }): Watch {
  const watchers = new Set<Watcher>();
  const closing = new AbortController();
  const bell = createBell();
  let running: Promise<void> | undefined;
  let stopListening: (() => void) | undefined;

  function hear(topic: string | undefined): void {
    if (topic !== undefined && ![...watchers].some(({ topics }) => topics.has(topic))) return;
    bell.ring();
  }

  async function look(): Promise<void> {
    const asked = [...watchers];
    const ranges = await readRanges(pool, [...new Set(asked.flatMap(({ topics }) => [...topics]))]);
    for (const watcher of asked) {
      if (watchers.has(watcher)) watcher.onRanges(ranges.filter(({ topic }) => watcher.topics.has(topic)));
    }
  }

  async function run(): Promise<void> {
    const backoff = createBackoff();
    while (watchers.size > 0 && !closing.signal.aborted) {
      try {
        await look();
        backoff.reset();
      } catch (error) {
        for (const { onFault } of watchers) onFault?.(error);
        await backoff.wait(closing.signal);
      }
      if (!closing.signal.aborted) await bell.wait(idleMs);
    }
    running = undefined;
  }

  return {
    on(topics, onRanges, onFault) {
      const watcher = { topics: new Set(topics), onRanges, onFault };
      watchers.add(watcher);
      stopListening ??= listener.on(logChannel, hear);
      running ??= run();
      bell.ring();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) bell.ring();
      };
    },
    async close() {
      closing.abort();
      bell.ring();
      stopListening?.();
      await running;
    },
  };
}
