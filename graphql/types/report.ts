// Reports: metrics over time and dimensions, computed from the facts of the warehouse.

import type { GraphQLResolveInfo } from 'graphql';
import { getNamedType, isObjectType } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import type { DimensionKey, Freshness, Report, ReportParts, ReportRow } from '../../src/metrics/report.js';
import { reportRowsMax } from '../../src/metrics/report.js';
import { builder } from '../builder.js';
import { metricCondition, metricFilter } from '../metric-filter.js';
import { direction } from '../order-inputs.js';
import { dimensionName, grain, metricName, metricValue } from './metric.js';

const comparison = builder.enumType('Comparison', {
  description: 'Which earlier period stands beside each value.',
  values: {
    PREVIOUS_PERIOD: {
      value: 'PREVIOUS_PERIOD' as const,
      description:
        'The period just before: the month before each month. With grain ALL, and for totals: the range of the same length that ends where this one begins.',
    },
    PREVIOUS_YEAR: {
      value: 'PREVIOUS_YEAR' as const,
      description:
        'The same period a year earlier; for an ISO week, the week 52 weeks earlier; for 29 February, the 28th.',
    },
  },
});

const metricConditionInput = builder.inputType('MetricCondition', {
  description: 'What the value of a metric must be for a row to be kept. A value that is null is never kept.',
  fields: (t) => ({
    metric: t.field({ type: metricName, required: true, description: 'The metric; it need not be shown.' }),
    equals: t.field({ type: 'Decimal', description: 'Exactly this.' }),
    gt: t.field({ type: 'Decimal', description: 'Greater than this.' }),
    gte: t.field({ type: 'Decimal', description: 'At least this.' }),
    lt: t.field({ type: 'Decimal', description: 'Less than this.' }),
    lte: t.field({ type: 'Decimal', description: 'At most this.' }),
  }),
});

const reportOrder = builder.inputType('ReportOrder', {
  description: 'What the rows are ordered by: give exactly one of metric, dimension and at. Nulls come last.',
  fields: (t) => ({
    metric: t.field({ type: metricName, description: 'By the value of this metric; it need not be shown.' }),
    dimension: t.field({ type: dimensionName, description: 'By the key of this dimension.' }),
    at: t.boolean({ description: 'By the beginning of the period, when true.' }),
    direction: t.field({ type: direction, required: true, description: 'Which end comes first.' }),
  }),
});

export const dimensionKey = builder.objectRef<DimensionKey>('DimensionKey').implement({
  description: 'One key of a row, such as the product that the row is about.',
  fields: (t) => ({
    dimension: t.expose('dimension', { type: dimensionName, description: 'The dimension.' }),
    value: t.exposeString('value', {
      nullable: true,
      description:
        'The key, such as the code of a product; null where it is unknown, such as the customer of a guest.',
    }),
    label: t.exposeString('label', {
      nullable: true,
      description: 'The key as people know it, such as the name of the product.',
    }),
  }),
});

const reportRow = builder.objectRef<ReportRow>('ReportRow').implement({
  description: 'The metrics of one period and one combination of keys.',
  fields: (t) => ({
    at: t.expose('at', {
      type: 'DateTime',
      nullable: true,
      description: 'When the period begins, which may be before `from`; null for grain ALL.',
    }),
    keys: t.field({
      type: [dimensionKey],
      description: 'The keys, in the order of `by`.',
      resolve: (row) => [...row.keys],
    }),
    values: t.field({
      type: [metricValue],
      description: 'The values, in the order of `metrics`.',
      resolve: (row) => [...row.values],
    }),
  }),
});

export const freshness = builder.objectRef<Freshness>('Freshness').implement({
  description: 'How fresh facts are, whatever the filter and the range.',
  fields: (t) => ({
    newest: t.expose('newest', {
      type: 'DateTime',
      nullable: true,
      description: 'When the newest fact happened; null when there is none.',
    }),
    arrived: t.expose('arrived', {
      type: 'DateTime',
      nullable: true,
      description: 'When that fact arrived in the warehouse.',
    }),
  }),
});

