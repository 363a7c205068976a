// What the API offers of a model beyond its fields: its natural key, what it can be filtered, ordered and searched by.

import { catalogue, columnOf, findRelation, type Model, relationOf } from '../src/warehouse/catalogue.js';
import type { OrderTerm } from '../src/warehouse/read/tree.js';

/** Where a filter or an ordering leads: along to-one relations to a column, or to another model. */
export type Target =
  | { readonly kind: 'column'; readonly path: readonly string[] }
  | { readonly kind: 'relation'; readonly relation: string; readonly model: string; readonly list: boolean };

export interface ModelApi {
  /** The name of the model in the Prisma schema, which is that of its type too. */
  readonly name: string;
  /** The fields that together name a row in the world outside; they make its global id. */
  readonly key: readonly string[];
  readonly filters: ReadonlyMap<string, Target>;
  readonly orders: ReadonlyMap<string, Target>;
  readonly defaultOrder: readonly OrderTerm[];
  /** The texts that `search` looks into. */
  readonly search: readonly (readonly string[])[];
}

export interface ModelOptions {
  readonly key: readonly string[];
  /**
   * Names of fields that filter. A field of the model stands for itself; `{ region: 'region.name' }`
   * offers a column of a related row as if it stood here; a relation is filtered by the other model's filter.
   */
  readonly filters: readonly (string | Readonly<Record<string, string>>)[];
  /** Names of fields that order, in the same form; only to-one relations. */
  readonly orders: readonly (string | Readonly<Record<string, string>>)[];
  /** The ordering when none is asked for, such as `['soldAt desc']`. */
  readonly defaultOrder: readonly string[];
  readonly search?: readonly string[];
}

const declared = new Map<string, ModelApi>();

function targetOf(model: Model, path: readonly string[]): Target {
  const [head, ...rest] = path;
  if (head === undefined) throw new Error(`A path over ${model.name} is empty.`);
  const relation = findRelation(model, head);
  if (!relation) return { kind: 'column', path: [columnOf(model, head).name] };
  if (rest.length === 0)
    return { kind: 'relation', relation: head, model: relation.model, list: relation.list };
  const inner = targetOf(catalogue.model(relationOf(model, head).model), rest);
  if (inner.kind === 'relation')
    throw new Error(`The path ${path.join('.')} over ${model.name} ends at no column.`);
  return { kind: 'column', path: [head, ...inner.path] };
}

function targetsOf(model: Model, entries: ModelOptions['filters']): ReadonlyMap<string, Target> {
  const named = entries.flatMap((entry) =>
    typeof entry === 'string' ? [[entry, entry] as const] : Object.entries(entry),
  );
  return new Map(named.map(([name, path]) => [name, targetOf(model, path.split('.'))]));
}

function orderTerm(text: string): OrderTerm {
  const [path = '', direction] = text.split(' ');
  return { path: path.split('.'), direction: direction === 'desc' ? 'desc' : 'asc' };
}

/** Declares a model to the API; every name is checked against the Prisma schema at once. */
export function declareModel(name: string, options: ModelOptions): ModelApi {
  const model = catalogue.model(name);
  const api: ModelApi = {
    name,
    key: options.key,
    filters: targetsOf(model, options.filters),
    orders: targetsOf(model, options.orders),
    defaultOrder: options.defaultOrder.map(orderTerm),
    search: (options.search ?? []).map((path) => path.split('.')),
  };
  declared.set(name, api);
  return api;
}

/** The declaration of a model, or undefined when the API does not offer it. */
export function findModelApi(name: string): ModelApi | undefined {
  return declared.get(name);
}

/** The declaration of a model; one that was never declared is a bug and throws. */
export function modelApi(name: string): ModelApi {
  const api = declared.get(name);
  if (!api) throw new Error(`The API does not declare the model ${name}.`);
  return api;
}

/** The column at the end of a path over to-one relations. */
export function columnAt(modelName: string, path: readonly string[]) {
  const [head, ...rest] = path;
  const model = catalogue.model(modelName);
  if (head === undefined) throw new Error(`A path over ${modelName} is empty.`);
  if (rest.length === 0) return columnOf(model, head);
  return columnAt(relationOf(model, head).model, rest);
}

/** Whether a value at the end of a path can be null: its column may be, or a relation on the way may be missing. */
export function nullableAt(modelName: string, path: readonly string[]): boolean {
  const [head, ...rest] = path;
  const model = catalogue.model(modelName);
  if (head === undefined) throw new Error(`A path over ${modelName} is empty.`);
  if (rest.length === 0) return columnOf(model, head).nullable;
  const relation = relationOf(model, head);
  return relation.nullable || nullableAt(relation.model, rest);
}
