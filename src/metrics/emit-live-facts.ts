// Facts of a live cut in PostgreSQL: which rows lie in a window under a key, and the key of a row as JSON text.

import { sql } from 'kysely';
import { type Catalogue, columnOf } from '../warehouse/catalogue.js';
import { fieldRef } from '../warehouse/read/where.js';
import { plainText } from '../warehouse/read/wire.js';
import { boundOf, instantRef } from './emit-cut.js';
import { factColumns, keyOf } from './emit-dimension.js';
import type { Sql } from './emit-time.js';
import type { Grain } from './grain.js';
import type { LiveDimension, LivePart } from './live-cuts.js';

/** The columns of the fact, under the alias `f`, that the keys of a cut stand in. */
export function groupColumns({ model }: LivePart, dimensions: readonly LiveDimension[]): Sql[] {
  return dimensions.flatMap(({ grouping }) => factColumns(model, 'f', grouping));
}

/** The key of a group whose columns are `groups`, written as JSON.stringify writes it, and the joins that it needs. */
export function keyText(
  dimensions: readonly LiveDimension[],
  groups: readonly Sql[],
): { readonly joins: Sql; readonly text: Sql } {
  if (dimensions.length === 0) return { joins: sql``, text: sql`'[]'` };
  let next = 0;
  const keys = dimensions.map(({ grouping }, place) => {
    const width = grouping.kind === 'foreignKey' ? grouping.relation.from.length : 1;
    const group = groups.slice(next, next + width);
    next += width;
    return keyOf(grouping, group, `_d${place}`);
  });
  const joins = keys.flatMap(({ join }) => (join ? [sql` ${join}`] : []));
  const texts = keys.map(({ value }) => sql`coalesce(to_json(${value})::text, 'null')`);
  return { joins: sql.join(joins, sql``), text: sql`'[' || ${sql.join(texts, sql` || ',' || `)} || ']'` };
}

/** The moment of a fact under the alias `f`. */
function instantOfFact({ model, source }: LivePart): Sql {
  return instantRef(columnOf(model, source.time), fieldRef(model, 'f', source.time));
}

/** The beginning of the window that a fact under the alias `f` lies in. */
export function windowStartOfFact(part: LivePart, every: Grain): Sql {
  if (every === 'ALL') return sql`timestamptz 'epoch'`;
  return sql`date_trunc(${sql.lit(every.toLowerCase())}, ${instantOfFact(part)}, 'UTC')`;
}

/** Whether a fact under the alias `f` happened from one instant on and before another; an end that is null is open. */
export function happenedWithin({ model, source }: LivePart, from: Sql | null, to: Sql | null): Sql {
  const column = columnOf(model, source.time);
  const time = fieldRef(model, 'f', source.time);
  const parts = [
    ...(from ? [sql`${time} >= ${boundOf(column, from)}`] : []),
    ...(to ? [sql`${time} < ${boundOf(column, to)}`] : []),
  ];
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}

/** Whether a fact under the alias `f` has the keys of a JSON array. */
export function hasKey(
  catalogue: Catalogue,
  part: LivePart,
  dimensions: readonly LiveDimension[],
  key: Sql,
): Sql {
  const parts = dimensions.map(({ grouping }, place) => {
    const given = sql`(${key}::jsonb ->> ${sql.lit(place)})`;
    if (grouping.kind === 'field') {
      return sql`${plainText(grouping.value, factColumns(part.model, 'f', grouping)[0] ?? sql`null`)} is not distinct from ${given}`;
    }
    const { relation, target, value } = grouping;
    const model = catalogue.model(target.name);
    const id = (field: string) => fieldRef(model, '_t', field);
    const pairs = relation.from.map((field, index) => {
      const other = relation.to[index] ?? '';
      return sql`${fieldRef(part.model, 'f', field)} is not distinct from (select ${id(other)} from ${sql.table(model.table)} as _t where ${fieldRef(model, '_t', value.name)} = ${given})`;
    });
    return sql.join(pairs, sql` and `);
  });
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}
