// Behaviour from its fields: what somebody did, and for purchases and returns the lines that become sales.

import { behaviourFields, eventTypeNamed, hasLines, orderFields } from './catalogue.js';
import { priceSize, quantitySize, valueSize } from './decimal.js';
import type { BehaviourEvent, EventLine } from './event.js';
import { Fields, fieldTable } from './fields.js';
import { isRecord, shown } from './json-text.js';
import type { Reading } from './reading.js';

/** The slots of behaviour; in the order of its fields in the catalogue. */
export const behaviourSlots = {
  type: 0,
  id: 1,
  source: 2,
  customer: 3,
  product: 4,
  occurredAt: 5,
  value: 6,
  text: 7,
  region: 8,
  order: 9,
  quantity: 10,
  price: 11,
  items: 12,
} as const;

const slots = behaviourSlots;
const allFields = [...behaviourFields, ...orderFields];
const table = fieldTable(allFields);
const ofOrders = [slots.order, slots.quantity, slots.price, slots.items];

/** The names of which one at least makes an object behaviour. */
export const typeNames: readonly string[] = [behaviourFields[0].name, ...behaviourFields[0].aliases];

export function createBehaviourFields(): Fields {
  return new Fields(table, allFields.length);
}

/** The event that the fields make; when `reading` has a reason afterwards, there is none. */
export function readBehaviour(
  fields: Fields,
  reading: Reading,
  arrivedAtMs: number | undefined,
): BehaviourEvent {
  const { values, names } = fields;
  const type = eventTypeNamed(reading.type(names[slots.type], values[slots.type]) ?? '');
  if (type === '') reading.fault('"event" is empty; it must be the name of what happened, such as "click".');
  const isOrder = hasLines(type);
  if (!isOrder) for (const slot of ofOrders) fields.release(slot);
  const text = values[slots.text];
  const isText = typeof text === 'string' && text.charCodeAt(0) !== 0;
  if (!isText) fields.release(slots.text);
  const customer = reading.code(names[slots.customer], values[slots.customer]);
  const product = reading.code(names[slots.product], values[slots.product]);
  const order = reading.code(names[slots.order], values[slots.order]);
  const lines = isOrder ? readLines(fields, reading, type, product) : noLines;
  return {
    kind: 'behaviour',
    type,
    source: reading.code(names[slots.source], values[slots.source]),
    id: reading.code(names[slots.id], values[slots.id]),
    occurredAtMs: occurredAt(fields, reading, arrivedAtMs),
    customer,
    product,
    value: reading.decimal(names[slots.value], values[slots.value], valueSize),
    order,
    region: reading.code(names[slots.region], values[slots.region]),
    lines,
    text: isText ? text : null,
    attributes: fields.attributes(),
  };
}

function occurredAt({ values, names }: Fields, reading: Reading, arrivedAtMs: number | undefined): number {
  const value = values[slots.occurredAt];
  if (value !== undefined) return reading.time(names[slots.occurredAt], value).ms;
  if (arrivedAtMs === undefined) reading.fault('It says not when it happened; add "timestamp".');
  return arrivedAtMs ?? 0;
}

const noLines: readonly EventLine[] = Object.freeze([]);

function readLines(
  fields: Fields,
  reading: Reading,
  type: string,
  product: string | null,
): readonly EventLine[] {
  const { values, names } = fields;
  const items = values[slots.items];
  if (items === undefined) {
    if (product === null) {
      // Without a product there is nothing to sell; what was said of it stays readable.
      fields.release(slots.quantity);
      fields.release(slots.price);
      return noLines;
    }
    const { quantity, price } = slots;
    return [
      readLine(reading, type, product, [names[quantity], values[quantity]], [names[price], values[price]]),
    ];
  }
  fields.release(slots.quantity);
  fields.release(slots.price);
  if (!Array.isArray(items)) {
    reading.fault(
      `"${names[slots.items]}" is ${shown(items)}; it must be a list of {item_id, quantity, price}.`,
    );
    return noLines;
  }
  let isWhole = true;
  const lines = items.map((item: unknown, place) => {
    if (isRecord(item) && Object.keys(item).some((name) => !lineNames.has(name))) isWhole = false;
    return readItem(reading, type, `${names[slots.items]}[${place}]`, item);
  });
  // What an item says beyond the line is kept, with the item that it belongs to.
  if (!isWhole) fields.rest.push(names[slots.items] ?? '');
  return lines;
}

const productNames = ['product_id', 'item_id', 'productId', 'itemId', 'sku', 'product', 'item', 'id'];
const quantityNames = ['quantity', 'qty'];
const priceNames = ['price', 'unit_price', 'unitPrice'];
const lineNames: ReadonlySet<string> = new Set([...productNames, ...quantityNames, ...priceNames]);
const noLine: EventLine = { product: '', quantity: '1', unitPrice: null };

type Named = readonly [name: string | undefined, value: unknown];

function readItem(reading: Reading, type: string, place: string, item: unknown): EventLine {
  if (!isRecord(item)) {
    reading.fault(
      `"${place}" is ${shown(item)}; it must be an object such as {"item_id": 101, "quantity": 1}.`,
    );
    return noLine;
  }
  const find = (names: readonly string[]): Named => {
    const name = names.find((candidate) => item[candidate] !== undefined && item[candidate] !== null);
    return name === undefined ? [undefined, undefined] : [`${place}.${name}`, item[name]];
  };
  const product = reading.code(...find(productNames));
  if (product === null) reading.fault(`"${place}" names no product; add "item_id".`);
  return readLine(reading, type, product ?? '', find(quantityNames), find(priceNames));
}

function readLine(
  reading: Reading,
  type: string,
  product: string,
  [quantityName, quantityValue]: Named,
  [priceName, priceValue]: Named,
): EventLine {
  const stated = reading.decimal(quantityName, quantityValue, quantitySize) ?? '1';
  // Some shops write what comes back as a negative number.
  const quantity = type === 'return' && stated.startsWith('-') ? stated.slice(1) : stated;
  if (quantity === '0' || quantity.startsWith('-')) {
    reading.fault(`"${quantityName}" is ${stated}; it must be more than 0.`);
  }
  const unitPrice = reading.decimal(priceName, priceValue, priceSize);
  if (unitPrice?.startsWith('-')) reading.fault(`"${priceName}" is ${unitPrice}; it must not be negative.`);
  if (Number(quantity) * Number(unitPrice ?? 0) >= 1e11) {
    reading.fault(
      `"${quantityName}" times "${priceName}" is 100 billion or more, which is too large for a sale.`,
    );
  }
  return { product, quantity, unitPrice };
}