const report = builder.objectRef<Report>('Report').implement({
  description: 'The answer to a report.',
  fields: (t) => ({
    rows: t.field({
      type: [reportRow],
      description:
        'One row for each period and combination of keys that facts were found for; by period, then by keys, unless you say otherwise.',
      resolve: (value) => [...value.rows],
    }),
    totals: t.field({
      type: [metricValue],
      description:
        'The metrics over everything that the range and the filter match, whatever `having` and `first` leave out. Distinct counts and ratios are computed for it anew, not added up.',
      resolve: (value) => [...value.totals],
    }),
    freshness: t.expose('freshness', { type: freshness, description: 'How fresh the facts are.' }),
    truncated: t.exposeBoolean('truncated', {
      description: `True when there are more rows than were given, because of \`first\` or of the limit of ${reportRowsMax}.`,
    }),
  }),
});

/** The parts of the report that the request selects. */
function selectedParts(info: GraphQLResolveInfo): ReportParts {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) throw new Error('A report is an object.');
  const fields = collectSubfields(info.schema, info.fragments, info.variableValues, type, [
    ...info.fieldNodes,
  ]);
  const names = new Set([...fields.values()].map(([node]) => node?.name.value));
  return {
    rows: names.has('rows') || names.has('truncated'),
    totals: names.has('totals'),
    freshness: names.has('freshness'),
  };
}

const reportArguments = builder.args((t) => ({
  metrics: t.field({
    type: [metricName],
    required: true,
    description: 'What is measured; `metrics` lists what there is.',
  }),
  from: t.field({
    type: 'DateTime',
    description: 'The first moment that counts; from the beginning unless you say otherwise.',
  }),
  to: t.field({
    type: 'DateTime',
    description: 'The first moment that no longer counts; to the end unless you say otherwise.',
  }),
  grain: t.field({
    type: grain,
    description: 'How long the periods are; the whole range is one unless you say otherwise.',
  }),
  by: t.field({ type: [dimensionName], description: 'What the metrics are cut by.' }),
  filter: t.field({ type: metricFilter, description: 'Which facts count.' }),
  having: t.field({
    type: [metricConditionInput],
    description: 'Which rows are kept, by their values; all of these must hold.',
  }),
  orderBy: t.field({
    type: [reportOrder],
    description: 'How the rows are ordered; earlier entries decide first.',
  }),
  first: t.int({
    description: `How many rows are given: ${reportRowsMax} unless you say otherwise, which is also the most.`,
  }),
  timeZone: t.string({
    defaultValue: 'UTC',
    description: 'The time zone of periods, weekdays and hours: an IANA name such as Europe/London.',
  }),
  fill: t.boolean({
    description: `Adds the periods without facts, for each combination of keys that occurs: sums and counts are 0, averages and ratios null. At most ${reportRowsMax} rows.`,
  }),
  compare: t.field({
    type: comparison,
    description: 'Sets an earlier period beside each value, as `previous`.',
  }),
}));

/**
 * What a report is taken to touch, however few rows it gives: it folds all facts of its range. A request may hold
 * some twenty of them, as a dashboard does, and not the hundred that its tokens would allow.
 */
export const reportCostRows = 4_000;

builder.queryField('report', (t) =>
  t.field({
    type: report,
    description:
      'Metrics over time and dimensions. Without `grain` and `by` it is one row over everything that is in the warehouse.',
    args: reportArguments,
    extensions: { costRows: reportCostRows },
    resolve: (_root, args, context, info) => {
      const { from, to, filter, ...others } = args;
      return context.reports.report(
        {
          ...others,
          from: from ? new Date(from) : null,
          to: to ? new Date(to) : null,
          filter: filter ? metricCondition(filter, args.metrics) : null,
        },
        context.scope,
        { parts: selectedParts(info), onAbandon: context.onAbandon },
      );
    },
  }),
);
