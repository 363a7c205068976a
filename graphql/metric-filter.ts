// The filter of metrics: what a dimension can be cut by, it can be filtered by; models bring the filters of their lists.

import { FlywheelError } from '../src/core/errors.js';
import type { MetricDefinition } from '../src/metrics/definition.js';
import { definitions } from '../src/metrics/definitions.js';
import { catalogue, relationOf } from '../src/warehouse/catalogue.js';
import type { Condition } from '../src/warehouse/read/condition.js';
import { builder } from './builder.js';
import { filterCondition } from './filter.js';
import { type FilterInput, filterTypeOf } from './filter-inputs.js';
import { findModelApi, type ModelApi, type Target } from './model.js';

/** What facts of a model can be filtered by, by the names of the fields; models are only known once all types are declared. */
function factApi(model: string, metrics: readonly MetricDefinition[]): ModelApi {
  const filters = new Map<string, Target>();
  for (const metric of metrics) {
    for (const { by } of metric.dimensions) {
      if (by.kind !== 'field') continue;
      const [first] = by.path;
      if (first === undefined) {
        filters.set(by.value, { kind: 'column', path: [by.value] });
        continue;
      }
      const other = relationOf(catalogue.model(model), first).model;
      const target: Target = findModelApi(other)
        ? { kind: 'relation', relation: first, model: other, list: false }
        : { kind: 'column', path: [...by.path, by.value] };
      filters.set(first, target);
    }
  }
  return { name: model, key: [], filters, orders: new Map(), defaultOrder: [], search: [] };
}

let apis: readonly ModelApi[] | undefined;

/** One for each model that metrics are computed from. */
function factApis(): readonly ModelApi[] {
  if (!apis) {
    const models = new Set(definitions.metrics.map((metric) => metric.source.model));
    apis = [...models].map((model) =>
      factApi(
        model,
        definitions.metrics.filter((metric) => metric.source.model === model),
      ),
    );
  }
  return apis;
}

type FieldType = ReturnType<typeof filterTypeOf>;

/**
 * The fields of a filter over facts of several models. A name that leads to different types in two of them is a bug
 * and throws, since a filter has one field of a name.
 */
export function sharedFields(apis: readonly ModelApi[]): ReadonlyMap<string, FieldType> {
  const fields = new Map<string, { readonly model: string; readonly type: FieldType }>();
  for (const api of apis) {
    for (const [name, target] of api.filters) {
      const type = filterTypeOf(api, target);
      const known = fields.get(name);
      if (known && known.type !== type) {
        throw new Error(
          `Metrics of ${known.model} and of ${api.name} are filtered by \`${name}\`, which is not the same in both; give one of the two fields another name in prisma/schema.prisma (@map keeps its column).`,
        );
      }
      fields.set(name, { model: api.name, type });
    }
  }
  return new Map([...fields].map(([name, { type }]) => [name, type]));
}

function describe(name: string): string {
  const dimension = definitions.dimensions.find(
    ({ by }) => by.kind === 'field' && (by.path[0] ?? by.value) === name,
  );
  return dimension?.description ?? `By the ${name} of the facts.`;
}

export const metricFilter = builder.inputRef<FilterInput>('MetricFilter');
metricFilter.implement({
  description:
    'Which facts a metric is computed from. Several fields together must all hold; `customer: {code: {not: null}}` leaves guests out.',
  fields: (t) => {
    const fields = [...sharedFields(factApis())];
    return {
      ...Object.fromEntries(
        fields.map(([name, type]) => [name, t.field({ type, description: describe(name) })]),
      ),
      AND: t.field({ type: [metricFilter], description: 'All of these must hold.' }),
      OR: t.field({ type: [metricFilter], description: 'At least one of these must hold.' }),
      NOT: t.field({
        type: metricFilter,
        description: 'This must not hold. A fact whose own value is missing is found neither way.',
      }),
    };
  },
});

/** Every field that a filter names, at any depth of AND, OR and NOT. */
function namedFields(filter: unknown): string[] {
  if (Array.isArray(filter)) return filter.flatMap(namedFields);
  if (typeof filter !== 'object' || filter === null) return [];
  return Object.entries(filter).flatMap(([name, value]) =>
    name === 'AND' || name === 'OR' || name === 'NOT' ? namedFields(value) : [name],
  );
}

/** The condition on the facts of the named metrics. Fails with BAD_INPUT when a metric cannot be filtered so. */
export function metricCondition(filter: FilterInput, metrics: readonly string[]): Condition {
  const models = new Set(metrics.flatMap((name) => definitions.findMetric(name)?.source.model ?? []));
  const asked = factApis().filter((api) => models.has(api.name));
  for (const name of namedFields(filter)) {
    for (const api of asked) {
      if (api.filters.has(name)) continue;
      const those = metrics.filter((metric) => definitions.findMetric(metric)?.source.model === api.name);
      throw new FlywheelError(
        'BAD_INPUT',
        `${those.join(', ')} cannot be filtered by \`${name}\`; use ${[...api.filters.keys()].join(', ')}.`,
      );
    }
  }
  const [first] = asked;
  if (!first)
    throw new FlywheelError('BAD_INPUT', 'A report needs at least one metric; name one in `metrics`.');
  return filterCondition(first, filter, 'filter');
}
