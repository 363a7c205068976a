// Metrics: what can be measured, and what each can be cut by.

import type { LiveCut, MetricDefinition } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { grains } from '../../src/metrics/grain.js';
import type { MetricValue } from '../../src/metrics/report.js';
import { builder } from '../builder.js';

const grainDescriptions: Readonly<Record<(typeof grains)[number], string>> = {
  SECOND: 'One second.',
  MINUTE: 'One minute.',
  HOUR: 'One hour by the clock of the time zone.',
  DAY: 'One day, from midnight to midnight in the time zone.',
  WEEK: 'One ISO week, beginning on Monday.',
  MONTH: 'One calendar month.',
  QUARTER: 'Three calendar months, beginning in January, April, July or October.',
  YEAR: 'One calendar year.',
  ALL: 'The whole range as one period.',
};

export const metricName = builder.enumType('MetricName', {
  description: 'The metrics that can be reported. `metrics` says what each one means.',
  values: Object.fromEntries(
    definitions.metrics.map(({ name, title, description }) => [
      name,
      { description: `${title}. ${description}` },
    ]),
  ),
});

export const dimensionName = builder.enumType('Dimension', {
  description: 'What metrics can be cut by.',
  values: Object.fromEntries(definitions.dimensions.map(({ name, description }) => [name, { description }])),
});

export const grain = builder.enumType('Grain', {
  description: 'How long the periods of a report are.',
  values: Object.fromEntries(
    grains.map((name) => [name, { value: name, description: grainDescriptions[name] }]),
  ),
});

const liveCut = builder.objectRef<LiveCut>('LiveCut').implement({
  description: 'Windows in which a metric is kept live.',
  fields: (t) => ({
    every: t.expose('every', {
      type: grain,
      description: 'How long its windows are, in UTC; ALL is one window without end: a running total.',
    }),
    by: t.field({
      type: [dimensionName],
      description: 'The dimensions that the windows are cut by.',
      resolve: (cut) => [...cut.by],
    }),
    membersMax: t.exposeInt('membersMax', {
      description:
        'The most members that a distinct count is kept of in one window; a window with more gives no count.',
    }),
  }),
});

const metricDefinition = builder.objectRef<MetricDefinition>('MetricDefinition').implement({
  description: 'What a metric means and how it can be cut.',
  fields: (t) => ({
    name: t.expose('name', { type: metricName, description: 'The name to ask for it by.' }),
    title: t.exposeString('title', { description: 'A name for people.' }),
    description: t.exposeString('description', { description: 'How it is computed.' }),
    unit: t.exposeString('unit', {
      description:
        'What its number counts, such as MONEY (in the currency of the warehouse), UNITS, COUNT or RATIO.',
    }),
    dimensions: t.field({
      type: [dimensionName],
      description: 'What it can be cut by.',
      resolve: (metric) => metric.dimensions.map(({ name }) => name),
    }),
    live: t.field({
      type: [liveCut],
      description:
        'The windows in which it is kept live, as events arrive; empty for a metric that only reports can give.',
      resolve: (metric) => [...(metric.live ?? [])],
    }),
  }),
});

export const metricValue = builder.objectRef<MetricValue>('MetricValue').implement({
  description: 'The value of a metric.',
  fields: (t) => ({
    metric: t.expose('metric', { type: metricName, description: 'The metric.' }),
    value: t.expose('value', {
      type: 'Decimal',
      nullable: true,
      description:
        'The value. Averages and ratios are rounded to six decimal places, and null where they would divide by zero.',
    }),
    previous: t.expose('previous', {
      type: 'Decimal',
      nullable: true,
      description: 'The value of the period that it is compared with; null without `compare`.',
    }),
  }),
});

builder.queryField('metrics', (t) =>
  t.field({
    type: [metricDefinition],
    description: 'Every metric: what it means, its unit, and what it can be cut by.',
    resolve: () => [...definitions.metrics],
  }),
);
