// From the records of a batch to events: decoded, told apart, within the bounds of their columns.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Decision, DecisionEvent } from '../events/decision.js';
import type { BehaviourEvent, Decoder, FlywheelEvent, MeasurementEvent } from '../events/event.js';
import { eventIdOf, sourceOf } from '../events/identity.js';
import type { LogRecord, PartitionId } from '../stream/event-log.js';
import type { MeasurementFact } from '../warehouse/stream/facts.js';
import { faultOfLines } from './amount.js';
import type { BatchDraft, DeadRecord, PlacedEvent } from './batch-draft.js';

/** After so many records the process turns to its other work for a moment. */
const sliceRecords = 500;

/** What a record of an input topic may be. */
export type InputDecoder = Decoder<FlywheelEvent | DecisionEvent>;

/** Identities that were met in this batch, by their source. */
type Seen = Map<string, Set<string>>;

/** Never rejects for what a record holds: what is no event is in `dead`, with its reason. */
export async function readBatch(
  partition: PartitionId,
  records: readonly LogRecord[],
  decode: InputDecoder,
): Promise<BatchDraft> {
  const reader = createReader(partition);
  for (const [index, record] of records.entries()) {
    if (index > 0 && index % sliceRecords === 0) await nextTurn();
    const decoded = decode(record);
    if (!decoded.ok) reader.refuse(record, decoded.reason);
    else if (decoded.event.kind === 'behaviour') reader.takeBehaviour(record, decoded.event);
    else if (decoded.event.kind === 'decision') reader.takeDecision(decoded.event);
    else reader.takeMeasurement(record, decoded.event);
  }
  return reader.draft();
}

function createReader(partition: PartitionId) {
  const behaviours: PlacedEvent[] = [];
  const measurements: MeasurementFact[] = [];
  const decisions = new Map<string, Decision>();
  const dead: DeadRecord[] = [];
  const behavioursSeen: Seen = new Map();
  const measurementsSeen: Seen = new Map();
  let repeated = 0;
  let behaviourMaxAtMs = Number.NEGATIVE_INFINITY;
  let measurementMaxAtMs = Number.NEGATIVE_INFINITY;

  const refuse = (record: LogRecord, reason: string) => {
    dead.push({ record, reason });
  };
  const momentOf = (ms: number) => (Number.isFinite(ms) ? ms : null);

  return {
    refuse,
    takeBehaviour(record: LogRecord, event: BehaviourEvent): void {
      const fault = faultOfLines(event.lines);
      if (fault !== undefined) {
        refuse(record, fault);
        return;
      }
      if (event.occurredAtMs > behaviourMaxAtMs) behaviourMaxAtMs = event.occurredAtMs;
      const source = sourceOf(event, partition.topic);
      const eventId = eventIdOf(event, partition, record.offset);
      if (isNew(behavioursSeen, source, eventId)) {
        behaviours.push({ source, eventId, event, appendedAtMs: record.appendedAtMs });
      } else repeated += 1;
    },
    takeMeasurement(record: LogRecord, event: MeasurementEvent): void {
      if (event.occurredAtMs > measurementMaxAtMs) measurementMaxAtMs = event.occurredAtMs;
      const source = sourceOf(event, partition.topic);
      const eventId = eventIdOf(event, partition, record.offset);
      if (isNew(measurementsSeen, source, eventId)) {
        measurements.push(measurementFact(source, eventId, event));
      } else repeated += 1;
    },
    takeDecision({ id, decision }: DecisionEvent): void {
      if (decisions.has(id)) repeated += 1;
      else decisions.set(id, decision);
    },
    draft: (): BatchDraft => ({
      behaviours,
      measurements,
      decisions: [...decisions.values()],
      dead,
      repeated,
      behaviourMaxAtMs: momentOf(behaviourMaxAtMs),
      measurementMaxAtMs: momentOf(measurementMaxAtMs),
    }),
  };
}

function isNew(seen: Seen, source: string, eventId: string): boolean {
  let ids = seen.get(source);
  if (ids === undefined) {
    ids = new Set();
    seen.set(source, ids);
  }
  const sizeBefore = ids.size;
  ids.add(eventId);
  return ids.size > sizeBefore;
}

function measurementFact(
  source: string,
  eventId: string,
  { device, series, value, text, attributes, occurredAtMs }: MeasurementEvent,
): MeasurementFact {
  return { source, eventId, device, series, value, text, attributes, occurredAt: occurredAtMs };
}
