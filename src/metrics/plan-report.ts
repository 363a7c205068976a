// Checks a report request against the definitions and resolves its names; every fault is BAD_INPUT and says what is allowed.

import { FlywheelError } from '../core/errors.js';
import { type Catalogue, findColumn, findRelation, type Model } from '../warehouse/catalogue.js';
import type { Condition } from '../warehouse/read/condition.js';
import type { Definitions, DimensionDefinition, MetricDefinition } from './definition.js';
import { type Grain, periodMsMin, periodOrder, type Zone, zoneOf } from './grain.js';
import {
  type Comparison,
  type MetricCondition,
  type ReportParts,
  type ReportRequest,
  reportRowsMax,
} from './report.js';
import { planStates, type StatePlan } from './states.js';

/** A term of the order: a place among the plan's metrics or dimensions, or the period. */
export interface OrderTerm {
  readonly by: { readonly metric: number } | { readonly dimension: number } | 'at';
  readonly descending: boolean;
}

export interface PlannedCondition {
  /** The place among the plan's metrics. */
  readonly metric: number;
  readonly comparisons: readonly {
    readonly operator: '=' | '>' | '>=' | '<' | '<=';
    readonly decimal: string;
  }[];
}

/** A request that can be answered: names resolved, defaults filled in. */
export interface ReportPlan {
  readonly parts: ReportParts;
  /** The metrics that are shown, then those that only order or select. */
  readonly metrics: readonly MetricDefinition[];
  readonly shown: number;
  readonly states: StatePlan;
  readonly dimensions: readonly DimensionDefinition[];
  readonly grain: Grain;
  readonly zone: Zone;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly filter: Condition | null;
  readonly having: readonly PlannedCondition[];
  readonly order: readonly OrderTerm[];
  readonly first: number;
  readonly fill: boolean;
  readonly compare: Comparison | null;
}

