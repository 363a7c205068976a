// From the bytes of a record to an event: bare behaviour, bare measurements and CloudEvents, told apart by their form.

import { createBehaviourFields, readBehaviour, typeNames } from './behaviour.js';
import { isMeasurementType } from './catalogue.js';
import {
  binaryEnvelope,
  type EnvelopeRead,
  isBinary,
  layEnvelope,
  structuredEnvelope,
} from './cloud-event.js';
import type { Decoded, Decoder, FlywheelEvent, RawRecord } from './event.js';
import { isRecord, readJson, shown, tooDeep } from './json-text.js';
import { createMeasurementFields, readMeasurement } from './measurement.js';
import { Reading } from './reading.js';
import { createTimeReader } from './time.js';

export interface DecoderOptions {
  /** The time zone of times that name none. */
  readonly timeZone: string;
}

const refused = (reason: string): Decoded => ({ ok: false, reason });

/**
 * A decoder of every form that is known without a mapping. It never throws: what cannot be read gives a sentence that
 * says what is wrong and what would be right. An event that says not when it happened takes the time of its arrival.
 */
export function createDecoder({ timeZone }: DecoderOptions): Decoder {
  const reading = new Reading(createTimeReader(timeZone));
  const behaviour = createBehaviourFields();
  const measurement = createMeasurementFields();

  function finished(event: FlywheelEvent): Decoded {
    return reading.reason === undefined ? { ok: true, event } : refused(reading.reason);
  }

  function bare(object: Readonly<Record<string, unknown>>, arrivedAtMs: number | undefined): Decoded {
    const type = typeOf(object);
    if (type !== undefined && !isMeasurementType(type)) {
      behaviour.take(object);
      return finished(readBehaviour(behaviour, reading, arrivedAtMs));
    }
    if (type === undefined && (object.value === undefined || object.value === null)) {
      return refused(
        'It has neither "event" (what somebody did, such as "click") nor "value" (what was measured); add one of them.',
      );
    }
    measurement.take(object);
    return finished(readMeasurement(measurement, reading, arrivedAtMs));
  }

  function enveloped(envelope: EnvelopeRead, arrivedAtMs: number | undefined): Decoded {
    if ('reason' in envelope) return refused(envelope.reason);
    const fields = envelope.isMeasurement ? measurement : behaviour;
    fields.take(envelope.data);
    layEnvelope(fields, envelope);
    return finished(
      envelope.isMeasurement
        ? readMeasurement(fields, reading, arrivedAtMs)
        : readBehaviour(fields, reading, arrivedAtMs),
    );
  }

  function decode(record: RawRecord): Decoded {
    reading.reason = undefined;
    if (isBinary(record)) return enveloped(binaryEnvelope(record), record.appendedAtMs);
    if (record.value === null) return refused('It is empty (a tombstone); an event has a value.');
    const read = readJson(record.value);
    if (!read.ok) return refused(`It ${read.reason}.`);
    if (Array.isArray(read.value)) return refused('It is a list; send each event as a record of its own.');
    if (!isRecord(read.value)) return refused(`It is ${shown(read.value)}; an event is a JSON object.`);
    return read.value.specversion !== undefined || isStructured(record)
      ? enveloped(structuredEnvelope(read.value), record.appendedAtMs)
      : bare(read.value, record.appendedAtMs);
  }

  return (record) => {
    try {
      return decode(record);
    } catch (error) {
      return refused(`It ${tooDeep(error)}.`);
    }
  };
}

function typeOf(object: Readonly<Record<string, unknown>>): unknown {
  for (const name of typeNames) {
    const value = object[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

function isStructured({ headers }: RawRecord): boolean {
  const contentType = headers['content-type'];
  return contentType?.toString().startsWith('application/cloudevents+json') ?? false;
}
