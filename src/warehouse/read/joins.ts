// The to-one relations that a row's object looks through, as joins that are made once however often they are used.

import { type RawBuilder, sql } from 'kysely';
import { type Catalogue, type Model, relationOf } from '../catalogue.js';
import { fieldRef, joinCondition } from './where.js';

/** A table in reach: its model and the alias that it stands under. */
export interface Place {
  readonly model: Model;
  readonly alias: string;
}

/** The joins of one FROM. They are all to one row or none, so they neither add rows nor lose any. */
export interface Joins {
  readonly isEmpty: boolean;
  /** Where a relation of a place leads to. */
  follow(from: Place, relation: string): Place;
  /** Gives a record of values that are computed from the row; it neither mixes rows nor costs a join. */
  record(values: RawBuilder<unknown>): RawBuilder<unknown>;
  /** The joins, to be written behind the tables that they start from. */
  sql(): RawBuilder<unknown>;
}

/** An empty set of joins. */
export function createJoins(catalogue: Catalogue, nextAlias: () => string): Joins {
  const places = new Map<string, Place>();
  const parts: RawBuilder<unknown>[] = [];
  const records: RawBuilder<unknown>[] = [];
  return {
    get isEmpty() {
      return parts.length === 0;
    },
    follow(from, name) {
      const key = `${from.alias}.${name}`;
      const known = places.get(key);
      if (known) return known;
      const relation = relationOf(from.model, name);
      const model = catalogue.model(relation.model);
      const place = { model, alias: nextAlias() };
      const on = joinCondition(from.model, from.alias, relation, model, place.alias);
      parts.push(sql` left join ${sql.table(model.table)} as ${sql.ref(place.alias)} on ${on}`);
      places.set(key, place);
      return place;
    },
    record(values) {
      const alias = nextAlias();
      records.push(sql` cross join lateral (select ${values}) as ${sql.ref(alias)}`);
      return sql.ref(alias);
    },
    sql: () => sql`${sql.join([...parts, ...records], sql``)}`,
  };
}

/** The reference to the column at the end of a path over to-one relations. */
export function followPath(joins: Joins, from: Place, path: readonly string[]): Place & { field: string } {
  const field = path.at(-1);
  if (field === undefined) throw new Error(`A path over ${from.model.name} is empty.`);
  const place = path.slice(0, -1).reduce((at, relation) => joins.follow(at, relation), from);
  return { ...place, field };
}

/** Whether a joined row is missing. */
export function isMissing({ model, alias }: Place): RawBuilder<boolean> {
  const [key] = model.primaryKey;
  if (key === undefined) throw new Error(`The model ${model.name} has no primary key.`);
  return sql<boolean>`${fieldRef(model, alias, key)} is null`;
}
