// The mutation that hands over events.

import { FlywheelError } from '../../src/core/errors.js';
import { behaviourTypes, isMeasurementType, measurementType } from '../../src/events/catalogue.js';
import type { Collected, Rejection } from '../../src/events/collect.js';
import { type EventMembers, eventText } from '../../src/events/encode.js';
import type { RawRecord } from '../../src/events/event.js';
import { builder } from '../builder.js';
import type { GatewayContext } from '../context.js';

/** How many events one call takes. */
const eventsMax = 1_000;

const lineInput = builder.inputType('EventLineInput', {
  description: 'One product of a purchase or a return.',
  fields: (t) => ({
    product: t.string({ required: true, description: 'The code of the product.' }),
    quantity: t.field({ type: 'Decimal', description: 'How many units, more than 0; 1 unless given.' }),
    unitPrice: t.field({
      type: 'Decimal',
      description: 'The price of one unit; the latest known price of the product unless given.',
    }),
  }),
});

const knownTypes = behaviourTypes.map(({ type, description }) => `${type}: ${description}`).join(' ');

const eventInput = builder.inputType('EventInput', {
  description: 'An event: something that a customer did, or a measurement.',
  fields: (t) => ({
    type: t.string({
      required: true,
      description: `What happened. ${knownTypes} measurement: A device or a program measured a number. Any other name is kept as it is.`,
    }),
    id: t.string({
      description: 'The id of the event in its source. The same id again is accepted and counts once.',
    }),
    source: t.string({
      description: 'The system that reports it, such as webshop; the name of the topic unless given.',
    }),
    customer: t.string({ description: 'The code of the customer who did it.' }),
    product: t.string({ description: 'The code of the product that it is about.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'When it happened; now unless given.' }),
    value: t.field({
      type: 'Decimal',
      description: 'The number that belongs to it, such as the stars of a rating; what was measured.',
    }),
    text: t.string({ description: 'Free text, such as a review, the words of a search or a line of a log.' }),
    order: t.string({ description: 'The number of the order, for a purchase or a return.' }),
    region: t.string({ description: 'The region that it happened in, or that goods go to.' }),
    lines: t.field({
      type: [lineInput],
      description: 'What was bought or sent back; one unit of `product` unless given.',
    }),
    decision: t.string({
      description:
        'The id of the decision that it is about: what was shown, for an exposure, or what was answered.',
    }),
    device: t.string({ description: 'The device that measured; only for a measurement.' }),
    series: t.string({ description: 'What was measured, such as temperature; only for a measurement.' }),
    attributes: t.string({
      description: 'Anything else, as the JSON text of an object, such as {"page": "/offers"}.',
    }),
  }),
});

type EventInput = typeof eventInput.$inferInput;

const rejection = builder.objectRef<Rejection>('EventRejection').implement({
  description: 'An event that was not accepted, and why.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the events of the call, from 0.' }),
    reason: t.exposeString('reason', { description: 'What is wrong with it, and what would be right.' }),
  }),
});

const collectResult = builder.objectRef<Collected>('CollectResult').implement({
  description: 'What became of events that were handed over.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', {
      description: 'How many are durable now; they appear in reports and live metrics within moments.',
    }),
    rejected: t.field({
      type: [rejection],
      description: 'Those that were not accepted, in the order of their places.',
      resolve: ({ rejected }) => [...rejected],
    }),
  }),
});

/** The members of an event as the porch knows them, or why it can have no such members. */
function membersOf(input: EventInput): EventMembers | { readonly reason: string } {
  const { id, source, value, text } = input;
  const common = { id, source, value, text };
  if (isMeasurementType(input.type)) {
    const { customer, product, order, region, lines, decision, device, series } = input;
    const [misplaced] =
      Object.entries({ customer, product, order, region, lines, decision }).find(isGiven) ?? [];
    if (misplaced !== undefined) return { reason: `A measurement has no ${misplaced}; leave it out.` };
    return { ...common, event: measurementType, event_time: input.occurredAt, device, series };
  }
  const { device, series } = input;
  const [misplaced] = Object.entries({ device, series }).find(isGiven) ?? [];
  if (misplaced !== undefined) {
    return {
      reason: `Only a measurement has a ${misplaced}; leave it out, or write it into the attributes.`,
    };
  }
  return {
    ...common,
    event: input.type,
    customer_id: input.customer,
    product_id: input.product,
    timestamp: input.occurredAt,
    order_id: input.order,
    decision: input.decision,
    region: input.region,
    items: input.lines?.map(({ product, quantity, unitPrice }) => ({
      product_id: product,
      quantity,
      price: unitPrice,
    })),
  };
}

function isGiven([, value]: [string, unknown]): boolean {
  return value !== undefined && value !== null;
}

/** The record of an event, or why there is none. */
function recordOf(input: EventInput): RawRecord | { readonly reason: string } {
  const members = membersOf(input);
  if ('reason' in members && typeof members.reason === 'string') return { reason: members.reason };
  const kind = isMeasurementType(input.type) ? 'measurement' : 'behaviour';
  const encoded = eventText(members, input.attributes, kind);
  if (!encoded.ok) return { reason: encoded.reason };
  return { value: Buffer.from(encoded.text), headers: {} };
}

async function collect(inputs: readonly EventInput[], context: GatewayContext): Promise<Collected> {
  const rejected: Rejection[] = [];
  const records: RawRecord[] = [];
  const places: number[] = [];
  for (const [index, input] of inputs.entries()) {
    const record = recordOf(input);
    if ('reason' in record) {
      rejected.push({ index, reason: record.reason });
    } else {
      records.push(record);
      places.push(index);
    }
  }
  const collected = await context.collector.collect(records);
  const refused = collected.rejected.map(({ index, reason }) => ({ index: places[index] ?? index, reason }));
  return {
    accepted: collected.accepted,
    rejected: [...rejected, ...refused].sort((a, b) => a.index - b.index),
  };
}

builder.mutationField('collect', (t) =>
  t.field({
    type: collectResult,
    description: `Hands over at most ${eventsMax} events. Each is accepted or rejected by itself, and the answer comes when those that are accepted are durable. Needs the role writer or operator.`,
    // Every event becomes a row; aliases of one field would share one list of them.
    extensions: { costRows: eventsMax },
    args: { events: t.arg({ type: [eventInput], required: true, description: 'The events.' }) },
    resolve: (_root, { events }, context) => {
      if (context.scope.role === 'reader') {
        throw new FlywheelError(
          'FORBIDDEN',
          'This key may only read; to send events, use a key with the role writer or operator.',
        );
      }
      if (events.length > eventsMax) {
        throw new FlywheelError(
          'LIMIT_EXCEEDED',
          `One call takes at most ${eventsMax} events, and these are ${events.length}; send them in several calls, or with POST /events.`,
        );
      }
      return collect(events, context);
    },
  }),
);
