// MAP.json: how the JSON of a topic that is not ours becomes events.

import { z } from 'zod';
import { FlywheelError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { isTimeZone } from '../core/time-zone.js';
import type { Decoder } from './event.js';
import { createMappedDecoder, type FieldRule, type ItemsRule, type MapRules } from './mapped-decode.js';
import { createFormatReader, createTimeReader } from './time.js';

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});
const path = z.string({ error: 'must be a path such as "buyer.id"' }).min(1, 'must not be empty');

const fieldSpec = z.strictObject({
  /** Where the value stands, with dots between the names: `buyer.id`. */
  field: path,
  /** What each value stands for. */
  values: z.record(z.string(), z.string()).optional(),
  /** What every other value stands for; without it, a value that is not in `values` is a fault of the record. */
  otherwise: z.string().optional(),
  /** What stands in for a value that is missing. */
  ifEmpty: scalar.optional(),
});
const valueSpec = z.strictObject({ value: scalar });
const itemsSpec = z.strictObject({
  /** Where the list stands; the others are paths within one of its items. */
  list: path,
  product: path,
  quantity: path.optional(),
  price: path.optional(),
});

const mapSpec = z.strictObject({
  topic: z.string().min(1, 'must be the name of the topic'),
  kind: z.enum(['behaviour', 'measurement'], { error: 'must be "behaviour" or "measurement"' }).optional(),
  /** What happened: always the same, or where it stands. Only for behaviour. */
  event: z.unknown().optional(),
  /** What the producer is called; the topic when left out. */
  source: z.string().min(1, 'must not be empty').optional(),
  dates: z
    .union([z.string(), z.array(z.string()).min(1)], { error: 'must be a text or a list of texts' })
    .optional(),
  timeZone: z.string().optional(),
  fields: z.record(z.string(), z.unknown(), { error: 'must be an object such as {"customer": "buyer.id"}' }),
});

/** The fields that a map can fill. */
export const mapFields = {
  behaviour: [
    'id',
    'customer',
    'product',
    'occurredAt',
    'value',
    'text',
    'region',
    'order',
    'quantity',
    'price',
    'items',
  ],
  measurement: ['id', 'eventId', 'value', 'occurredAt', 'device', 'series', 'text'],
} as const;

export interface TopicMap {
  readonly topic: string;
  readonly decoder: Decoder;
}

/**
 * Reads a MAP.json. Throws one BAD_INPUT that names every fault at once, each with its place and what is allowed there;
 * `details.faults` lists them. `timeZone` is that of times that name none, unless the map says otherwise.
 */
export function readTopicMap(json: unknown, options: { readonly timeZone: string }): TopicMap {
  const faults: string[] = [];
  const parsed = mapSpec.safeParse(json);
  if (!parsed.success) faults.push(...faultsOf(parsed.error, '', Object.keys(mapSpec.shape)));
  const loose = z.looseObject(mapSpec.partial().shape).safeParse(json);
  const map = parsed.success ? parsed.data : loose.success ? loose.data : {};
  const kind = map.kind ?? 'behaviour';
  const fields = readFields(map.fields ?? {}, kind, faults);
  const event = kind === 'behaviour' ? readEvent(map.event, faults) : undefined;
  if (kind === 'measurement' && map.event !== undefined) {
    faults.push('event: a measurement has no event; leave it out, or set "kind": "behaviour".');
  }
  if (kind === 'measurement' && map.fields !== undefined && map.fields.value === undefined) {
    faults.push('fields.value: is missing, and a measurement needs it; say where the number stands.');
  }
  const timeZone = map.timeZone ?? options.timeZone;
  if (!isTimeZone(timeZone)) {
    faults.push(`timeZone: "${timeZone}" is not known; use an IANA name such as Europe/London.`);
  }
  const dates = map.dates === undefined ? undefined : [map.dates].flat();
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  const readTime = dates === undefined ? createTimeReader(zone) : createFormatReader(dates, zone);
  if (typeof readTime === 'string') faults.push(`dates: ${readTime}.`);
  if (faults.length > 0 || typeof readTime === 'string' || map.topic === undefined) {
    throw new FlywheelError('BAD_INPUT', faults.join('\n'), { details: { faults } });
  }
  const rules: MapRules = { kind, event, source: map.source, ...fields, readTime };
  return { topic: map.topic, decoder: createMappedDecoder(rules) };
}

function readFields(
  given: Readonly<Record<string, unknown>>,
  kind: 'behaviour' | 'measurement',
  faults: string[],
): Pick<MapRules, 'fields' | 'items'> {
  const fields = new Map<string, FieldRule>();
  let items: ItemsRule | undefined;
  const allowed: readonly string[] = mapFields[kind];
  for (const [name, spec] of Object.entries(given)) {
    const place = `fields.${name}`;
    if (!allowed.includes(name)) {
      faults.push(
        `${place}: there is no such field.${didYouMean(name, allowed)} Allowed here: ${allowed.join(', ')}.`,
      );
    } else if (name === 'items') {
      const parsed = itemsSpec.safeParse(spec);
      if (parsed.success) items = parsed.data;
      else faults.push(...faultsOf(parsed.error, place, Object.keys(itemsSpec.shape)));
    } else {
      const rule = readRule(spec, place, faults);
      if (rule !== undefined) fields.set(name, rule);
    }
  }
  return { fields, items };
}

function readEvent(spec: unknown, faults: string[]): FieldRule | undefined {
  if (typeof spec === 'string' && spec !== '') return { kind: 'value', value: spec };
  if (typeof spec === 'object' && spec !== null) return readRule(spec, 'event', faults);
  faults.push('event: say what happened, such as "purchase", or where it stands, such as {"field": "type"}.');
  return undefined;
}

function readRule(spec: unknown, place: string, faults: string[]): FieldRule | undefined {
  if (typeof spec === 'string' && spec !== '') return { kind: 'field', field: spec };
  if (typeof spec === 'object' && spec !== null && 'value' in spec) {
    const parsed = valueSpec.safeParse(spec);
    if (parsed.success) return { kind: 'value', value: parsed.data.value };
    faults.push(...faultsOf(parsed.error, place, Object.keys(valueSpec.shape)));
    return undefined;
  }
  const parsed = fieldSpec.safeParse(spec);
  if (parsed.success) return { kind: 'field', ...parsed.data };
  if (typeof spec === 'object' && spec !== null) {
    faults.push(...faultsOf(parsed.error, place, [...Object.keys(fieldSpec.shape), 'value']));
  } else {
    faults.push(`${place}: must be a path such as "buyer.id", or an object such as {"value": 1}.`);
  }
  return undefined;
}

function faultsOf(error: z.ZodError, at: string, allowed: readonly string[]): string[] {
  return error.issues.flatMap((issue) => {
    const place = [at, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(
        (key) =>
          `${[place, key].filter((part) => part !== '').join('.')}: there is no such setting.${didYouMean(key, allowed)} Allowed here: ${allowed.join(', ')}.`,
      );
    }
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
    return [`${place || 'the map'}: ${isMissing ? 'is missing' : issue.message}.`];
  });
}
