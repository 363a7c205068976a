// Customers: who buys.

import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { rowRead } from '../list-arguments.js';
import { columnThrough, rootList, rootRow, searchableListArguments } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';
import { relatedDecisions } from './decision.js';
import { relatedEvents } from './event.js';
import { relatedSales } from './sale.js';

const api = declareModel('Customer', {
  key: ['code'],
  filters: ['code', 'name', { region: 'region.name' }, 'segment', 'sales', 'events'],
  orders: ['code', 'name', { region: 'region.name' }],
  defaultOrder: ['code asc'],
  search: ['code', 'name'],
});
implementFilter(api);
implementOrder(api);

const customer = builder.prismaNode('Customer', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (code) => ({ code }),
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name', { nullable: true }),
    region: t.string({
      nullable: true,
      description: "The region of the customer's latest sale, or the one that a file of customers states.",
      ...columnThrough(['region', 'name']),
    }),
    events: t.field({
      ...relatedEvents('Customer'),
      description: 'What this customer did, newest first unless you say otherwise.',
    }),
    decisions: t.field({
      ...relatedDecisions('Customer'),
      description: 'What was decided about this customer, newest first unless you say otherwise.',
    }),
    sales: t.field({
      ...relatedSales('Customer'),
      description: 'The sales of this customer, newest first unless you say otherwise.',
    }),
  }),
});

builder.queryFields((t) => ({
  customer: t.field({
    type: customer,
    nullable: true,
    description: 'The customer with this code, or null when there is none.',
    args: { code: t.arg.string({ required: true, description: 'The code of the customer, such as 17850.' }) },
    ...rootRow<typeof customer.$inferType>(api, (args) => rowRead(api, [String(args.code)])),
  }),
  customers: t.field({
    type: connectionType('Customer', customer),
    description: 'All customers, in the order of their codes unless you say otherwise.',
    args: searchableListArguments('Customer'),
    ...rootList(api),
  }),
}));
