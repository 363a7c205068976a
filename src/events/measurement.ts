// A measurement from its fields.

import { isMeasurementType, measurementFields } from './catalogue.js';
import { valueSize } from './decimal.js';
import type { MeasurementEvent } from './event.js';
import { Fields, fieldTable } from './fields.js';
import type { Reading } from './reading.js';

/** The slots of a measurement; in the order of its fields in the catalogue. */
export const measurementSlots = {
  value: 0,
  eventId: 1,
  id: 2,
  occurredAt: 3,
  device: 4,
  series: 5,
  source: 6,
  text: 7,
  type: 8,
} as const;

const slots = measurementSlots;
const table = fieldTable(measurementFields);

export function createMeasurementFields(): Fields {
  return new Fields(table, measurementFields.length);
}

/** The measurement that the fields make; when `reading` has a reason afterwards, there is none. */
export function readMeasurement(
  fields: Fields,
  reading: Reading,
  arrivedAtMs: number | undefined,
): MeasurementEvent {
  const { values, names } = fields;
  const text = values[slots.text];
  const isText = typeof text === 'string' && text.charCodeAt(0) !== 0;
  if (!isText) fields.release(slots.text);
  if (!isMeasurementType(values[slots.type])) fields.release(slots.type);
  const value = reading.decimal(names[slots.value], values[slots.value], valueSize);
  if (value === null) reading.fault('It has no "value"; a measurement needs the number that was measured.');
  const timed = values[slots.occurredAt];
  const time = timed === undefined ? undefined : reading.time(names[slots.occurredAt], timed);
  if (time === undefined && arrivedAtMs === undefined) {
    reading.fault('It says not when it was measured; add "event_time".');
  }
  let id = reading.code(names[slots.id], values[slots.id]);
  const eventId = reading.code(names[slots.eventId], values[slots.eventId]);
  if (id === null && eventId !== null && time !== undefined) id = `${eventId}@${time.seconds}`;
  else fields.release(slots.eventId);
  return {
    kind: 'measurement',
    source: reading.code(names[slots.source], values[slots.source]),
    id,
    occurredAtMs: time?.ms ?? arrivedAtMs ?? 0,
    device: reading.code(names[slots.device], values[slots.device]),
    series: reading.code(names[slots.series], values[slots.series]),
    value: value ?? '0',
    text: isText ? text : null,
    attributes: fields.attributes(),
  };
}
