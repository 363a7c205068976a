// A condition as SQL: one boolean expression over an alias, with no joins of its own.

import { type RawBuilder, sql } from 'kysely';
import { type Catalogue, columnOf, findColumn, type Model, type Relation, relationOf } from '../catalogue.js';
import { type Condition, escapeLike, isSlot, type Scalar, type Slot } from './condition.js';

export type BooleanSql = RawBuilder<boolean>;

const comparisons = {
  equals: sql`=`,
  not: sql`<>`,
  lt: sql`<`,
  lte: sql`<=`,
  gt: sql`>`,
  gte: sql`>=`,
};

const patterns = {
  contains: (text: string) => `%${escapeLike(text)}%`,
  startsWith: (text: string) => `${escapeLike(text)}%`,
  endsWith: (text: string) => `%${escapeLike(text)}`,
};

/** The LIKE pattern of a text match. */
export function likePattern(operator: keyof typeof patterns, text: string): string {
  return patterns[operator](text);
}

/** How the expression stands in its statement; `negated` keeps the third value of SQL's logic exact under NOT. */
interface Place {
  readonly catalogue: Catalogue;
  readonly model: Model;
  readonly alias: string;
  readonly negated: boolean;
  readonly nextAlias: () => string;
}

/** The column of a field, qualified by the alias of its table. */
export function fieldRef(model: Model, alias: string, field: string): RawBuilder<unknown> {
  return sql.ref(`${alias}.${columnOf(model, field).column}`);
}

/** The equality of the keys that a relation joins by. */
export function joinCondition(
  model: Model,
  alias: string,
  relation: Relation,
  target: Model,
  targetAlias: string,
): BooleanSql {
  const pairs = relation.from.map((field, place) => {
    const other = relation.to[place];
    if (other === undefined) throw new Error(`The relation ${relation.name} joins unequal keys.`);
    return sql<boolean>`${fieldRef(target, targetAlias, other)} = ${fieldRef(model, alias, field)}`;
  });
  return sql<boolean>`${sql.join(pairs, sql` and `)}`;
}

function isNull(place: Place, field: string, negated: boolean): BooleanSql {
  const column = findColumn(place.model, field);
  const fields = column ? [field] : relationOf(place.model, field).from;
  const refs = fields.map((name) => fieldRef(place.model, place.alias, name));
  const test = negated ? sql`is not null` : sql`is null`;
  return sql<boolean>`(${sql.join(
    refs.map((ref) => sql`${ref} ${test}`),
    sql` and `,
  )})`;
}

function through(place: Place, name: string, item: Condition, negated: boolean) {
  const relation = relationOf(place.model, name);
  const target = place.catalogue.model(relation.model);
  const alias = place.nextAlias();
  const inner = render({ ...place, model: target, alias, negated }, item);
  const join = joinCondition(place.model, place.alias, relation, target, alias);
  return { relation, inner, from: sql`${sql.table(target.table)} as ${sql.ref(alias)}`, join };
}

/**
 * A to-one relation: EXISTS flattens into a join and is what a plain filter wants. Under NOT a missing
 * row must count as false while an unknown comparison stays unknown, so there the value itself is asked for.
 */
function is(place: Place, name: string, item: Condition): BooleanSql {
  const { inner, from, join } = through(place, name, item, place.negated);
  if (!place.negated) return sql<boolean>`exists (select 1 from ${from} where ${join} and ${inner})`;
  const missing = isNull(place, name, false);
  return sql<boolean>`(case when ${missing} then false else (select ${inner} from ${from} where ${join}) end)`;
}

function many(
  place: Place,
  quantifier: 'some' | 'none' | 'every',
  name: string,
  item: Condition,
): BooleanSql {
  const violated: Condition = quantifier === 'every' ? { op: 'not', item } : item;
  const { inner, from, join } = through(place, name, violated, false);
  const found = sql<boolean>`exists (select 1 from ${from} where ${join} and ${inner})`;
  return quantifier === 'some' ? found : sql<boolean>`(not ${found})`;
}

function group(place: Place, op: 'and' | 'or', items: readonly Condition[]): BooleanSql {
  if (items.length === 0) return op === 'and' ? sql<boolean>`true` : sql<boolean>`false`;
  const parts = items.map((item) => render(place, item));
  return sql<boolean>`(${sql.join(parts, op === 'and' ? sql` and ` : sql` or `)})`;
}

function inList(place: Place, field: string, values: readonly Scalar[] | Slot, negated: boolean): BooleanSql {
  const column = fieldRef(place.model, place.alias, field);
  const list = isSlot(values) ? sql`${values}` : sql`${[...values]}`;
  return negated ? sql<boolean>`(${column} <> all(${list}))` : sql<boolean>`(${column} = any(${list}))`;
}

function render(place: Place, condition: Condition): BooleanSql {
  switch (condition.op) {
    case 'and':
    case 'or':
      return group(place, condition.op, condition.items);
    case 'not':
      return sql<boolean>`(not ${render({ ...place, negated: true }, condition.item)})`;
    case 'null':
      return isNull(place, condition.field, condition.negated);
    case 'in':
    case 'notIn':
      return inList(place, condition.field, condition.values, condition.op === 'notIn');
    case 'compare': {
      const column = fieldRef(place.model, place.alias, condition.field);
      return sql<boolean>`(${column} ${comparisons[condition.operator]} ${condition.value})`;
    }
    case 'match': {
      const column = fieldRef(place.model, place.alias, condition.field);
      const { value } = condition;
      return sql<boolean>`(${column} ilike ${isSlot(value) ? value : likePattern(condition.operator, value)})`;
    }
    case 'is':
      return is(place, condition.relation, condition.item);
    case 'some':
    case 'none':
    case 'every':
      return many(place, condition.op, condition.relation, condition.item);
  }
}

/** A source of aliases that are new within one statement: `w1`, `w2` and so on. */
export function aliasCounter(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}${++count}`;
}

/**
 * The condition as one boolean expression over the rows of `model` that stand under `alias`. Values
 * become parameters. It joins nothing: relations are asked through subqueries, so it may stand in any WHERE or FILTER.
 *
 * `nextAlias` names the tables of subqueries; a statement with several conditions passes one counter to all of them.
 */
export function whereExpression(
  catalogue: Catalogue,
  model: Model,
  alias: string,
  condition: Condition,
  nextAlias: () => string = aliasCounter('w'),
): BooleanSql {
  return render({ catalogue, model, alias, negated: false, nextAlias }, condition);
}
