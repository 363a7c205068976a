// The arguments of every list of rows, and the read that they ask for.

import { FlywheelError } from '../src/core/errors.js';
import { catalogue } from '../src/warehouse/catalogue.js';
import { allOf, type Condition, everything } from '../src/warehouse/read/condition.js';
import type { OrderTerm, Read } from '../src/warehouse/read/tree.js';
import { seekCondition } from './cursor.js';
import { filterCondition, searchCondition } from './filter.js';
import type { FilterInput } from './filter-inputs.js';
import { columnAt, type ModelApi, modelApi } from './model.js';
import type { OrderInput } from './order-inputs.js';

/** How many rows a list gives when neither `first` nor `last` is given. */
export const pageRowsDefault = 20;

export interface ListArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
  readonly filter?: FilterInput | null | undefined;
  readonly orderBy?: readonly OrderInput[] | null | undefined;
  readonly search?: string | null | undefined;
}

function badInput(message: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', message);
}

function pageSize(args: ListArguments, pageRowsMax: number): { take: number; backward: boolean } {
  const { first, last } = args;
  if (typeof first === 'number' && typeof last === 'number') {
    throw badInput('Give `first` or `last`, not both: a page is read from one end.');
  }
  const backward = typeof last === 'number';
  const take = (backward ? last : first) ?? pageRowsDefault;
  if (take < 0) throw badInput(`\`${backward ? 'last' : 'first'}\` cannot be negative.`);
  if (take > pageRowsMax) {
    throw new FlywheelError(
      'LIMIT_EXCEEDED',
      `A list gives at most ${pageRowsMax} rows at once; ask for fewer with \`${backward ? 'last' : 'first'}\`, and for the next page with \`${backward ? 'before' : 'after'}\`.`,
    );
  }
  return { take, backward };
}

function orderTerm(api: ModelApi, input: OrderInput): OrderTerm {
  const entries = Object.entries(input).filter(([, value]) => value !== null && value !== undefined);
  const [entry] = entries;
  if (entries.length !== 1 || !entry) {
    throw badInput(
      'Give exactly one field in each entry of `orderBy`; write several entries to order by several.',
    );
  }
  const [name, value] = entry;
  const target = api.orders.get(name);
  if (!target) throw new Error(`${api.name} has no ordering ${name}.`);
  if (target.kind === 'column') return { path: target.path, direction: value === 'DESC' ? 'desc' : 'asc' };
  const inner = orderTerm(modelApi(target.model), { ...Object(value) });
  return { path: [target.relation, ...inner.path], direction: inner.direction };
}

function isUnique(api: ModelApi, path: readonly string[]): boolean {
  const { uniqueKeys, primaryKey } = catalogue.model(api.name);
  const [field] = path;
  if (path.length !== 1 || columnAt(api.name, path).nullable) return false;
  return [primaryKey, ...uniqueKeys].some((key) => key.length === 1 && key[0] === field);
}

/** A total order: the primary key ends it, in the direction of the last term, unless a term is unique already. */
function totalOrder(api: ModelApi, terms: readonly OrderTerm[]): OrderTerm[] {
  const unique = terms.findIndex((term) => isUnique(api, term.path));
  if (unique >= 0) return terms.slice(0, unique + 1);
  const direction = terms.at(-1)?.direction ?? 'asc';
  return [...terms, ...catalogue.model(api.name).primaryKey.map((field) => ({ path: [field], direction }))];
}

function orderOf(api: ModelApi, args: ListArguments): OrderTerm[] {
  const asked = args.orderBy ?? [];
  const terms = asked.length === 0 ? api.defaultOrder : asked.map((input) => orderTerm(api, input));
  const seen = new Set<string>();
  const distinct = terms.filter((term) => {
    const path = term.path.join('.');
    return !seen.has(path) && seen.add(path);
  });
  return totalOrder(api, distinct);
}

/** Which rows of a model the arguments of a list ask for. Fails with BAD_INPUT or LIMIT_EXCEEDED. */
export function listRead(api: ModelApi, args: ListArguments, pageRowsMax: number): Read {
  const { take, backward } = pageSize(args, pageRowsMax);
  const order = orderOf(api, args);
  const conditions: Condition[] = [];
  if (args.filter) conditions.push(filterCondition(api, args.filter, 'filter'));
  if (args.search) conditions.push(searchCondition(api, args.search));
  const seeks: Condition[] = [];
  if (args.after) seeks.push(seekCondition(api.name, order, args.after, 'after'));
  if (args.before) seeks.push(seekCondition(api.name, order, args.before, 'before'));
  return {
    condition: conditions.length === 0 ? everything : allOf(conditions),
    seek: seeks.length === 0 ? null : allOf(seeks),
    order,
    take,
    backward,
    hasAfter: Boolean(args.after),
    hasBefore: Boolean(args.before),
  };
}

/** The read of one row by its key, or undefined when the key cannot be that of any row. */
export function rowRead(api: ModelApi, key: readonly string[]): Read | undefined {
  const items: Condition[] = [];
  for (const [place, field] of api.key.entries()) {
    const text = key[place];
    if (text === undefined || text.includes('\u0000')) return undefined;
    const isInt = columnAt(api.name, [field]).type === 'Int';
    if (isInt && !(/^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647)) return undefined;
    items.push({ op: 'compare', field, operator: 'equals', value: isInt ? Number(text) : text });
  }
  return {
    condition: allOf(items),
    seek: null,
    order: [],
    take: 1,
    backward: false,
    hasAfter: false,
    hasBefore: false,
  };
}
