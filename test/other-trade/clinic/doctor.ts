// Doctors: who is visited.

import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { rowRead } from '../list-arguments.js';
import { rootList, rootRow, searchableListArguments } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';
import { relatedVisits } from './visit.js';

const api = declareModel('Doctor', {
  key: ['code'],
  filters: ['code', 'name', 'specialty', 'visits'],
  orders: ['code', 'name', 'specialty'],
  defaultOrder: ['code asc'],
  search: ['code', 'name', 'specialty'],
});
implementFilter(api);
implementOrder(api);

const doctor = builder.prismaNode('Doctor', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (code) => ({ code }),
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name', { nullable: true }),
    specialty: t.exposeString('specialty', { nullable: true }),
    visits: t.field({
      ...relatedVisits('Doctor'),
      description: 'The visits to this doctor, newest first unless you say.',
    }),
  }),
});

builder.queryFields((t) => ({
  doctor: t.field({
    type: doctor,
    nullable: true,
    description: 'The doctor with this code, or null when there is none.',
    args: { code: t.arg.string({ required: true, description: 'The code of the doctor, such as D1.' }) },
    ...rootRow<typeof doctor.$inferType>(api, (args) => rowRead(api, [String(args.code)])),
  }),
  doctors: t.field({
    type: connectionType('Doctor', doctor),
    description: 'All doctors, in the order of their codes unless you say.',
    args: searchableListArguments('Doctor'),
    ...rootList(api),
  }),
}));
