// The field of a connection that gives metrics over all rows of the list, whatever the page.

import type { ObjectRef } from '@pothos/core';
import { FlywheelError } from '../src/core/errors.js';
import { definitions } from '../src/metrics/definitions.js';
import { metricJson, metricsOfModel } from '../src/metrics/emit-aggregate.js';
import { catalogue } from '../src/warehouse/catalogue.js';
import { allOf } from '../src/warehouse/read/condition.js';
import { builder } from './builder.js';
import type { ConnectionValue, Types } from './connection.js';
import { type AggregateMember, type Arguments, readExtension } from './extensions.js';
import { metricName, metricValue } from './types/metric.js';

/** How many metrics `aggregate` takes at once; each is an expression of the statement. */
const metricsMax = 100;

function metricsFor(model: string, asked: unknown) {
  const offered = metricsOfModel(definitions, model);
  const names: readonly unknown[] = Array.isArray(asked) ? asked : [];
  if (names.length > metricsMax)
    throw new FlywheelError('LIMIT_EXCEEDED', `\`aggregate\` takes at most ${metricsMax} metrics at once.`);
  return names.map((name) => {
    const metric = offered.find((candidate) => candidate.name === name);
    if (metric) return metric;
    const known = offered.map((candidate) => candidate.name).join(', ');
    throw new FlywheelError('BAD_INPUT', `A list of ${model} rows has no ${String(name)}; it has ${known}.`);
  });
}

function aggregateItems(model: string, args: Arguments): Record<string, AggregateMember>[] {
  return metricsFor(model, args.metrics).map((metric) => ({
    metric: JSON.stringify(metric.name),
    value: { json: (alias) => metricJson(catalogue, definitions, metric, alias) },
    previous: 'null',
  }));
}

/** Adds `aggregate` to a connection over the rows of a model that metrics are computed from. */
export function addAggregate(connection: ObjectRef<Types, ConnectionValue>, model: string): void {
  builder.objectField(connection, 'aggregate', (t) =>
    t.field({
      type: [metricValue],
      description:
        'Metrics over all rows of the list, whatever the page; computed only when you ask for them.',
      args: {
        metrics: t.arg({ type: [metricName], required: true, description: 'What is measured.' }),
      },
      extensions: readExtension({ kind: 'aggregates', items: (args) => aggregateItems(model, args) }),
      resolve: async ({ read, base }, args, context) => {
        const metrics = metricsFor(model, args.metrics).map(({ name }) => name);
        if (metrics.length === 0) return [];
        const filter = allOf([base, read.condition]);
        const { totals } = await context.reports.report({ metrics, filter }, context.scope, {
          parts: { rows: false, totals: true, freshness: false },
          onAbandon: context.onAbandon,
        });
        // A report names each metric once, however often it was asked for.
        const byMetric = new Map(totals.map((total) => [total.metric, total]));
        return metrics.flatMap((name) => byMetric.get(name) ?? []);
      },
    }),
  );
}
