// CloudEvents 1.0: the envelope of structured and binary records, and how it goes over into the fields of an event.

import { behaviourSlots } from './behaviour.js';
import { eventTypeNamed, measurementType } from './catalogue.js';
import type { RawRecord } from './event.js';
import type { Fields } from './fields.js';
import { isRecord, readJson, readText, shown } from './json-text.js';
import { measurementSlots } from './measurement.js';

/** An envelope, its data read. */
export interface Envelope {
  readonly type: string;
  readonly isMeasurement: boolean;
  readonly id: string;
  readonly source: string;
  readonly time: unknown;
  readonly subject: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  /** Extension attributes. */
  readonly extensions: readonly (readonly [name: string, value: unknown])[];
}

export type EnvelopeRead = Envelope | { readonly reason: string };

const ownNames: ReadonlySet<string> = new Set([
  'specversion',
  'type',
  'id',
  'source',
  'time',
  'subject',
  'datacontenttype',
  'data',
  'data_base64',
]);

/** The last segment of a type says what happened; a version behind it does not: com.example.shop.click.v1 is click. */
export function shortType(type: string): string {
  const segments = type.split('.').filter((segment) => segment !== '');
  if (segments.length > 1 && /^v\d+$/i.test(segments.at(-1) ?? '')) segments.pop();
  return eventTypeNamed(segments.at(-1) ?? '');
}

/** Reads the envelope of a structured event: its attributes and data stand in one JSON object. */
export function structuredEnvelope(object: Readonly<Record<string, unknown>>): EnvelopeRead {
  const { data, data_base64: base64 } = object;
  let content = data;
  if (base64 !== undefined && base64 !== null) {
    if (typeof base64 !== 'string') return { reason: '"data_base64" must be a text in base64.' };
    const read = readData(Buffer.from(base64, 'base64'), object.datacontenttype);
    if ('reason' in read) return read;
    content = read.content;
  }
  return envelopeOf(object, content);
}

/** Whether a record bears the headers of a binary event. */
export function isBinary({ headers }: RawRecord): boolean {
  return headers.ce_specversion !== undefined;
}

/** Reads the envelope of a binary event: attributes stand in headers, the value is the data. */
export function binaryEnvelope({ headers, value }: RawRecord): EnvelopeRead {
  const attributes: Record<string, unknown> = {};
  for (const [name, bytes] of Object.entries(headers)) {
    if (!name.startsWith('ce_')) continue;
    const read = readText(bytes);
    if (!read.ok) return { reason: `The header ${name} ${read.reason}.` };
    attributes[name.slice(3)] = read.value;
  }
  if (value === null || value.length === 0) return envelopeOf(attributes, undefined);
  const read = readData(value, headers['content-type']?.toString());
  return 'reason' in read ? read : envelopeOf(attributes, read.content);
}

function readData(bytes: Buffer, contentType: unknown): { content: unknown } | { reason: string } {
  const isText = typeof contentType === 'string' && /^text\//i.test(contentType);
  const read = isText ? readText(bytes) : readJson(bytes);
  return read.ok ? { content: read.value } : { reason: `The data ${read.reason}.` };
}

function envelopeOf(attributes: Readonly<Record<string, unknown>>, content: unknown): EnvelopeRead {
  const { specversion, type, id, source, time, subject } = attributes;
  if (typeof specversion !== 'string' || !/^1\.\d+$/.test(specversion)) {
    return { reason: `"specversion" is ${shown(specversion)}; it must be "1.0".` };
  }
  for (const name of ['id', 'source', 'type']) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') {
      return { reason: `"${name}" is ${shown(value)}; a CloudEvent needs a text there.` };
    }
  }
  const short = shortType(String(type));
  const isMeasurement = short === measurementType;
  const data = dataOf(content, isMeasurement);
  if (data === undefined) return { reason: `The data is ${shown(content)}; it must be an object.` };
  const extensions = Object.entries(attributes).filter(
    ([name, value]) => !ownNames.has(name) && value !== null,
  );
  return {
    type: short,
    isMeasurement,
    id: String(id),
    source: String(source),
    time,
    subject,
    data,
    extensions,
  };
}

/** Data that is no object is the measured number, or the text. */
function dataOf(content: unknown, isMeasurement: boolean): Envelope['data'] | undefined {
  if (content === undefined || content === null) return {};
  if (isRecord(content)) return content;
  if (isMeasurement && (typeof content === 'number' || typeof content === 'string'))
    return { value: content };
  return typeof content === 'string' ? { text: content } : undefined;
}

/** Lays the envelope over the fields of the data, which count less; the subject is the product or the device. */
export function layEnvelope(fields: Fields, envelope: Envelope): void {
  const slots = envelope.isMeasurement ? measurementSlots : behaviourSlots;
  fields.put(slots.id, 'id', envelope.id);
  fields.put(slots.source, 'source', envelope.source);
  if (envelope.time !== undefined && envelope.time !== null)
    fields.put(slots.occurredAt, 'time', envelope.time);
  if (!envelope.isMeasurement) fields.put(behaviourSlots.type, 'type', envelope.type);
  const about = envelope.isMeasurement ? measurementSlots.device : behaviourSlots.product;
  const { subject } = envelope;
  if (subject !== undefined && subject !== null && subject !== '') {
    if (fields.has(about)) fields.extra.push(['subject', subject]);
    else fields.put(about, 'subject', subject);
  }
  fields.extra.push(...envelope.extensions);
}
