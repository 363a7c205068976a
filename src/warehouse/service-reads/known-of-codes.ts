// What was known of customers and products before a moment, asked for by their codes.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { type KnownBefore, knownBefore, knownByKey } from '../stream/known-before.js';
import { readRows } from './read-rows.js';

/** Whom or what is asked for, by its code, and the moment (milliseconds since 1970) before which it must have happened. */
export interface CodeMoment {
  readonly code: string;
  readonly beforeMs: number;
}

const given = (table: 'dim_customer' | 'dim_product', moments: readonly CodeMoment[]): RawBuilder<unknown> =>
  sql`
    SELECT given.place AS key, member.id, to_timestamp(given.before_ms / 1000) AS before FROM unnest(
      ${moments.map(({ code }) => code)}::text[], ${moments.map(({ beforeMs }) => beforeMs)}::numeric[]
    ) WITH ORDINALITY AS given (code, before_ms, place)
    LEFT JOIN ${sql.table(table)} AS member ON member.code = given.code`;

/**
 * What was known of each, by its place in its list, from 1 on, in one statement; the same code may be asked for at several
 * moments. A code that nobody has seen is known as one that has sold or bought nothing. Fails with a FlywheelError:
 * UNAVAILABLE, TIMEOUT, CANCELLED, or BAD_INPUT for a code that the database cannot hold.
 */
export async function readKnownOfCodes(
  database: Database,
  products: readonly CodeMoment[],
  customers: readonly CodeMoment[],
  signal?: AbortSignal,
): Promise<KnownBefore> {
  const statement = knownBefore(given('dim_product', products), given('dim_customer', customers));
  const rows = await readRows(database, statement, signal, 'known of codes');
  return knownByKey(
    rows.map(([isProduct, key, price, sales]) => ({
      is_product: isProduct === true,
      key: Number(key),
      price: price === null ? null : Number(price),
      sales: Number(sales),
    })),
  );
}
