// Which metrics can be rolled up by days, and the reports that do it: one for each model of facts.

import { FlywheelError } from '../core/errors.js';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Definitions } from './definition.js';
import { planReport, type ReportPlan } from './plan-report.js';

const rowsOnly = { rows: true, totals: false, freshness: false } as const;

/** What batches themselves found is no history of its own. */
const ofBatches: ReadonlySet<string> = new Set(['CustomerPurchases', 'DailyRollup']);

/** Rows are not limited: history is as long as it is. */
const allRows = Number.MAX_SAFE_INTEGER - 1;

/**
 * The reports by day (UTC) that give the metrics, cut by the dimensions. Throws BAD_INPUT for what is not declared, and,
 * by name, for metrics that do not add up over days: distinct counts, averages, ratios, least and greatest values.
 */
export function planRollups(
  definitions: Definitions,
  catalogue: Catalogue,
  metrics: readonly string[],
  by: readonly string[],
): readonly ReportPlan[] {
  const known = metrics.flatMap((name) => definitions.findMetric(name) ?? []);
  const unfit = known.filter(
    ({ measure, source }) => !['sum', 'count'].includes(measure.kind) || ofBatches.has(source.model),
  );
  if (unfit.length > 0) {
    const fit = definitions.metrics.filter(
      ({ measure, source }) => ['sum', 'count'].includes(measure.kind) && !ofBatches.has(source.model),
    );
    throw new FlywheelError(
      'BAD_INPUT',
      `${unfit.map(({ name }) => name).join(', ')} cannot be rolled up, because its days do not add up to longer periods; these can: ${fit.map(({ name }) => name).join(', ')}.`,
    );
  }
  const planned = (names: readonly string[]) =>
    planReport(definitions, catalogue, { metrics: names, by, grain: 'DAY' }, rowsOnly);
  // Unknown names are refused as a report refuses them.
  if (known.length < metrics.length) planned(metrics);
  const models = [...new Set(known.map(({ source }) => source.model))];
  return models.map((model) => {
    const own = known.filter(({ source }) => source.model === model).map(({ name }) => name);
    return { ...planned([...new Set(own)]), first: allRows };
  });
}
