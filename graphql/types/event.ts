// Events: what customers did, as it stands in the warehouse.

import { addAggregate } from '../aggregate-field.js';
import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { relatedList, rootList, searchableListArguments } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';

const api = declareModel('Event', {
  key: ['source', 'eventId'],
  filters: [
    'source',
    'eventId',
    'type',
    'value',
    'text',
    'attributes',
    'occurredAt',
    'arrivedAt',
    'customer',
    'product',
  ],
  orders: ['occurredAt', 'arrivedAt', 'type', 'value', 'customer', 'product'],
  defaultOrder: ['occurredAt desc'],
  search: ['text', 'attributes'],
});
implementFilter(api);
implementOrder(api);

const event = builder.prismaNode('Event', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [source = '', eventId = ''] = parseKey(id, api.key.length) ?? [];
    return { source_eventId: { source, eventId } };
  },
  fields: (t) => ({
    source: t.exposeString('source'),
    eventId: t.exposeString('eventId'),
    type: t.exposeString('type'),
    customer: t.relation('customer', { nullable: true }),
    product: t.relation('product', { nullable: true }),
    value: t.expose('value', { type: 'Decimal', nullable: true }),
    text: t.exposeString('text', { nullable: true }),
    attributes: t.exposeString('attributes', { nullable: true }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    arrivedAt: t.expose('arrivedAt', { type: 'DateTime' }),
  }),
});

const eventConnection = connectionType('Event', event);
addAggregate(eventConnection, 'Event');

/** The field that gives the events of a row of another model. */
export function relatedEvents(parent: string) {
  return {
    type: eventConnection,
    args: searchableListArguments('Event'),
    ...relatedList(parent, 'events'),
  };
}

builder.queryField('events', (t) =>
  t.field({
    type: eventConnection,
    description: 'What customers did, newest first unless you say otherwise.',
    args: searchableListArguments('Event'),
    ...rootList(api),
  }),
);
