// The members of dimensions that events point at: from code to key, created at once when nobody has seen them before.

import { sql } from 'kysely';
import { FlywheelError } from '../../core/errors.js';
import type { Database } from '../database.js';

/** How many codes of a dimension are kept in memory before those that were not used lately are forgotten. */
const recentMax = 100_000;

export interface Members {
  /**
   * The keys of all these codes. Those that are missing are created, in a transaction of their own: two writers that
   * create the same ones never wait for each other's batch. BAD_INPUT for a code that the database cannot hold as it is.
   */
  resolve(codes: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  /** Forgets what is in memory, after a member that it knew was removed. */
  forget(): void;
}

interface Known {
  readonly code: string;
  readonly id: number;
}

export interface MemberTable {
  readonly table: 'dim_customer' | 'dim_product' | 'dim_region';
  readonly column: 'code' | 'name';
}

export function createMembers({ kysely }: Pick<Database, 'kysely'>, { table, column }: MemberTable): Members {
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  const name = sql.ref(column);

  /** Kept under the texts that the database gave: one that was cut from a record would keep the record in memory. */
  const keep = (rows: readonly Known[]) => {
    for (const { code, id } of rows) recent.set(code, id);
    return rows;
  };
  const find = async (codes: readonly string[]) =>
    keep(
      (
        await sql<Known>`
          SELECT ${name} AS code, id FROM ${sql.table(table)} WHERE ${name} = ANY(${codes}::text[])`.execute(
          kysely,
        )
      ).rows,
    );
  const create = async (codes: readonly string[]) =>
    keep(
      (
        await sql<Known>`
          INSERT INTO ${sql.table(table)} (${name}) SELECT unnest(${codes}::text[])
          ON CONFLICT DO NOTHING RETURNING ${name} AS code, id`.execute(kysely)
      ).rows,
    );

  /** Adds to `ids` what the steps find, until nothing is missing. */
  async function complete(ids: Map<string, number>, codes: readonly string[]): Promise<void> {
    let missing = codes;
    // Somebody else may create one at the same moment; then ours gives nothing back, and the last step finds it.
    for (const step of [find, create, find]) {
      if (missing.length === 0) return;
      for (const { code, id } of await step(missing)) ids.set(code, id);
      missing = missing.filter((code) => !ids.has(code));
    }
    if (missing.length > 0) {
      throw new FlywheelError('BAD_INPUT', 'A code holds characters that cannot be stored.');
    }
  }

  return {
    async resolve(codes) {
      if (recent.size > recentMax) [recent, older] = [new Map(), recent];
      const ids = new Map<string, number>();
      const missing: string[] = [];
      for (const code of codes) {
        const id = recent.get(code) ?? older.get(code);
        if (id === undefined) missing.push(code);
        else {
          ids.set(code, id);
          if (!recent.has(code)) recent.set(Buffer.from(code).toString(), id);
        }
      }
      // In one order everywhere, so that two writers that create the same ones never wait for each other in a ring.
      await complete(ids, missing.sort());
      return ids;
    },
    forget() {
      recent = new Map();
      older = new Map();
    },
  };
}
