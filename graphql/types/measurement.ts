// Measurements: the numbers that devices and programs measured.

import { addAggregate } from '../aggregate-field.js';
import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { rootList, searchableListArguments } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';

const api = declareModel('Measurement', {
  key: ['source', 'eventId'],
  filters: [
    'source',
    'eventId',
    'device',
    'series',
    'value',
    'text',
    'attributes',
    'occurredAt',
    'arrivedAt',
  ],
  orders: ['occurredAt', 'arrivedAt', 'device', 'series', 'value'],
  defaultOrder: ['occurredAt desc'],
  search: ['text', 'attributes'],
});
implementFilter(api);
implementOrder(api);

const measurement = builder.prismaNode('Measurement', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [source = '', eventId = ''] = parseKey(id, api.key.length) ?? [];
    return { source_eventId: { source, eventId } };
  },
  fields: (t) => ({
    source: t.exposeString('source'),
    eventId: t.exposeString('eventId'),
    device: t.exposeString('device', { nullable: true }),
    series: t.exposeString('series', { nullable: true }),
    value: t.expose('value', { type: 'Decimal' }),
    text: t.exposeString('text', { nullable: true }),
    attributes: t.exposeString('attributes', { nullable: true }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    arrivedAt: t.expose('arrivedAt', { type: 'DateTime' }),
  }),
});

const measurementConnection = connectionType('Measurement', measurement);
addAggregate(measurementConnection, 'Measurement');

builder.queryField('measurements', (t) =>
  t.field({
    type: measurementConnection,
    description: 'The numbers that devices and programs measured, newest first unless you say otherwise.',
    args: searchableListArguments('Measurement'),
    ...rootList(api),
  }),
);
