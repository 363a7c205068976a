// What is older than the ring: read from the log when somebody asks, shared by all who ask, and soon let go.

import { FlywheelError } from '../core/errors.js';
import { pause } from '../core/pause.js';
import type { Batch, EventLog } from '../stream/event-log.js';
import { partitionKey } from '../stream/event-log.js';
import type { PlacedResult } from './live-ring.js';

export interface LiveHistoryDeps {
  readonly log: EventLog;
  readonly topic: string;
  /** The results that the records of a batch hold. */
  readonly read: (batch: Batch) => readonly PlacedResult[];
  /** The most records that are read back; what is older counts as gone. */
  readonly recordsMax: bigint;
  /** How long the log may take to give them (30,000 ms). */
  readonly patienceMs?: number;
}

export interface LiveHistory {
  /**
   * The results from `from` up to `to`, both places of that topic, in order; undefined when they are too many. Fails with
   * UNAVAILABLE when the log gives none in time. Those who ask at once are served from one reading.
   */
  between(topicId: string, from: bigint, to: bigint): Promise<readonly PlacedResult[] | undefined>;
  close(): void;
}

/** How long what was read is kept for the next who asks: after an outage many come at once. */
const keptMs = 60_000;

interface Stretch {
  /** A topic that was made anew has the same places with other results. */
  readonly topicId: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly items: readonly PlacedResult[];
}

export function createLiveHistory(deps: LiveHistoryDeps): LiveHistory {
  const { log, topic, read, recordsMax, patienceMs = 30_000 } = deps;
  let stretch: Stretch | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  /** Resolves when the tail has come to `end`; the tail is closed outside of its own handler. */
  async function readLog(topicId: string, start: bigint, end: bigint): Promise<PlacedResult[]> {
    const items: PlacedResult[] = [];
    const arriving = new AbortController();
    const tail = await log.tail({
      topics: [topic],
      from: new Map([[partitionKey(topic, 0), start]]),
      elsewhere: 'end',
      handle(batch) {
        if (batch.topicId !== topicId) return;
        for (const item of read(batch)) if (item.offset <= end) items.push(item);
        if (batch.nextOffset >= end) arriving.abort();
      },
    });
    // A log that is away, or a topic that was made anew meanwhile, never comes there.
    await pause(patienceMs, arriving.signal);
    await tail.close();
    if (arriving.signal.aborted) return items;
    throw new FlywheelError(
      'UNAVAILABLE',
      'The event log did not give back in time what followed the cursor; subscribe again in a moment.',
    );
  }

  async function cover(topicId: string, from: bigint, to: bigint): Promise<Stretch | undefined> {
    const known = stretch?.topicId === topicId ? stretch : undefined;
    if (known && known.start <= from && known.end >= to) return known;
    const start = known !== undefined && known.start < from ? known.start : from;
    if (to - start > recordsMax) {
      if (to - from > recordsMax) return undefined;
      stretch = undefined;
      return cover(topicId, from, to);
    }
    // A stretch that meets what is asked for is only made longer.
    const meets = known !== undefined && known.start <= to && known.end >= start;
    const before = meets && known.start > start ? await readLog(topicId, start, known.start) : [];
    const after = meets && known.end < to ? await readLog(topicId, known.end, to) : [];
    stretch = meets
      ? {
          topicId,
          start,
          end: known.end < to ? to : known.end,
          items: [...before, ...known.items, ...after],
        }
      : { topicId, start: from, end: to, items: from < to ? await readLog(topicId, from, to) : [] };
    return stretch;
  }

  function letGo(): void {
    stretch = undefined;
  }

  return {
    between(topicId, from, to) {
      const found = turn.then(async () => {
        const covered = await cover(topicId, from, to);
        clearTimeout(timer);
        timer = setTimeout(letGo, keptMs).unref();
        return covered?.items.filter(({ offset }) => offset > from && offset <= to);
      });
      turn = found.catch(() => undefined);
      return found;
    },
    close() {
      clearTimeout(timer);
      letGo();
    },
  };
}
