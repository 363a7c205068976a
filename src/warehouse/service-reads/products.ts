// Products by their codes, for whatever a service names.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { readRows } from './read-rows.js';

/** A row of the table of products, under the names of the model. */
export interface ProductRow {
  readonly id: number;
  readonly code: string;
  readonly name: string | null;
  readonly category: string | null;
  readonly description: string | null;
}

const textOf = (value: unknown) => (value === null ? null : String(value));

/**
 * Those of the products that there are, in no order. A list of services' answers names hundreds at once, which the Prisma
 * client takes several times as long for.
 */
export async function readProducts(
  database: Database,
  codes: readonly string[],
  signal?: AbortSignal,
): Promise<readonly ProductRow[]> {
  const rows = await readRows(
    database,
    sql`
      SELECT id, code, name, category, description
      FROM dim_product WHERE code = ANY(${[...codes]}::text[])`,
    signal,
    'products by their codes',
  );
  return rows.map(([id, code, name, category, description]) => ({
    id: Number(id),
    code: String(code),
    name: textOf(name),
    category: textOf(category),
    description: textOf(description),
  }));
}
