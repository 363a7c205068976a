// Metrics of what devices and programs measure.

import { type DimensionDefinition, type FactSource, liveCuts, type MetricDefinition } from './definition.js';
import { hourOfDay, source, weekday } from './dimensions.js';

const measurements: FactSource = {
  model: 'Measurement',
  time: 'occurredAt',
  arrived: 'arrivedAt',
  clock: 'measurement',
};

const device: DimensionDefinition = {
  name: 'DEVICE',
  title: 'Device',
  description: 'The device that measured; null where it is not named.',
  by: { kind: 'field', path: [], value: 'device' },
};

const series: DimensionDefinition = {
  name: 'SERIES',
  title: 'Series',
  description: 'What was measured, such as temperature; null where it is not named.',
  by: { kind: 'field', path: [], value: 'series' },
};

const ofMeasurements = {
  source: measurements,
  dimensions: [device, series, source, weekday, hourOfDay],
  live: [
    ...liveCuts([], ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'ALL']),
    ...liveCuts([device], ['MINUTE', 'HOUR', 'ALL']),
    ...liveCuts([series], ['MINUTE', 'HOUR', 'ALL']),
  ],
};

export const measurementMetrics: readonly MetricDefinition[] = [
  {
    ...ofMeasurements,
    name: 'MEASUREMENTS',
    title: 'Measurements',
    description: 'The number of measurements.',
    unit: 'COUNT',
    measure: { kind: 'count' },
  },
  {
    ...ofMeasurements,
    name: 'MEASUREMENT_TOTAL',
    title: 'Total of the measurements',
    description: 'The sum of all measured numbers.',
    unit: 'MEASURED',
    measure: { kind: 'sum', field: 'value' },
  },
  {
    ...ofMeasurements,
    name: 'MEASUREMENT_AVERAGE',
    title: 'Average of the measurements',
    description: 'MEASUREMENT_TOTAL divided by MEASUREMENTS; null without measurements.',
    unit: 'MEASURED',
    measure: { kind: 'average', field: 'value' },
  },
];
