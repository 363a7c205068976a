// A read in the words of the Prisma client: what the plugin's own resolvers pass to it.

import { catalogue, columnOf, findColumn, relationOf } from '../src/warehouse/catalogue.js';
import type { Database } from '../src/warehouse/database.js';
import {
  type Condition,
  escapeLike,
  isSlot,
  type Scalar,
  type Slot,
} from '../src/warehouse/read/condition.js';
import type { OrderTerm, Read } from '../src/warehouse/read/tree.js';

type Json = { readonly [key: string]: unknown };

function bound(model: string, field: string, value: Scalar | Slot): unknown {
  if (isSlot(value)) throw new Error('A condition with slots belongs to a compiled statement.');
  return columnOf(catalogue.model(model), field).type === 'BigInt' ? BigInt(value) : value;
}

function nullWhere(model: string, field: string, negated: boolean): Json {
  if (findColumn(catalogue.model(model), field)) return { [field]: negated ? { not: null } : null };
  return { [field]: negated ? { isNot: null } : { is: null } };
}

function primaryField(model: string): string {
  const [field] = catalogue.model(model).primaryKey;
  if (field === undefined) throw new Error(`The model ${model} has no primary key.`);
  return field;
}

/** A missing row meets no condition, not even an empty one. */
function toOneWhere(model: string, name: string, item: Condition): Json {
  const relation = relationOf(catalogue.model(model), name);
  const where = { [name]: { is: prismaWhere(relation.model, item) } };
  return relation.nullable ? { AND: [{ [name]: { isNot: null } }, where] } : where;
}

/** The condition as Prisma's `where` over the model. */
export function prismaWhere(model: string, condition: Condition): Json {
  switch (condition.op) {
    case 'and':
      return { AND: condition.items.map((item) => prismaWhere(model, item)) };
    case 'or':
      // Prisma takes an empty OR for no condition in some places; an empty list of keys finds nothing everywhere.
      if (condition.items.length === 0) return { [primaryField(model)]: { in: [] } };
      return { OR: condition.items.map((item) => prismaWhere(model, item)) };
    case 'not':
      return { NOT: prismaWhere(model, condition.item) };
    case 'null':
      return nullWhere(model, condition.field, condition.negated);
    case 'compare':
      return { [condition.field]: { [condition.operator]: bound(model, condition.field, condition.value) } };
    case 'match': {
      if (isSlot(condition.value)) throw new Error('A condition with slots belongs to a compiled statement.');
      return {
        [condition.field]: { [condition.operator]: escapeLike(condition.value), mode: 'insensitive' },
      };
    }
    case 'in':
    case 'notIn': {
      const { field, values } = condition;
      if (isSlot(values)) throw new Error('A condition with slots belongs to a compiled statement.');
      return { [field]: { [condition.op]: values.map((value) => bound(model, field, value)) } };
    }
    case 'is':
      return toOneWhere(model, condition.relation, condition.item);
    default: {
      const relation = relationOf(catalogue.model(model), condition.relation);
      return { [condition.relation]: { [condition.op]: prismaWhere(relation.model, condition.item) } };
    }
  }
}

function prismaOrder(term: OrderTerm, backward: boolean): Json {
  const [head = '', ...rest] = term.path;
  if (rest.length > 0) return { [head]: prismaOrder({ ...term, path: rest }, backward) };
  return { [head]: (term.direction === 'desc') !== backward ? 'desc' : 'asc' };
}

/** What `findMany` is given for a page; it reads one row ahead, and backward pages from their end. */
export function prismaPage(model: string, read: Read) {
  const conditions = read.seek ? [read.condition, read.seek] : [read.condition];
  return {
    where: { AND: conditions.map((condition) => prismaWhere(model, condition)) },
    orderBy: read.order.map((term) => prismaOrder(term, read.backward)),
    take: read.take + 1,
  };
}

interface Include {
  [relation: string]: true | { include: Include };
}

/** The relations that an ordering's values must be loaded from. */
export function orderInclude(order: readonly OrderTerm[]): Include | undefined {
  const paths = order.map(({ path }) => path).filter((path) => path.length > 1);
  return includeOf(paths);
}

function includeOf(paths: readonly (readonly string[])[]): Include | undefined {
  const include: Include = {};
  for (const head of new Set(paths.map(([relation = '']) => relation))) {
    const beneath = paths.filter(([relation]) => relation === head).map((path) => path.slice(1));
    const inner = includeOf(beneath.filter((path) => path.length > 1));
    include[head] = inner ? { include: inner } : true;
  }
  return Object.keys(include).length === 0 ? undefined : include;
}

interface Delegate<Row> {
  findMany(args: object): Promise<Row[]>;
  findFirst(args: object): Promise<Row | null>;
  count(args: object): Promise<number>;
}

/** The client's functions for a model that is named at run time; every model has these three. */
export function delegateOf<Row>(prisma: Database['prisma'], model: string): Delegate<Row> {
  const delegate: unknown = Reflect.get(prisma, model.charAt(0).toLowerCase() + model.slice(1));
  if (typeof delegate !== 'object' || delegate === null) throw new Error(`Prisma knows no model ${model}.`);
  // The client's own types name each model apart; here the name is data, checked by the catalogue.
  return delegate as Delegate<Row>;
}
