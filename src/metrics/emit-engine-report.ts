// Reports and the states of live cuts in the SQL of engines: facts folded at their final keys, merged, and shown.

import type { EngineDialect, EngineQuery } from './emit-engine.js';
import { type EngineDecimal, quotientOf } from './emit-engine-decimal.js';
import { type FoldedFact, foldFact, periodStart } from './emit-engine-facts.js';
import { shown } from './emit-engine-shown.js';
import { addCte, type EngineStatement, openStatement } from './emit-engine-statement.js';
import { columnTypeOf, decimalType, type EngineSyntax, refuseFor } from './emit-engine-syntax.js';
import { zoneOf } from './grain.js';
import type { PlannedCondition, ReportPlan } from './plan-report.js';
import { reportRowsMax } from './report.js';
import type { Formula, PlacedState } from './states.js';

/** The dialect of an engine, from what is its own. */
export function createDialect(syntax: EngineSyntax): EngineDialect {
  return {
    name: syntax.name,
    title: syntax.title,
    columnType: (model, column) => columnTypeOf(syntax, model, column),
    report: (catalogue, plan, tables) => reportQuery(openStatement(syntax, catalogue, tables), plan),
    cut: (catalogue, { part, cut, from, to }, tables) => {
      const statement = openStatement(syntax, catalogue, tables);
      const dimensions = cut.dimensions.map(({ definition }) => definition);
      const folding = {
        grain: cut.every,
        zone: zoneOf('UTC'),
        dimensions,
        from,
        to,
        filter: null,
        needsFacts: true,
      };
      const placed = part.states
        .map((state, place) => ({ state, place }))
        .filter(({ place }) => cut.keeps[place]);
      const folded = foldFact(statement, part.source, folding, placed, '');
      const start =
        cut.every === 'ALL' ? syntax.instantLiteral(new Date(0)) : periodStart(statement, folding, 'm._p');
      const states = placed.map(({ place }) => ({
        name: `state_${place}`,
        sql: `m._s${place}`,
        type: 'decimal' as const,
      }));
      return shown(statement, part.source.model, folding, folded.name, {
        before: [{ name: 'start', sql: start, type: 'time' }],
        after: states,
        where: '',
        order: () => '',
        limit: '',
        labelled: false,
      });
    },
  };
}

function refuseParts(syntax: EngineSyntax, plan: ReportPlan): void {
  if (plan.fill) refuseFor(syntax, 'fill periods in which nothing happened', 'leave out `fill`');
  if (plan.compare)
    refuseFor(syntax, 'compare with an earlier period', 'leave out `compare` and ask for both');
  const { name, utc } = plan.zone;
  if (!utc && !name.includes('/')) {
    refuseFor(
      syntax,
      `be relied on to read ${name} as the warehouse does`,
      'name the time zone by a place, such as America/New_York',
    );
  }
}

/** The rows of a report. */
function reportQuery(statement: EngineStatement, plan: ReportPlan): EngineQuery {
  const { syntax } = statement;
  refuseParts(syntax, plan);
  const { states, facts } = plan.states;
  const [first] = facts;
  if (!first) throw new Error('A report has no fact.');
  const placed = states.map((item, place) => ({ ...item, place }));
  const folded = facts.map((fact, place) =>
    foldFact(
      statement,
      fact,
      plan,
      placed.filter((item) => item.fact.model === fact.model && item.fact.time === fact.time),
      facts.length === 1 ? '' : `_${place + 1}`,
    ),
  );
  const merged = mergedFacts(statement, states, folded);
  const { from, values } = valuesOf(statement, plan, folded, merged);
  const named = plan.metrics.map((metric, place) => ({
    metric,
    value: values[place] ?? missing(metric.name),
  }));
  const conditions = plan.having.flatMap((item) => havingOf(syntax, plan, values, item));
  return shown(statement, first.model, plan, from, {
    labelled: true,
    before:
      plan.grain === 'ALL' ? [] : [{ name: 'at', sql: periodStart(statement, plan, 'm._p'), type: 'time' }],
    after: named
      .slice(0, plan.shown)
      .map(({ metric, value }) => ({ name: metric.name, sql: value.sql, type: 'decimal' })),
    where: conditions.length === 0 ? '' : `\nWHERE ${conditions.join(' AND ')}`,
    order: (keys) => orderOf(plan, values, keys),
    limit: plan.first < reportRowsMax ? `\nLIMIT ${plan.first}` : '',
  });
}

function missing(name: string): never {
  throw new Error(`${name} has no value.`);
}

