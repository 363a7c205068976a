// Facts from PostgreSQL as Flink takes them, a stretch of their ids at a time.

import { type RawBuilder, sql } from 'kysely';
import { columnOf } from '../warehouse/catalogue.js';
import { fieldRef, joinCondition } from '../warehouse/read/where.js';
import { plainText } from '../warehouse/read/wire.js';
import { instantRef } from './emit-cut.js';
import type { FlinkFact } from './flink-facts.js';
import type { FactRow } from './live-facts.js';

/**
 * A fact by the names of the fields that Flink knows: a time in milliseconds since 1970, decimals as text. Always in one
 * order: a stretch that is published again is divided into the same records, each of which is known by its name.
 */
export function historyRows(
  { fact, part: { model, source }, fields }: FlinkFact,
  after: string,
  upTo: string,
): RawBuilder<FactRow> {
  const dimensions = fact.groups.flatMap((group) => group.dimensions);
  const joins = new Map<string, RawBuilder<unknown>>();
  const columns = fields.map(({ name }) => {
    const as = sql.ref(name);
    if (name === source.time) {
      const instant = instantRef(columnOf(model, name), fieldRef(model, 'f', name));
      return sql`round(extract(epoch from ${instant}) * 1000)::float8 as ${as}`;
    }
    const grouping = dimensions.find(({ field }) => field === name)?.grouping;
    if (grouping?.kind === 'foreignKey') {
      const { relation, target, value } = grouping;
      const alias = `_${name}`;
      const on = joinCondition(model, 'f', relation, target, alias);
      joins.set(name, sql` left join ${sql.table(target.table)} as ${sql.ref(alias)} on ${on}`);
      return sql`${plainText(value, fieldRef(target, alias, value.name))} as ${as}`;
    }
    const column = columnOf(model, name);
    const ref = fieldRef(model, 'f', name);
    return column.type === 'Int' ? sql`${ref} as ${as}` : sql`${plainText(column, ref)} as ${as}`;
  });
  return sql<FactRow>`
    select ${sql.join(columns)} from ${sql.table(model.table)} as f${sql.join([...joins.values()], sql``)}
    where f.id > ${after}::bigint and f.id <= ${upTo}::bigint order by f.id`;
}