function refuse(message: string): never {
  throw new FlywheelError('BAD_INPUT', message);
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** Resolves names, each once, in the order of their first mention. */
function resolve<T extends { readonly name: string }>(
  names: readonly string[],
  find: (name: string) => T | undefined,
  what: string,
  known: readonly T[],
): T[] {
  return [...new Set(names)].map(
    (name) =>
      find(name) ??
      refuse(`“${name}” is not a ${what}; the ${what}s are ${listOf(known.map((item) => item.name))}.`),
  );
}

/** Checks a request; `parts` says which parts of the answer are wanted. */
export function planReport(
  definitions: Definitions,
  catalogue: Catalogue,
  request: ReportRequest,
  parts: ReportParts,
): ReportPlan {
  checkLength('having', request.having ?? []);
  checkLength('orderBy', request.orderBy ?? []);
  const shown = resolve(request.metrics, definitions.findMetric, 'metric', definitions.metrics);
  if (shown.length === 0) refuse('A report needs at least one metric; name one in `metrics`.');
  const dimensions = resolve(
    request.by ?? [],
    definitions.findDimension,
    'dimension',
    definitions.dimensions,
  );
  const others = [...(request.having ?? []), ...(request.orderBy ?? [])].flatMap(({ metric }) =>
    typeof metric === 'string' ? [metric] : [],
  );
  const hidden = resolve(others, definitions.findMetric, 'metric', definitions.metrics);
  const metrics = [...new Set([...shown, ...hidden])];
  checkDimensions(metrics, dimensions);

  const grain = request.grain ?? 'ALL';
  const plan: ReportPlan = {
    parts,
    metrics,
    shown: shown.length,
    states: planStates(definitions, metrics),
    dimensions,
    grain,
    zone: zoneOf(request.timeZone ?? 'UTC'),
    from: request.from ?? null,
    to: request.to ?? null,
    filter: request.filter ?? null,
    having: (request.having ?? []).map((item) => plannedCondition(item, metrics)),
    order: orderOf(request, metrics, dimensions, grain),
    first: firstOf(request.first ?? null),
    fill: (request.fill ?? false) && grain !== 'ALL',
    compare: request.compare ?? null,
  };
  checkRange(plan);
  for (const fact of plan.states.facts) checkFilter(catalogue, catalogue.model(fact.model), plan.filter);
  return plan;
}

function checkDimensions(
  metrics: readonly MetricDefinition[],
  dimensions: readonly DimensionDefinition[],
): void {
  for (const metric of metrics) {
    for (const dimension of dimensions) {
      if (metric.dimensions.includes(dimension)) continue;
      const own = metric.dimensions.map((item) => item.name);
      const shared = own.filter((name) =>
        metrics.every((other) => other.dimensions.some((item) => item.name === name)),
      );
      const together = metrics.length > 1 ? ` All metrics of this report share ${listOf(shared)}.` : '';
      refuse(
        `${metric.name} cannot be cut by ${dimension.name}; it can be cut by ${listOf(own)}.${together}`,
      );
    }
  }
}

/** How many conditions, and how many orders, a report takes. */
const termsMax = 100;

function checkLength(argument: string, terms: readonly unknown[]): void {
  if (terms.length <= termsMax) return;
  throw new FlywheelError('LIMIT_EXCEEDED', `\`${argument}\` takes at most ${termsMax} entries.`, {
    details: { limit: termsMax },
  });
}

function firstOf(first: number | null): number {
  if (first === null) return reportRowsMax;
  if (Number.isInteger(first) && first >= 1 && first <= reportRowsMax) return first;
  return refuse(`\`first\` is ${first}; it must be a whole number from 1 to ${reportRowsMax}.`);
}

const operators = [
  ['equals', '='],
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const;

function plannedCondition(item: MetricCondition, metrics: readonly MetricDefinition[]): PlannedCondition {
  const comparisons = operators.flatMap(([name, operator]) => {
    const decimal = item[name];
    if (decimal === undefined || decimal === null) return [];
    if (!/^-?\d{1,40}(\.\d{1,40})?$/.test(decimal)) {
      refuse(`“${decimal.slice(0, 60)}” in \`having\` is not a decimal; write it like 1234.5.`);
    }
    return [{ operator, decimal }];
  });
  if (comparisons.length === 0) {
    refuse(
      `The condition on ${item.metric} in \`having\` compares with nothing; give one of equals, gt, gte, lt, lte.`,
    );
  }
  return { metric: metrics.findIndex((metric) => metric.name === item.metric), comparisons };
}

function orderOf(
  request: ReportRequest,
  metrics: readonly MetricDefinition[],
  dimensions: readonly DimensionDefinition[],
  grain: Grain,
): OrderTerm[] {
  return (request.orderBy ?? []).map(({ metric, dimension, at, direction }) => {
    const given = [metric, dimension, at === true ? 'at' : null].filter(
      (part) => part !== null && part !== undefined,
    );
    if (given.length !== 1) {
      refuse('Each entry of `orderBy` needs exactly one of `metric`, `dimension` and `at: true`.');
    }
    const descending = direction === 'DESC';
    if (typeof metric === 'string') {
      return { by: { metric: metrics.findIndex((item) => item.name === metric) }, descending };
    }
    if (typeof dimension !== 'string') {
      if (grain === 'ALL') refuse('A report without periods cannot be ordered by `at`; give a `grain`.');
      return { by: 'at', descending };
    }
    const place = dimensions.findIndex((item) => item.name === dimension);
    if (place < 0) {
      const names = listOf(dimensions.map((item) => item.name));
      refuse(
        `The report cannot be ordered by ${dimension}, which is not in \`by\`; the dimensions there are ${names}.`,
      );
    }
    return { by: { dimension: place }, descending };
  });
}

function checkRange(plan: ReportPlan): void {
  const { from, to, grain, dimensions } = plan;
  if (from && to && from >= to) {
    refuse(
      '`from` must be earlier than `to`: `from` is the first moment that counts, `to` the first that does not.',
    );
  }
  if (plan.compare && grain === 'ALL' && !(from && to)) {
    refuse('A comparison needs periods to compare: give a `grain`, or both `from` and `to`.');
  }
  if (!plan.fill || grain === 'ALL') return;
  for (const { name, by } of dimensions) {
    const decided =
      (by.kind === 'weekday' && periodOrder(grain) <= periodOrder('DAY')) ||
      (by.kind === 'hourOfDay' && periodOrder(grain) <= periodOrder('HOUR'));
    if (decided)
      refuse(
        `With \`fill\`, ${name} cannot be combined with the grain ${grain}, whose periods decide it; take a longer grain.`,
      );
  }
  if (from && to && (to.getTime() - from.getTime()) / periodMsMin[grain] - 2 > reportRowsMax) refuseFill();
}

/** The answer to a report whose filled rows would pass the limit. */
export function refuseFill(): never {
  throw new FlywheelError(
    'LIMIT_EXCEEDED',
    `\`fill\` would make more than ${reportRowsMax} rows; take a longer \`grain\`, a shorter range or fewer dimensions.`,
    { details: { limit: reportRowsMax } },
  );
}

/** Metrics of several facts share one filter, so each fact must have the fields that it names. */
function checkFilter(catalogue: Catalogue, model: Model, condition: Condition | null): void {
  if (!condition) return;
  if ('items' in condition) {
    for (const item of condition.items) checkFilter(catalogue, model, item);
  } else if (condition.op === 'not') {
    checkFilter(catalogue, model, condition.item);
  } else if ('relation' in condition) {
    const relation = findRelation(model, condition.relation) ?? refuseField(model, condition.relation);
    checkFilter(catalogue, catalogue.model(relation.model), condition.item);
  } else if (!findColumn(model, condition.field) && !findRelation(model, condition.field)) {
    refuseField(model, condition.field);
  }
}

function refuseField(model: Model, field: string): never {
  const fields = [...model.columns, ...model.relations].map((item) => item.name);
  return refuse(`The filter names ${field}, which ${model.name} does not have; it has ${listOf(fields)}.`);
}
