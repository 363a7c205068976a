// What metrics of more than one fact are cut by, each declared once.

import type { DimensionDefinition } from './definition.js';

export const product: DimensionDefinition = {
  name: 'PRODUCT',
  title: 'Product',
  description: 'The product: its code, labelled with its name.',
  by: { kind: 'field', path: ['product'], value: 'code', label: 'name' },
};

export const category: DimensionDefinition = {
  name: 'CATEGORY',
  title: 'Category',
  description: 'The category of the product; null for products without one.',
  by: { kind: 'field', path: ['product'], value: 'category' },
};

export const customer: DimensionDefinition = {
  name: 'CUSTOMER',
  title: 'Customer',
  description: 'The customer: the code, labelled with the name; null where nobody is known.',
  by: { kind: 'field', path: ['customer'], value: 'code', label: 'name' },
};

export const segment: DimensionDefinition = {
  name: 'SEGMENT',
  title: 'Segment',
  description:
    'The segment that the customer is in now, whatever it was at the time of the fact; null where nobody is known, and while the segment is not.',
  by: { kind: 'field', path: ['customer'], value: 'segment' },
};

export const source: DimensionDefinition = {
  name: 'SOURCE',
  title: 'Source',
  description: 'The file or system that the fact came from.',
  by: { kind: 'field', path: [], value: 'source' },
};

export const weekday: DimensionDefinition = {
  name: 'WEEKDAY',
  title: 'Day of the week',
  description: 'The day of the week in the time zone of the report: 1 is Monday, 7 is Sunday.',
  by: { kind: 'weekday' },
};

export const hourOfDay: DimensionDefinition = {
  name: 'HOUR_OF_DAY',
  title: 'Hour of the day',
  description: 'The hour of the day, 0 to 23, in the time zone of the report.',
  by: { kind: 'hourOfDay' },
};
