// Visits: who was with which doctor, when and for how much.

import { addAggregate } from '../aggregate-field.js';
import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { listArguments, relatedList, rootList } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';

const api = declareModel('Visit', {
  key: ['source', 'number'],
  filters: ['source', 'number', 'minutes', 'fee', 'startedAt', 'doctor'],
  orders: ['startedAt', 'fee', 'minutes', 'number', 'doctor'],
  defaultOrder: ['startedAt desc'],
});
implementFilter(api);
implementOrder(api);

const visit = builder.prismaNode('Visit', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [source = '', number = ''] = parseKey(id, api.key.length) ?? [];
    return { source_number: { source, number } };
  },
  fields: (t) => ({
    source: t.exposeString('source'),
    number: t.exposeString('number'),
    doctor: t.relation('doctor'),
    minutes: t.exposeInt('minutes', { nullable: true }),
    fee: t.expose('fee', { type: 'Decimal' }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
  }),
});

const visitConnection = connectionType('Visit', visit);
addAggregate(visitConnection, 'Visit');

/** The field that gives the visits of a row of another model. */
export function relatedVisits(parent: string) {
  return { type: visitConnection, args: listArguments('Visit'), ...relatedList(parent, 'visits') };
}

builder.queryField('visits', (t) =>
  t.field({
    type: visitConnection,
    description: 'All visits, newest first unless you say.',
    args: listArguments('Visit'),
    ...rootList(api),
  }),
);
