// Decodes the records of a topic by the rules of its map.

import { behaviourSlots, readBehaviour } from './behaviour.js';
import type { Decoded, Decoder, RawRecord } from './event.js';
import { Fields } from './fields.js';
import { exactDigits, isRecord, readJson, shown, tooDeep } from './json-text.js';
import { measurementSlots, readMeasurement } from './measurement.js';
import { Reading } from './reading.js';
import type { TimeReader } from './time.js';

export interface PathRule {
  readonly kind: 'field';
  /** Where the value stands, with dots between the names. */
  readonly field: string;
  /** What each value stands for. */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** What every other value stands for; without it, such a value is a fault of the record. */
  readonly otherwise?: string | undefined;
  /** What stands in for a value that is missing. */
  readonly ifEmpty?: string | number | boolean | undefined;
}

export type FieldRule = PathRule | { readonly kind: 'value'; readonly value: string | number | boolean };

/** Where the lines of a purchase stand: a list, and paths within one of its items. */
export interface ItemsRule {
  readonly list: string;
  readonly product: string;
  readonly quantity?: string | undefined;
  readonly price?: string | undefined;
}

export interface MapRules {
  readonly kind: 'behaviour' | 'measurement';
  /** What happened; undefined for measurements. */
  readonly event: FieldRule | undefined;
  readonly source: string | undefined;
  readonly fields: ReadonlyMap<string, FieldRule>;
  readonly items: ItemsRule | undefined;
  readonly readTime: TimeReader;
}

type Rule = readonly [slot: number, rule: FieldRule];

const refused = (reason: string): Decoded => ({ ok: false, reason });

/** Never throws. Members of a record that no rule takes whole are its attributes. */
export function createMappedDecoder(rules: MapRules): Decoder {
  const slots: Readonly<Record<string, number>> =
    rules.kind === 'behaviour' ? behaviourSlots : measurementSlots;
  const reading = new Reading(rules.readTime);
  const fields = new Fields(new Map(), Object.keys(slots).length);
  const filled: readonly Rule[] = [
    ...(rules.event === undefined ? [] : [['type', rules.event] as const]),
    ...rules.fields,
    ...(rules.source === undefined ? [] : [['source', { kind: 'value', value: rules.source }] as const]),
  ].flatMap(([name, rule]) => {
    const slot = slots[name];
    return slot === undefined ? [] : [[slot, rule] as const];
  });

  function fill(object: Readonly<Record<string, unknown>>): void {
    fields.take(object);
    for (const [slot, rule] of filled) {
      const name = rule.kind === 'field' ? rule.field : 'value';
      if (rule.kind === 'field') fields.claim(rule.field);
      const value = rule.kind === 'field' ? ruledValue(rule, object, reading) : rule.value;
      if (value !== undefined) fields.put(slot, name, value);
    }
    if (rules.items !== undefined) {
      const items = itemsOf(rules.items, object, reading);
      if (items !== undefined) fields.put(behaviourSlots.items, rules.items.list, items);
    }
  }

  function decode({ value, appendedAtMs }: RawRecord): Decoded {
    reading.reason = undefined;
    if (value === null) return refused('It is empty (a tombstone); an event has a value.');
    const read = readJson(value);
    if (!read.ok) return refused(`It ${read.reason}.`);
    if (!isRecord(read.value)) return refused(`It is ${shown(read.value)}; an event is a JSON object.`);
    fill(read.value);
    const event =
      rules.kind === 'behaviour'
        ? readBehaviour(fields, reading, appendedAtMs)
        : readMeasurement(fields, reading, appendedAtMs);
    return reading.reason === undefined ? { ok: true, event } : refused(reading.reason);
  }

  return (record) => {
    try {
      return decode(record);
    } catch (error) {
      return refused(`It ${tooDeep(error)}.`);
    }
  };
}

/** The value at the end of a path; undefined when it is missing, null or empty. */
function valueAt(object: Readonly<Record<string, unknown>>, path: string): unknown {
  let at: unknown = object;
  // A name that holds dots itself is found as it stands.
  if (Object.hasOwn(object, path)) at = object[path];
  else {
    for (const name of path.split('.')) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
      at = Reflect.get(at, name);
    }
  }
  return at === null || at === '' ? undefined : at;
}

function ruledValue(rule: PathRule, object: Readonly<Record<string, unknown>>, reading: Reading): unknown {
  const value = valueAt(object, rule.field) ?? rule.ifEmpty;
  if (value === undefined || rule.values === undefined) return value;
  const text = exactDigits(value) ?? String(value);
  const meaning = Object.hasOwn(rule.values, text) ? rule.values[text] : rule.otherwise;
  if (meaning === undefined) {
    const known = Object.keys(rule.values).join(', ');
    reading.fault(`"${rule.field}" is ${shown(value)}, which is not among the values of the map (${known}).`);
  }
  return meaning;
}

function itemsOf(rule: ItemsRule, object: Readonly<Record<string, unknown>>, reading: Reading): unknown {
  const list = valueAt(object, rule.list);
  if (!Array.isArray(list)) return list;
  return list.map((item: unknown) => {
    if (!isRecord(item)) {
      reading.fault(`"${rule.list}" holds ${shown(item)}; each of its items must be an object.`);
      return item;
    }
    return {
      item_id: valueAt(item, rule.product),
      quantity: rule.quantity === undefined ? undefined : valueAt(item, rule.quantity),
      price: rule.price === undefined ? undefined : valueAt(item, rule.price),
    };
  });
}
