// A filter of the API as a condition of the warehouse.

import { FlywheelError } from '../src/core/errors.js';
import { catalogue, relationOf } from '../src/warehouse/catalogue.js';
import {
  allOf,
  anyOf,
  type Condition,
  negationOf,
  nothing,
  type Scalar,
} from '../src/warehouse/read/condition.js';
import type { FilterInput } from './filter-inputs.js';
import { type ModelApi, modelApi, type Target } from './model.js';
import { absent, along, present } from './path.js';

const comparisons = { equals: 'equals', not: 'not', lt: 'lt', lte: 'lte', gt: 'gt', gte: 'gte' } as const;
const matches = { contains: 'contains', startsWith: 'startsWith', endsWith: 'endsWith' } as const;

function isInput(value: unknown): value is FilterInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKey<T extends object>(name: string | number | symbol, table: T): name is keyof T {
  return Object.hasOwn(table, name);
}

function badInput(message: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', message);
}

function scalar(value: unknown, where: string): Scalar {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    if (typeof value === 'string' && value.includes('\u0000')) {
      throw badInput(
        `\`${where}\` holds a NUL character, which no text in the warehouse can hold; leave it out.`,
      );
    }
    return value;
  }
  throw badInput(`\`${where}\` needs a value; leave it out to filter by nothing.`);
}

function operatorCondition(field: string, operator: string, value: unknown, where: string): Condition {
  if (isKey(operator, comparisons)) {
    return { op: 'compare', field, operator: comparisons[operator], value: scalar(value, where) };
  }
  if (isKey(operator, matches)) {
    return { op: 'match', field, operator: matches[operator], value: String(scalar(value, where)) };
  }
  if (operator !== 'in' && operator !== 'notIn') throw new Error(`There is no operator ${operator}.`);
  if (!Array.isArray(value)) throw badInput(`\`${where}\` needs a list; leave it out to filter by nothing.`);
  return { op: operator, field, values: value.map((item) => scalar(item, where)) };
}

function columnCondition(
  api: ModelApi,
  path: readonly string[],
  operator: string,
  value: unknown,
  where: string,
): Condition {
  if (value === null && (operator === 'equals' || operator === 'not')) {
    return operator === 'not' ? present(api.name, path) : absent(api.name, path);
  }
  return along(path, (field) => operatorCondition(field, operator, value, where));
}

function targetCondition(api: ModelApi, target: Target, value: unknown, where: string): Condition {
  if (target.kind === 'relation') return relationCondition(api, target, value, where);
  const { path } = target;
  if (value === null) return absent(api.name, path);
  if (!isInput(value)) throw new Error(`The filter ${where} is not an object.`);
  return allOf(
    Object.entries(value).map(([operator, operand]) =>
      columnCondition(api, path, operator, operand, `${where}.${operator}`),
    ),
  );
}

function relationCondition(
  api: ModelApi,
  target: Extract<Target, { kind: 'relation' }>,
  value: unknown,
  where: string,
): Condition {
  const other = modelApi(target.model);
  const { relation } = target;
  if (!target.list) {
    if (value === null) {
      const { nullable } = relationOf(catalogue.model(api.name), relation);
      return nullable ? { op: 'null', field: relation, negated: false } : nothing;
    }
    return { op: 'is', relation, item: filterCondition(other, value, where) };
  }
  if (!isInput(value))
    throw badInput(`\`${where}\` needs some, none or every; leave it out to filter by nothing.`);
  return allOf(
    Object.entries(value).map(([quantifier, item]): Condition => {
      if (quantifier !== 'some' && quantifier !== 'none' && quantifier !== 'every') {
        throw new Error(`There is no quantifier ${quantifier}.`);
      }
      return { op: quantifier, relation, item: filterCondition(other, item, `${where}.${quantifier}`) };
    }),
  );
}

function memberCondition(api: ModelApi, name: string, value: unknown, where: string): Condition {
  if (name === 'AND' || name === 'OR') {
    if (!Array.isArray(value))
      throw badInput(`\`${where}\` needs a list; leave it out to filter by nothing.`);
    const items = value.map((item, place) => filterCondition(api, item, `${where}[${place}]`));
    return name === 'AND' ? allOf(items) : anyOf(items);
  }
  if (name === 'NOT') return negationOf(filterCondition(api, value, where));
  const target = api.filters.get(name);
  if (!target) throw new Error(`${api.name} has no filter ${name}.`);
  return targetCondition(api, target, value, where);
}

/**
 * The condition that a filter states. `where` is its place in the request, for messages.
 * Fails with BAD_INPUT for what the schema cannot refuse, such as a list that is null.
 */
export function filterCondition(api: ModelApi, filter: unknown, where: string): Condition {
  if (!isInput(filter)) throw badInput(`\`${where}\` needs a filter; leave it out to filter by nothing.`);
  return allOf(
    Object.entries(filter).map(([name, value]) => memberCondition(api, name, value, `${where}.${name}`)),
  );
}

const searchWordsMax = 20;

/** Every word of the text must stand in one of the model's searchable fields. Fails with BAD_INPUT for too many words. */
export function searchCondition(api: ModelApi, text: string): Condition {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length > searchWordsMax)
    throw badInput(`\`search\` takes at most ${searchWordsMax} words; give fewer.`);
  return allOf(
    words.map(
      (word): Condition => ({
        op: 'or',
        items: api.search.map((path) => columnCondition(api, path, 'contains', word, 'search')),
      }),
    ),
  );
}
