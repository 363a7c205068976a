// The way in for events that are handed to us: each is checked, the good ones are appended, and then acknowledged.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { FlywheelError } from '../core/errors.js';
import type { EventLog, NewRecord } from '../stream/event-log.js';
import { exampleType } from './catalogue.js';
import { createDecoder } from './decode.js';
import type { EventKind, FlywheelEvent, RawRecord } from './event.js';

export interface Rejection {
  /** The place of the event among those that were handed over, from 0. */
  readonly index: number;
  readonly reason: string;
}

export interface Collected {
  readonly accepted: number;
  /** In the order of their places. */
  readonly rejected: readonly Rejection[];
}

export interface Collector {
  /**
   * Resolves when every event that it accepts is durable. RATE_LIMITED (with `retryAfterMs` in its details) when the log
   * cannot keep up; UNAVAILABLE when it is away: then some of the events may be durable and some not, and all of
   * them can be sent again, those with ids without being counted twice.
   */
  collect(inputs: readonly RawRecord[]): Promise<Collected>;
  /** What has come in and is not durable yet. */
  pending(): { readonly events: number; readonly bytes: number };
}

export interface CollectorDeps {
  readonly log: Pick<EventLog, 'append'>;
  readonly topics: { readonly behaviour: string; readonly measurement: string };
  /** The time zone of times that name none. */
  readonly timeZone: string;
  readonly clock: Clock;
  /** How much may wait for the log; one call that is larger is taken when nothing else waits. */
  readonly pendingEventsMax?: number;
  readonly pendingBytesMax?: number;
  /** How long the log may be away before a call is given up. */
  readonly patienceMs?: number;
}

const retryAfterMs = 1_000;
/** Other requests get their turn after so many events. */
const eventsPerTurn = 1_000;

export function createCollector(deps: CollectorDeps): Collector {
  const { log, topics, clock, pendingEventsMax = 50_000, pendingBytesMax = 64 * 1024 * 1024 } = deps;
  const { patienceMs = 10_000 } = deps;
  const decode = createDecoder({ timeZone: deps.timeZone });
  let events = 0;
  let bytes = 0;

  async function append(topic: string, records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    const signal = AbortSignal.timeout(patienceMs);
    try {
      await log.append(topic, records, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new FlywheelError(
        'UNAVAILABLE',
        'The event log did not confirm the events in time; send them again, best with ids, which count once.',
        { cause: error },
      );
    }
  }

  async function take(inputs: readonly RawRecord[]): Promise<Collected> {
    const records: Record<EventKind, NewRecord[]> = { behaviour: [], measurement: [] };
    const rejected: Rejection[] = [];
    for (const [index, input] of inputs.entries()) {
      if (index > 0 && index % eventsPerTurn === 0) await nextTurn();
      const decoded = decode({ ...input, appendedAtMs: clock.nowMs() });
      if (!decoded.ok) {
        rejected.push({ index, reason: decoded.reason });
        continue;
      }
      const { event } = decoded;
      // What came is kept as it came, so that other readers of the topic see what the producer wrote.
      records[event.kind].push({ key: keyOf(event), value: input.value, headers: input.headers });
    }
    // Both are waited for, whatever becomes of one: what is not durable counts as pending.
    const outcomes = await Promise.allSettled([
      append(topics.behaviour, records.behaviour),
      append(topics.measurement, records.measurement),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return { accepted: records.behaviour.length + records.measurement.length, rejected };
  }

  return {
    async collect(inputs) {
      const size = inputs.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      const isBeyond = events + inputs.length > pendingEventsMax || bytes + size > pendingBytesMax;
      if (events > 0 && isBeyond) {
        throw new FlywheelError(
          'RATE_LIMITED',
          'Events come in faster than the event log takes them; send these again in a second.',
          { details: { retryAfterMs } },
        );
      }
      events += inputs.length;
      bytes += size;
      try {
        return await take(inputs);
      } finally {
        events -= inputs.length;
        bytes -= size;
      }
    },
    pending: () => ({ events, bytes }),
  };
}

/** What has the same key keeps its order: all that a customer does or a device measures, and examples of nobody's. */
function keyOf(event: FlywheelEvent): string | null {
  if (event.kind === 'measurement') return event.device;
  return event.customer ?? (event.type === exampleType ? exampleType : null);
}
