// Dimensions in PostgreSQL: what facts are grouped by, and how groups get their keys and labels.

import { sql } from 'kysely';
import {
  type Catalogue,
  type Column,
  columnOf,
  type Model,
  type Relation,
  relationOf,
} from '../warehouse/catalogue.js';
import { fieldRef, joinCondition } from '../warehouse/read/where.js';
import { plainText } from '../warehouse/read/wire.js';
import type { DimensionDefinition } from './definition.js';
import type { Sql } from './emit-time.js';

/** The to-one relations of a path, from the fact on. */
function hops(catalogue: Catalogue, fact: Model, path: readonly string[]) {
  let at = fact;
  return path.map((name) => {
    const relation = relationOf(at, name);
    if (relation.list)
      throw new Error(`A dimension cannot follow ${at.name}.${name}, which leads to many rows.`);
    const hop = { from: at, relation, to: catalogue.model(relation.model) };
    at = hop.to;
    return hop;
  });
}

/**
 * How a dimension is grouped. `foreignKey`: by the key that the fact holds, with the dimension's table
 * joined to the finished groups, since one key is one value. `joined`: by the value, with the tables joined
 * to the facts, since many keys share a value. `field`: by a field of the fact. `timePart`: by a part of the time.
 */
export type Grouping =
  | {
      readonly kind: 'foreignKey';
      readonly relation: Relation;
      readonly target: Model;
      readonly value: Column;
      readonly label: Column | null;
    }
  | { readonly kind: 'joined'; readonly value: Column; readonly label: Column | null }
  | { readonly kind: 'field'; readonly value: Column }
  | { readonly kind: 'timePart'; readonly part: 'isodow' | 'hour' };

/** How the dimension is grouped over a fact. */
export function groupingOf(catalogue: Catalogue, fact: Model, dimension: DimensionDefinition): Grouping {
  const { by } = dimension;
  if (by.kind !== 'field') return { kind: 'timePart', part: by.kind === 'weekday' ? 'isodow' : 'hour' };
  const path = hops(catalogue, fact, by.path);
  const last = path.at(-1);
  if (!last) return { kind: 'field', value: columnOf(fact, by.value) };
  const value = columnOf(last.to, by.value);
  const label = by.label === undefined ? null : columnOf(last.to, by.label);
  const unique = last.to.uniqueKeys.some((key) => key.length === 1 && key[0] === by.value);
  if (path.length === 1 && unique && last.relation.owns) {
    return { kind: 'foreignKey', relation: last.relation, target: last.to, value, label };
  }
  return { kind: 'joined', value, label };
}

/** The joins that a `joined` dimension needs beside the facts, and the columns to group by. */
export function joinedColumns(
  catalogue: Catalogue,
  fact: Model,
  factAlias: string,
  dimension: DimensionDefinition,
  prefix: string,
): { readonly joins: readonly Sql[]; readonly columns: readonly Sql[] } {
  if (dimension.by.kind !== 'field') throw new Error(`${dimension.name} stands in no table.`);
  let alias = factAlias;
  let model = fact;
  const joins = hops(catalogue, fact, dimension.by.path).map((hop, place) => {
    const joined = `${prefix}${place}`;
    const on = joinCondition(hop.from, alias, hop.relation, hop.to, joined);
    alias = joined;
    model = hop.to;
    return sql`left join ${sql.table(hop.to.table)} as ${sql.ref(joined)} on ${on}`;
  });
  const { value, label } = dimension.by;
  const fields = label === undefined ? [value] : [value, label];
  return { joins, columns: fields.map((field) => fieldRef(model, alias, field)) };
}

/** How many columns the groups of a dimension take. */
export function groupWidth(grouping: Grouping): number {
  if (grouping.kind === 'foreignKey') return grouping.relation.from.length;
  return grouping.kind === 'joined' && grouping.label ? 2 : 1;
}

/** The columns of the fact that a dimension is grouped by, where it is grouped by such. */
export function factColumns(fact: Model, alias: string, grouping: Grouping): readonly Sql[] {
  if (grouping.kind === 'foreignKey')
    return grouping.relation.from.map((field) => fieldRef(fact, alias, field));
  if (grouping.kind === 'field') return [sql`${sql.ref(alias)}.${sql.ref(grouping.value.column)}`];
  return [];
}

/** A key as it is ordered and shown. */
export interface KeySql {
  readonly join: Sql | null;
  /** What the key is ordered by: numbers and times by size, text by code point. */
  readonly order: Sql;
  readonly value: Sql;
  readonly label: Sql;
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** The key and the label of a group whose columns are `group`; `alias` is free for the dimension's table. */
export function keyOf(grouping: Grouping, group: readonly Sql[], alias: string): KeySql {
  const [first] = group;
  if (!first) throw new Error('A dimension is grouped by no column.');
  switch (grouping.kind) {
    case 'timePart': {
      const value = sql`${first}::text`;
      const label =
        grouping.part === 'isodow'
          ? sql`(array[${sql.join(weekdays.map((day) => sql.lit(day)))}])[${first}]`
          : sql`lpad(${value}, 2, '0') || ':00'`;
      return { join: null, order: first, value, label };
    }
    case 'field':
      return shown(grouping.value, first, null);
    case 'joined': {
      const label = grouping.label && group[1] ? plainText(grouping.label, group[1]) : null;
      return shown(grouping.value, first, label);
    }
    case 'foreignKey': {
      const { relation, target, value, label } = grouping;
      const pairs = relation.to.map(
        (field, place) => sql`${fieldRef(target, alias, field)} = ${group[place]}`,
      );
      const join = sql`left join ${sql.table(target.table)} as ${sql.ref(alias)} on ${sql.join(pairs, sql` and `)}`;
      const at = (column: Column) => sql`${sql.ref(`${alias}.${column.column}`)}`;
      return { ...shown(value, at(value), label && plainText(label, at(label))), join };
    }
  }
}

function shown(column: Column, ref: Sql, label: Sql | null): KeySql {
  const value = plainText(column, ref);
  const isText = column.type === 'String' || column.type === 'Enum';
  return { join: null, order: isText ? sql`${value} collate "C"` : ref, value, label: label ?? value };
}
