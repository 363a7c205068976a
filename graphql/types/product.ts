// Products: what is sold.

import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { implementFilter } from '../filter-inputs.js';
import { rowRead } from '../list-arguments.js';
import { rootList, rootRow, searchableListArguments } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';
import { relatedEvents } from './event.js';
import { relatedSales } from './sale.js';

const api = declareModel('Product', {
  key: ['code'],
  filters: ['code', 'name', 'category', 'description', 'sales', 'events'],
  orders: ['code', 'name', 'category'],
  defaultOrder: ['code asc'],
  search: ['code', 'name', 'category', 'description'],
});
implementFilter(api);
implementOrder(api);

export const product = builder.prismaNode('Product', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (code) => ({ code }),
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name', { nullable: true }),
    category: t.exposeString('category', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    events: t.field({
      ...relatedEvents('Product'),
      description: 'What customers did with this product, newest first unless you say otherwise.',
    }),
    sales: t.field({
      ...relatedSales('Product'),
      description: 'The sales of this product, newest first unless you say otherwise.',
    }),
  }),
});

builder.queryFields((t) => ({
  product: t.field({
    type: product,
    nullable: true,
    description: 'The product with this code, or null when there is none.',
    args: { code: t.arg.string({ required: true, description: 'The code of the product, such as 22423.' }) },
    ...rootRow<typeof product.$inferType>(api, (args) => rowRead(api, [String(args.code)])),
  }),
  products: t.field({
    type: connectionType('Product', product),
    description: 'All products, in the order of their codes unless you say otherwise.',
    args: searchableListArguments('Product'),
    ...rootList(api),
  }),
}));
