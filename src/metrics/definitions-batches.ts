// Metrics of what batches found: purchases summed up per customer, and days rolled up.

import type { DimensionDefinition, FactSource, MetricDefinition } from './definition.js';
import { customer, segment, source } from './dimensions.js';

const purchases: FactSource = { model: 'CustomerPurchases', time: 'asOf', arrived: 'computedAt' };

const rollups: FactSource = { model: 'DailyRollup', time: 'day', arrived: 'computedAt' };

/** A score from 1 to 5 that a batch gave every customer, by fifths. */
function score(name: string, title: string, value: string, description: string): DimensionDefinition {
  return { name, title, description, by: { kind: 'field', path: [], value } };
}

const recencyScore = score(
  'RECENCY_SCORE',
  'Recency score',
  'recencyScore',
  'How lately the customer last bought, from 1 (the fifth of the customers who have been away longest) to 5; null where the source has no times.',
);

const frequencyScore = score(
  'FREQUENCY_SCORE',
  'Frequency score',
  'frequencyScore',
  'How often the customer bought, from 1 (the fifth with the fewest orders) to 5; null for purchases without a customer.',
);

const monetaryScore = score(
  'MONETARY_SCORE',
  'Monetary score',
  'monetaryScore',
  'For how much the customer bought, from 1 (the fifth with the lowest totals) to 5; null for purchases without a customer.',
);

const ofPurchases = {
  source: purchases,
  dimensions: [customer, segment, source, recencyScore, frequencyScore, monetaryScore],
};

const rolledMetric: DimensionDefinition = {
  name: 'ROLLED_METRIC',
  title: 'Metric that was rolled up',
  description: 'The metric whose daily values these are, such as REVENUE.',
  by: { kind: 'field', path: [], value: 'metric' },
};

const rolledBy: DimensionDefinition = {
  name: 'ROLLED_BY',
  title: 'What the daily values are cut by',
  description:
    'The dimensions that the daily values are cut by, divided by commas, such as REGION; empty where they are of everything.',
  by: { kind: 'field', path: [], value: 'cut' },
};

const rolledKey: DimensionDefinition = {
  name: 'ROLLED_KEY',
  title: 'Key of the daily values',
  description:
    'What of those dimensions the daily values are of, as a JSON list, such as ["France"]; [] where they are of everything.',
  by: { kind: 'field', path: [], value: 'key' },
};

export const batchMetrics: readonly MetricDefinition[] = [
  {
    ...ofPurchases,
    name: 'PURCHASE_TOTAL',
    title: 'Purchase total',
    description:
      'What customers bought for in all, less returns, as the batch `customers` last summed it up. It stands at the last purchase of each customer, so that a report of a month shows the customers who last bought in it; cut it by SOURCE where more than one was summed up.',
    unit: 'MONEY',
    measure: { kind: 'sum', field: 'total' },
  },
  {
    ...ofPurchases,
    name: 'PURCHASE_ORDERS',
    title: 'Orders of customers',
    description: 'How many orders these customers made in all, as the batch `customers` last counted them.',
    unit: 'COUNT',
    measure: { kind: 'sum', field: 'orders' },
  },
  {
    ...ofPurchases,
    name: 'BUYERS',
    title: 'Buyers',
    description:
      'The number of distinct customers whom the batch `customers` found purchases of; purchases without a customer are not counted.',
    unit: 'COUNT',
    measure: { kind: 'distinct', fields: ['customerId'] },
  },
  {
    ...ofPurchases,
    name: 'DAYS_SINCE_PURCHASE',
    title: 'Days since the last purchase',
    description:
      'The mean of the whole days from the last purchase of each customer to the newest purchase of all in the source; null where the source has no times.',
    unit: 'DAYS',
    measure: { kind: 'average', field: 'recencyDays' },
  },
  {
    source: rollups,
    dimensions: [rolledMetric, rolledBy, rolledKey, source],
    name: 'ROLLED_UP',
    title: 'Rolled-up value',
    description:
      'Daily values of other metrics, as the batch `rollups` last computed them. What is rolled up under several metrics, cuts or sources is only told apart by ROLLED_METRIC, ROLLED_BY and SOURCE: cut or filter by them.',
    unit: 'MEASURED',
    measure: { kind: 'sum', field: 'value' },
  },
];
