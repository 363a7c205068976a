// A metric as an expression of PostgreSQL, for statements that have its rows at hand already.

import { type RawBuilder, sql } from 'kysely';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Definitions, MetricDefinition } from './definition.js';
import { decimalText, formulaValue, stateOverRows } from './emit-value.js';
import { planStates } from './states.js';

/**
 * The value of a metric over the rows of its fact that stand under `alias`, as finished JSON text (`null`
 * included); the caller's statement has filtered the rows. It is an aggregate expression: it stands in the select
 * list of a statement without GROUP BY, or beside its groups, as in
 *
 *     select ${metricJson(catalogue, definitions, revenue, 's')} from fact_sales as s where …
 *
 * and any number of them share one pass over the rows. Its text depends on the metric and the alias alone.
 * A value of more than 15 significant digits fails the statement (22P02) instead of being rounded.
 */
export function metricJson(
  catalogue: Catalogue,
  definitions: Definitions,
  metric: MetricDefinition,
  alias: string,
): RawBuilder<string> {
  const { states, formulas, facts } = planStates(definitions, [metric]);
  const [formula] = formulas;
  if (!formula || facts.length !== 1) {
    throw new Error(`${metric.name} is made of several facts, so it is no aggregate over the rows of one.`);
  }
  const value = formulaValue(formula, (place) => {
    const placed = states[place];
    if (!placed) throw new Error(`${metric.name} has no state ${place}.`);
    return stateOverRows(catalogue, catalogue.model(placed.fact.model), alias, placed.state);
  });
  const text = decimalText(value);
  const digits = sql`trim('0' from translate(${text}, '-.', ''))`;
  const refusal = sql.lit(`${metric.name} has more than 15 digits: `);
  // A cast that cannot succeed is how an expression refuses; it depends on the value, so it is never folded.
  const guarded = sql`case when length(${digits}) > 15 then (${refusal} || ${text})::numeric::text else ${text} end`;
  return sql<string>`coalesce(${guarded}, 'null')`;
}

/** The metrics that are computed from a model alone, so that lists of its rows can be aggregated by them. */
export function metricsOfModel(definitions: Definitions, model: string): readonly MetricDefinition[] {
  return definitions.metrics.filter((metric) =>
    planStates(definitions, [metric]).facts.every((fact) => fact.model === model),
  );
}