/** Facts of several tables meet: every state stands in the rows of one of them, and rows with the same keys are merged. */
function mergedFacts(
  statement: EngineStatement,
  states: readonly PlacedState[],
  folded: readonly FoldedFact[],
): string {
  const [first] = folded;
  if (!first) throw new Error('Nothing was folded.');
  if (folded.length === 1) return first.name;
  const typeOf = (place: number) =>
    decimalType(folded.flatMap((fact) => fact.states.get(place) ?? [])[0]?.scale ?? 0);
  const branches = folded.map((fact) => {
    const columns = states.map((_, place) =>
      fact.states.has(place) ? `_s${place}` : `CAST(NULL AS ${typeOf(place)}) AS _s${place}`,
    );
    return `SELECT ${[...fact.keys, ...columns].join(', ')} FROM ${fact.name}`;
  });
  const columns = states.map(({ state }, place) => {
    const how = state.kind === 'min' || state.kind === 'max' ? state.kind.toUpperCase() : 'SUM';
    return `CAST(${how}(_s${place}) AS ${typeOf(place)}) AS _s${place}`;
  });
  const groupBy = first.keys.length === 0 ? '' : ` GROUP BY ${first.keys.join(', ')}`;
  return addCte(
    statement,
    'merged',
    `SELECT ${[...first.keys, ...columns].join(', ')}\n  FROM (\n    ${branches.join('\n    UNION ALL ')}\n  ) AS u${groupBy}`,
  );
}

/** The values of all metrics, as expressions over the rows of `from`. */
function valuesOf(
  statement: EngineStatement,
  plan: ReportPlan,
  folded: readonly FoldedFact[],
  merged: string,
): { readonly from: string; readonly values: readonly EngineDecimal[] } {
  const { syntax } = statement;
  let from = merged;
  let quotients = 0;
  const metricValue = (formula: Formula): EngineDecimal => {
    if (formula.kind === 'quotient') {
      const parts = [metricValue(formula.numerator), metricValue(formula.denominator)] as const;
      const { value, steps } = quotientOf(syntax, String(quotients++), ...parts);
      for (const columns of steps) {
        const added = columns.map(({ name, sql }) => `${sql} AS ${name}`);
        const query = `SELECT *,\n    ${added.join(',\n    ')}\n  FROM ${from}`;
        from = addCte(statement, `step_${statement.ctes.length}`, query);
      }
      return value;
    }
    const state = folded.flatMap((fact) => fact.states.get(formula.state) ?? [])[0] ?? missing('A state');
    const ref = `_s${formula.state}`;
    const sql = formula.emptyIsZero ? `COALESCE(${ref}, CAST(0 AS ${decimalType(state.scale)}))` : ref;
    return { ...state, sql: formula.negated ? `-${sql}` : sql };
  };
  const values = plan.states.formulas.map(metricValue);
  return { from, values };
}

function havingOf(
  syntax: EngineSyntax,
  plan: ReportPlan,
  values: readonly EngineDecimal[],
  { metric, comparisons }: PlannedCondition,
): string[] {
  const name = plan.metrics[metric]?.name ?? '';
  const value = values[metric] ?? missing(name);
  return comparisons.map(({ operator, decimal }) => {
    const [, whole = '', places = ''] = /^-?0*(\d*)(?:\.(\d*?)0*)?$/.exec(decimal) ?? [];
    if (places.length > value.scale || whole.length > value.whole) {
      refuseFor(
        syntax,
        `compare ${name} with ${decimal} in \`having\``,
        `write at most ${value.whole} digits before the point and ${value.scale} after it`,
      );
    }
    return `${value.sql} ${operator} CAST('${decimal}' AS ${decimalType(value.scale)})`;
  });
}

/** The order that is asked for, then the period, then the keys. */
function orderOf(plan: ReportPlan, values: readonly EngineDecimal[], keys: readonly string[]): string {
  const asked = plan.order.map(({ by, descending }) => {
    const direction = descending ? 'DESC' : 'ASC';
    if (by === 'at') return `m._p ${direction}`;
    const term = 'metric' in by ? values[by.metric]?.sql : keys[by.dimension];
    return `${term} ${direction} NULLS LAST`;
  });
  const terms = [
    ...asked,
    ...(plan.grain === 'ALL' ? [] : ['m._p ASC']),
    ...keys.map((key) => `${key} ASC NULLS LAST`),
  ];
  return terms.length === 0 ? '' : `\nORDER BY ${terms.join(', ')}`;
}
