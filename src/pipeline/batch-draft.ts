// What a batch holds once it is read: events that are whole and within bounds, and what is none.

import type { Decision } from '../events/decision.js';
import type { BehaviourEvent } from '../events/event.js';
import type { LogRecord } from '../stream/event-log.js';
import type { MeasurementFact } from '../warehouse/stream/facts.js';

/** An event with its identity settled. */
export interface PlacedEvent {
  readonly source: string;
  readonly eventId: string;
  readonly event: BehaviourEvent;
  /** When the log took it in, in milliseconds since 1970. */
  readonly appendedAtMs: number;
}

export interface DeadRecord {
  readonly record: LogRecord;
  /** A sentence. */
  readonly reason: string;
}

export interface BatchDraft {
  readonly behaviours: readonly PlacedEvent[];
  readonly measurements: readonly MeasurementFact[];
  readonly decisions: readonly Decision[];
  readonly dead: readonly DeadRecord[];
  /** Records that repeat an earlier one of the same batch. */
  readonly repeated: number;
  readonly behaviourMaxAtMs: number | null;
  readonly measurementMaxAtMs: number | null;
}
