// Events written as the bare JSON that the decoder reads back to the same event.

import { behaviourFields, type EventField, hasLines, measurementFields, orderFields } from './catalogue.js';
import type { BehaviourEvent, EventKind, FlywheelEvent, MeasurementEvent } from './event.js';
import { isRecord, readJson } from './json-text.js';

export type Encoded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

const namesOf = (fields: readonly EventField[]) => fields.flatMap(({ name, aliases }) => [name, ...aliases]);
const behaviourNames: ReadonlySet<string> = new Set(namesOf(behaviourFields));
const orderNames: ReadonlySet<string> = new Set(namesOf([...behaviourFields, ...orderFields]));
const measurementNames: ReadonlySet<string> = new Set(namesOf(measurementFields));

/** The members of an event by the names of the catalogue; those that are undefined or null are left out. */
export type EventMembers = Readonly<Record<string, unknown>>;

/**
 * The JSON of an event from its members and its attributes (JSON text of an object). Attributes whose names mean
 * something in this kind of event are refused: they would be read as that.
 */
export function eventText(
  members: EventMembers,
  attributes: string | null | undefined,
  kind: EventKind,
): Encoded {
  const given = Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  );
  const text = JSON.stringify(given);
  if (attributes === undefined || attributes === null) return { ok: true, text };
  const read = readJson(Buffer.from(attributes));
  if (!read.ok) return { ok: false, reason: `The text of the attributes ${read.reason}.` };
  if (!isRecord(read.value)) {
    return { ok: false, reason: 'The attributes must be a JSON object such as {"page": "/offers"}.' };
  }
  const taken =
    kind === 'measurement' ? measurementNames : hasLines(String(given.event)) ? orderNames : behaviourNames;
  const names = Object.keys(read.value);
  const meant = names.find((name) => taken.has(name));
  if (meant !== undefined) {
    return {
      ok: false,
      reason: `The attribute "${meant}" has the name of a field of the event; fill that field instead, or rename the attribute.`,
    };
  }
  if (names.length === 0) return { ok: true, text };
  const rest = attributes.trim().slice(1);
  return { ok: true, text: text === '{}' ? `{${rest}` : `${text.slice(0, -1)},${rest}` };
}

/** The JSON of an event; a reason when its attributes would be read as something else. */
export function encodeEvent(event: FlywheelEvent): Encoded {
  return event.kind === 'behaviour' ? encodeBehaviour(event) : encodeMeasurement(event);
}

const isoTime = (ms: number) => new Date(ms).toISOString();

function encodeBehaviour(event: BehaviourEvent): Encoded {
  const lines = event.lines.map(({ product, quantity, unitPrice }) => ({
    product_id: product,
    quantity,
    ...(unitPrice === null ? {} : { price: unitPrice }),
  }));
  return eventText(
    {
      event: event.type,
      id: event.id,
      source: event.source,
      customer_id: event.customer,
      product_id: event.product,
      timestamp: isoTime(event.occurredAtMs),
      value: event.value,
      text: event.text,
      region: event.region,
      order_id: event.order,
      // Without lines a product alone would be read as one line.
      items: lines.length > 0 || (hasLines(event.type) && event.product !== null) ? lines : undefined,
    },
    event.attributes,
    'behaviour',
  );
}

function encodeMeasurement(event: MeasurementEvent): Encoded {
  const { value, id, source, device, series, text } = event;
  return eventText(
    { value, id, source, device, series, text, event_time: isoTime(event.occurredAtMs) },
    event.attributes,
    'measurement',
  );
}
