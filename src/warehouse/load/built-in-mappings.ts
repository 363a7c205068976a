// Mappings that ship with the loader: the named formats, and what a model adds where a mapping is silent.

import type { FieldSpec } from './mapping.js';

/** The formats of `load --format NAME`, each a MAP.json like anyone else's. */
export const builtInMappings: Readonly<Record<string, unknown>> = {
  'online-retail': {
    model: 'Sale',
    format: 'csv',
    source: 'online-retail',
    dates: 'yyyy-MM-dd HH:mm:ss',
    fields: {
      invoice: 'InvoiceNo',
      kind: { column: 'InvoiceNo', startsWith: { C: 'RETURN', A: 'ADJUSTMENT' }, otherwise: 'SALE' },
      product: 'StockCode',
      'product.name': 'Description',
      quantity: 'Quantity',
      soldAt: 'InvoiceDate',
      unitPrice: 'UnitPrice',
      customer: { column: 'CustomerID', wholeNumber: true },
      region: 'Country',
    },
  },
};

export interface ModelDefault {
  readonly field: string;
  readonly spec: FieldSpec;
  /** The default holds only when the mapping names these fields. */
  readonly when?: readonly string[];
}

/**
 * What a field is when the mapping does not name it, per model; a model of another trade needs none of this, since
 * its mappings can say the same with `value`, `multiply`, `divide` and `latest`.
 */
export const modelDefaults: Readonly<Record<string, readonly ModelDefault[]>> = {
  Sale: [
    { field: 'kind', spec: { kind: 'value', value: 'SALE' } },
    { field: 'quantity', spec: { kind: 'value', value: 1 } },
    { field: 'amount', spec: { kind: 'multiply', multiply: ['quantity', 'unitPrice'] }, when: ['unitPrice'] },
    { field: 'unitPrice', spec: { kind: 'divide', divide: ['amount', 'quantity'] }, when: ['amount'] },
    { field: 'customer.region', spec: { kind: 'latest', latest: 'region' }, when: ['customer', 'region'] },
  ],
};

/** The field that says which of two rows with one key is the newer, per model; of any other the last one loaded counts. */
export const newestBy: Readonly<Record<string, string>> = { StockLevel: 'countedAt' };
