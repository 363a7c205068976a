// Sales: the lines of invoices.

import { addAggregate } from '../aggregate-field.js';
import { builder } from '../builder.js';
import { connectionType } from '../connection.js';
import { enumOf, implementFilter } from '../filter-inputs.js';
import { parseKey } from '../global-id.js';
import { columnThrough, listArguments, relatedList, rootList } from '../list-field.js';
import { declareModel } from '../model.js';
import { keyOf } from '../node.js';
import { implementOrder } from '../order-inputs.js';

const api = declareModel('Sale', {
  key: ['source', 'invoice', 'line'],
  filters: [
    'source',
    'invoice',
    'line',
    'kind',
    'quantity',
    'unitPrice',
    'amount',
    'soldAt',
    'estimated',
    { region: 'region.name' },
    'product',
    'customer',
  ],
  orders: ['soldAt', 'amount', 'quantity', 'invoice', 'product', 'customer'],
  defaultOrder: ['soldAt desc'],
});
implementFilter(api);
implementOrder(api);

const sale = builder.prismaNode('Sale', {
  id: { resolve: (row) => keyOf(api, row) },
  findUnique: (id) => {
    const [source = '', invoice = '', line = ''] = parseKey(id, api.key.length) ?? [];
    return { source_invoice_line: { source, invoice, line: Number(line) } };
  },
  fields: (t) => ({
    source: t.exposeString('source'),
    invoice: t.exposeString('invoice'),
    line: t.exposeInt('line'),
    kind: t.expose('kind', { type: enumOf('SaleKind') }),
    product: t.relation('product'),
    customer: t.relation('customer', { nullable: true }),
    region: t.string({
      nullable: true,
      description: 'The region that the sale was made to; null where the source does not say.',
      ...columnThrough(['region', 'name']),
    }),
    quantity: t.expose('quantity', { type: 'Decimal' }),
    unitPrice: t.expose('unitPrice', { type: 'Decimal' }),
    amount: t.expose('amount', { type: 'Decimal' }),
    estimated: t.exposeBoolean('estimated'),
    soldAt: t.expose('soldAt', { type: 'DateTime' }),
  }),
});

const saleConnection = connectionType('Sale', sale);
addAggregate(saleConnection, 'Sale');

/** The field that gives the sales of a row of another model. */
export function relatedSales(parent: string) {
  return { type: saleConnection, args: listArguments('Sale'), ...relatedList(parent, 'sales') };
}

builder.queryField('sales', (t) =>
  t.field({
    type: saleConnection,
    description: 'The lines of all invoices, newest first unless you say otherwise.',
    args: listArguments('Sale'),
    ...rootList(api),
  }),
);
