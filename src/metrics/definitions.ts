// Every metric of the warehouse and what it can be cut by, each declared once: reports, the API and every engine follow from here.

import {
  createDefinitions,
  type Definitions,
  type DimensionDefinition,
  type FactSource,
  liveCuts,
} from './definition.js';
import { batchMetrics } from './definitions-batches.js';
import { eventMetrics } from './definitions-events.js';
import { measurementMetrics } from './definitions-measurements.js';
import { wheelMetrics } from './definitions-wheel.js';
import { category, customer, hourOfDay, product, segment, source, weekday } from './dimensions.js';

const sales: FactSource = {
  model: 'Sale',
  time: 'soldAt',
  arrived: 'arrivedAt',
  clock: 'behaviour',
  dayNumber: 'dateId',
  document: { key: ['source', 'invoice'], shares: ['soldAt', 'kind', 'customerId', 'regionId'] },
};

const region: DimensionDefinition = {
  name: 'REGION',
  title: 'Region',
  description: 'The region that the sale was made to; null where it is unknown.',
  by: { kind: 'field', path: ['region'], value: 'name' },
};

const kind: DimensionDefinition = {
  name: 'KIND',
  title: 'Kind',
  description: 'What the line of the invoice is: SALE, RETURN or ADJUSTMENT.',
  by: { kind: 'field', path: [], value: 'kind' },
};

const ofSales = {
  source: sales,
  dimensions: [product, category, customer, segment, region, kind, source, weekday, hourOfDay],
};

/** The cuts of the takings of the shop; each sale costs a row of state in every one of them. */
const liveSales = [
  ...liveCuts([], ['MINUTE', 'HOUR', 'DAY', 'ALL'], 10_000_000),
  ...liveCuts([product], ['MINUTE', 'ALL'], 1_000_000),
  ...liveCuts([region], ['MINUTE', 'DAY', 'ALL'], 10_000_000),
];

export const definitions: Definitions = createDefinitions([
  {
    ...ofSales,
    name: 'REVENUE',
    title: 'Revenue',
    description: 'The sum of all amounts: sales less returns, with adjustments.',
    unit: 'MONEY',
    measure: { kind: 'sum', field: 'amount' },
    live: liveSales,
  },
  {
    ...ofSales,
    name: 'GROSS_SALES',
    title: 'Gross sales',
    description: 'The amount of the sale lines, before returns and adjustments.',
    unit: 'MONEY',
    where: { kind: 'SALE' },
    measure: { kind: 'sum', field: 'amount' },
  },
  {
    ...ofSales,
    name: 'RETURNS',
    title: 'Returns',
    description: 'The amount of the return lines, as a positive number.',
    unit: 'MONEY',
    where: { kind: 'RETURN' },
    measure: { kind: 'sum', field: 'amount', negated: true },
  },
  {
    ...ofSales,
    name: 'UNITS',
    title: 'Units',
    description: 'The sum of all quantities: units sold less units returned.',
    unit: 'UNITS',
    measure: { kind: 'sum', field: 'quantity' },
    live: liveSales,
  },
  {
    ...ofSales,
    name: 'INVOICES',
    title: 'Invoices',
    description:
      'The number of distinct invoices of every kind; an invoice is known by its source and number.',
    unit: 'COUNT',
    measure: { kind: 'distinct', fields: ['source', 'invoice'] },
  },
  {
    ...ofSales,
    name: 'ORDERS',
    title: 'Orders',
    description: 'The number of distinct invoices with a sale on them.',
    unit: 'COUNT',
    where: { kind: 'SALE' },
    measure: { kind: 'distinct', fields: ['source', 'invoice'] },
    live: liveSales,
  },
  {
    ...ofSales,
    name: 'CUSTOMERS',
    title: 'Customers',
    description: 'The number of distinct known customers; guests are not counted.',
    unit: 'COUNT',
    measure: { kind: 'distinct', fields: ['customerId'] },
  },
  {
    ...ofSales,
    name: 'PRODUCTS_SOLD',
    title: 'Products sold',
    description: 'The number of distinct products on the invoices.',
    unit: 'COUNT',
    measure: { kind: 'distinct', fields: ['productId'] },
  },
  {
    ...ofSales,
    name: 'AVERAGE_ORDER_VALUE',
    title: 'Average order value',
    description: 'GROSS_SALES divided by ORDERS; null without orders.',
    unit: 'MONEY_PER_ORDER',
    measure: { kind: 'ratio', numerator: 'GROSS_SALES', denominator: 'ORDERS' },
  },
  {
    ...ofSales,
    name: 'RETURN_RATE',
    title: 'Return rate',
    description:
      'RETURNS divided by GROSS_SALES: 0.02 means that two per cent went back; null without sales.',
    unit: 'RATIO',
    measure: { kind: 'ratio', numerator: 'RETURNS', denominator: 'GROSS_SALES' },
  },
  {
    ...ofSales,
    name: 'UNITS_PER_ORDER',
    title: 'Units per order',
    description: 'UNITS divided by ORDERS; null without orders.',
    unit: 'UNITS_PER_ORDER',
    measure: { kind: 'ratio', numerator: 'UNITS', denominator: 'ORDERS' },
  },
  ...eventMetrics,
  ...measurementMetrics,
  ...wheelMetrics,
  ...batchMetrics,
]);
