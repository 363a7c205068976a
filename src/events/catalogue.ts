// The catalogue of events: what can come in, which fields each has, and what people read about them.

export interface EventField {
  /** The name under which the field is written. */
  readonly name: string;
  /** Further names under which it is read; where several stand in one event, the first of all is taken. */
  readonly aliases: readonly string[];
  readonly description: string;
}

export interface EventDefinition {
  /** The name in `event`; a measurement needs none. */
  readonly type: string;
  /** The table that it goes to. */
  readonly table: 'fact_event' | 'fact_measurement';
  readonly description: string;
  readonly fields: readonly EventField[];
}

const field = (name: string, aliases: readonly string[], description: string): EventField => ({
  name,
  aliases,
  description,
});

const typeAliases = ['event_type', 'eventType', 'event_name', 'type', 'action'];
const times = [
  'timestamp',
  'occurred_at',
  'occurredAt',
  'event_time',
  'eventTime',
  'time',
  'ts',
  '@timestamp',
];
const timeForms =
  'ISO 8601, YYYY-MM-DD HH:MM:SS, or seconds or milliseconds since 1970. Without it, the time of arrival counts.';

/** The fields of everything that a customer does. */
export const behaviourFields = [
  field('event', typeAliases, 'What happened, such as click.'),
  field(
    'id',
    ['event_id', 'eventId'],
    'The id of the event in its source; the same id again counts once. Without it, every delivery counts.',
  ),
  field('source', [], 'The system that reports it; the topic unless it is given.'),
  field(
    'customer_id',
    ['user_id', 'customerId', 'userId', 'customer', 'user', 'visitor_id', 'visitorid'],
    'The code of the customer who did it.',
  ),
  field(
    'product_id',
    ['item_id', 'productId', 'itemId', 'sku', 'product', 'item', 'itemid'],
    'The code of the product that it is about.',
  ),
  field('timestamp', times.slice(1), `When it happened: ${timeForms}`),
  field('value', ['rating', 'stars'], 'A number that belongs to it, such as the stars of a rating.'),
  field('text', ['review', 'message', 'log'], 'Free text, such as a review or a line of a log.'),
  field('region', ['country'], 'The region that it happened in, or that goods go to.'),
] as const;

/** The further fields of purchases and returns; in any other event they are attributes. */
export const orderFields = [
  field('order_id', ['orderId', 'order', 'order_number', 'invoice'], 'The number of the order.'),
  field('quantity', ['qty'], 'How many units; 1 unless it is given.'),
  field(
    'price',
    ['unit_price', 'unitPrice'],
    'The price of one unit; the latest known price unless it is given.',
  ),
  field('items', ['lines', 'products'], 'Several products at once: a list of {item_id, quantity, price}.'),
] as const;

/** The fields of a measurement. */
export const measurementFields = [
  field('value', [], 'The measured number.'),
  field(
    'event_id',
    ['eventId'],
    'The number that its producer gives it; together with the time it is the identity, because producers count from 0 again.',
  ),
  field('id', [], 'An id that is unique in its source by itself, instead of event_id.'),
  field(
    'event_time',
    ['timestamp', ...times.slice(1)].filter((name) => name !== 'event_time'),
    `When it was measured: ${timeForms}`,
  ),
  field('device', ['device_id', 'deviceId', 'sensor', 'sensor_id', 'sensorId'], 'The device that measured.'),
  field('series', ['metric', 'name'], 'What was measured, such as temperature.'),
  field('source', [], 'The system that reports it; the topic unless it is given.'),
  field('text', ['message', 'log'], 'Free text that belongs to it.'),
  field('event', typeAliases, 'The word measurement, where something must be named; it may be left out.'),
] as const;

const behaviour = (type: string, description: string): EventDefinition => ({
  type,
  table: 'fact_event',
  description,
  fields: type === 'purchase' || type === 'return' ? [...behaviourFields, ...orderFields] : behaviourFields,
});

/** The type of an event that teaches a learner; the order in which those were sent is the order of learning. */
export const exampleType = 'example';

/** The type of an event that says that a decision was shown. */
export const exposureType = 'exposure';

/** The type of an event that says how many units of a product are there. */
export const stockType = 'stock';

/** The names by which an event names the decision that it is about, the first that is given counts. */
export const decisionFieldNames = ['decision', 'decision_id', 'decisionId'] as const;

/** Behaviour of the names that metrics and services know. Any other name is taken as a type of its own. */
export const behaviourTypes: readonly EventDefinition[] = [
  behaviour('view', 'Somebody looked at a product.'),
  behaviour('click', 'Somebody clicked on a product or an offer.'),
  behaviour('add_to_cart', 'Somebody put a product into the cart.'),
  behaviour('remove_from_cart', 'Somebody took a product out of the cart.'),
  behaviour('purchase', 'Somebody bought one or several products; each becomes a sale.'),
  behaviour('rating', 'Somebody rated a product; the value holds the stars.'),
  behaviour('return', 'Somebody sent products back; each becomes a sale of the kind RETURN.'),
  behaviour('search', 'Somebody searched; the text holds the words.'),
  behaviour('review', 'Somebody wrote about a product; the text holds the words, the value the stars.'),
  behaviour(
    exampleType,
    'Something to learn from: `model` names the learner, `features` holds its numbers in their order or by their names, the value is what came of it.',
  ),
  behaviour(
    exposureType,
    'A decision was shown: `decision` holds its id, and the product is the one that was seen; without a product, all that was decided was seen. One that is dated more than an hour before its decision does not count.',
  ),
  behaviour(stockType, 'A product was counted: the value holds how many units are there.'),
];

/** The name of a measurement where a form must name one. */
export const measurementType = 'measurement';

/** Every event that has a name of its own here. */
export const eventCatalogue: readonly EventDefinition[] = [
  ...behaviourTypes,
  {
    type: measurementType,
    table: 'fact_measurement',
    description: 'A device or a program measured a number.',
    fields: measurementFields,
  },
];

const squeezed = (name: string) => name.toLowerCase().replace(/[\s_.-]/g, '');
const known: ReadonlyMap<string, string> = new Map(
  eventCatalogue.flatMap(({ type }) => [
    [type, type],
    [squeezed(type), type],
  ]),
);

/** The name by which a type is kept: `AddToCart` and `add-to-cart` are add_to_cart, an unknown name stays as it is. */
export function eventTypeNamed(name: string): string {
  return known.get(name) ?? known.get(squeezed(name)) ?? name;
}

/** Whether a name says that an object is a measurement. */
export function isMeasurementType(name: unknown): boolean {
  return typeof name === 'string' && eventTypeNamed(name) === measurementType;
}

/** Whether events of this type have lines that become sales. */
export function hasLines(type: string): boolean {
  return type === 'purchase' || type === 'return';
}
