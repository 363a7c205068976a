// Metrics of what customers do: views, clicks, purchases and whatever else a source reports.

import { type DimensionDefinition, type FactSource, liveCuts, type MetricDefinition } from './definition.js';
import { category, customer, hourOfDay, product, segment, source, weekday } from './dimensions.js';

const events: FactSource = {
  model: 'Event',
  time: 'occurredAt',
  arrived: 'arrivedAt',
  clock: 'behaviour',
};

const eventType: DimensionDefinition = {
  name: 'EVENT_TYPE',
  title: 'Type of event',
  description: 'What happened, such as view, click or purchase.',
  by: { kind: 'field', path: [], value: 'type' },
};

const ofEvents = {
  source: events,
  dimensions: [eventType, product, category, customer, segment, source, weekday, hourOfDay],
};

const liveShares = [
  ...liveCuts([], ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'ALL']),
  ...liveCuts([product], ['MINUTE', 'ALL']),
];

export const eventMetrics: readonly MetricDefinition[] = [
  {
    ...ofEvents,
    name: 'EVENTS',
    title: 'Events',
    description: 'The number of events of every type.',
    unit: 'COUNT',
    measure: { kind: 'count' },
    live: [
      ...liveShares,
      ...liveCuts([eventType], ['MINUTE', 'HOUR', 'DAY', 'ALL']),
      ...liveCuts([source], ['MINUTE', 'ALL']),
      ...liveCuts([customer], ['ALL']),
    ],
  },
  {
    ...ofEvents,
    name: 'VISITORS',
    title: 'Visitors',
    description: 'The number of distinct known customers with any event.',
    unit: 'COUNT',
    measure: { kind: 'distinct', fields: ['customerId'] },
    live: liveCuts([], ['MINUTE', 'HOUR', 'DAY', 'ALL'], 10_000_000),
  },
  {
    ...ofEvents,
    name: 'VIEWS',
    title: 'Views',
    description: 'The number of events of the type view.',
    unit: 'COUNT',
    where: { type: 'view' },
    measure: { kind: 'count' },
    live: liveShares,
  },
  {
    ...ofEvents,
    name: 'CLICKS',
    title: 'Clicks',
    description: 'The number of events of the type click.',
    unit: 'COUNT',
    where: { type: 'click' },
    measure: { kind: 'count' },
    live: liveShares,
  },
  {
    ...ofEvents,
    name: 'PURCHASES',
    title: 'Purchases',
    description: 'The number of events of the type purchase, however many things each one names.',
    unit: 'COUNT',
    where: { type: 'purchase' },
    measure: { kind: 'count' },
    live: liveShares,
  },
  {
    ...ofEvents,
    name: 'CLICK_RATE',
    title: 'Click rate',
    description: 'CLICKS divided by VIEWS: 0.05 means five clicks in a hundred views; null without views.',
    unit: 'RATIO',
    measure: { kind: 'ratio', numerator: 'CLICKS', denominator: 'VIEWS' },
    live: liveShares,
  },
  {
    ...ofEvents,
    name: 'CONVERSION_RATE',
    title: 'Conversion rate',
    description:
      'PURCHASES divided by VIEWS: 0.02 means two purchases in a hundred views; null without views.',
    unit: 'RATIO',
    measure: { kind: 'ratio', numerator: 'PURCHASES', denominator: 'VIEWS' },
    live: liveShares,
  },
];
