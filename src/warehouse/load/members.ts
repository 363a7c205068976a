// The members of dimensions that rows point at: from natural key to primary key, created as stubs when unknown.

import { sql } from 'kysely';
import type { Column } from '../catalogue.js';
import type { Session } from '../session.js';
import type { Dimension } from './plan.js';

/** How many keys of one dimension are kept in memory before those that were not used lately are forgotten. */
const recentMax = 50_000;

export interface Members {
  /** The primary key of a member that `resolve` has found; undefined when there is none. */
  id(key: string): string | undefined;
  /** Finds those members, and creates the ones that do not exist when the key alone is enough. */
  resolve(keys: ReadonlySet<string>): Promise<void>;
  /** How many members were created. */
  created(): number;
}

interface Known {
  readonly key: string;
  readonly id: string;
}

/** The members of one dimension, for the time of one load. */
export function createMembers(session: Session, dimension: Dimension): Members {
  // Kept under the texts that the database gave: one cut from a piece of the file would keep the whole piece in memory.
  let recent = new Map<string, Known>();
  let older = new Map<string, Known>();
  let created = 0;
  const { key, id, model } = dimension;
  const fits = key.type === 'Int' ? (text: string) => Math.abs(Number(text)) < 2 ** 31 : () => true;

  async function find(keys: readonly string[]): Promise<void> {
    const rows = await session.rows(sql<Known>`
      SELECT ${sql.ref(key.column)}::text AS key, ${sql.ref(id.column)}::text AS id
      FROM ${sql.table(model.table)}
      WHERE ${sql.ref(key.column)} = ANY(${keys}::${keyType(key)}[])`);
    for (const row of rows) recent.set(row.key, row);
  }

  async function create(keys: readonly string[]): Promise<void> {
    const rows = await session.rows(sql<Known>`
      INSERT INTO ${sql.table(model.table)} (${sql.ref(key.column)})
      SELECT unnest(${keys}::${keyType(key)}[])
      ON CONFLICT DO NOTHING
      RETURNING ${sql.ref(key.column)}::text AS key, ${sql.ref(id.column)}::text AS id`);
    for (const row of rows) recent.set(row.key, row);
    created += rows.length;
  }

  function idOf(name: string): string | undefined {
    const known = recent.get(name);
    if (known !== undefined) return known.id;
    const knownBefore = older.get(name);
    if (knownBefore !== undefined) recent.set(knownBefore.key, knownBefore);
    return knownBefore?.id;
  }

  const unknown = (keys: Iterable<string>) => [...keys].filter((name) => idOf(name) === undefined);

  return {
    id: idOf,
    created: () => created,
    async resolve(keys) {
      // What the caller asked for since the last time stays known, because asking made it recent.
      if (recent.size > recentMax) [recent, older] = [new Map(), recent];
      const asked = unknown(keys).filter(fits);
      if (asked.length === 0) return;
      await find(asked);
      const missing = unknown(asked);
      if (missing.length === 0 || dimension.needed.length > 0) return;
      await create(missing);
      // Someone else may have created one at the same moment; then ours waited for theirs and gave nothing back.
      const contested = unknown(missing);
      if (contested.length > 0) await find(contested);
    },
  };
}

function keyType(column: Column): ReturnType<typeof sql.raw> {
  return sql.raw(column.type === 'Int' ? 'integer' : column.type === 'BigInt' ? 'bigint' : 'text');
}
