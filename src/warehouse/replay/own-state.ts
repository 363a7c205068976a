// What a warehouse knows that is neither in the log nor in files: carried from one warehouse to another.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';
import { inTransaction } from '../transaction.js';

type Warehouse = Pick<Database, 'pool' | 'kysely'>;

/** A table, and which columns hold keys of members, which are others in another warehouse. */
interface CarriedTable {
  readonly name: string;
  readonly customer?: true;
  readonly product?: true;
}

/**
 * What operators have set, and what the system has done by itself: without it, it would do the same again. No decision of
 * the log is among it, and nothing that is worked out from facts.
 */
const carried: readonly CarriedTable[] = [
  { name: 'wheel_switch' },
  { name: 'webhook' },
  { name: 'campaign' },
  { name: 'campaign_offer', customer: true },
  { name: 'wheel_trigger', customer: true, product: true },
  { name: 'reorder_state', product: true },
];

/** How many rows go at once. */
const pageRows = 5_000;

/**
 * Carries switches, webhooks, campaigns and what was done about customers and products. A row about a member that is not
 * there is left out. UNAVAILABLE or TIMEOUT when a database is away.
 */
export async function carryState(from: Warehouse, into: Warehouse): Promise<void> {
  for (const table of carried) await carryTable(from, into, table);
}

/** Sets the clocks at least as far as they are in the other warehouse. UNAVAILABLE or TIMEOUT when a database is away. */
export async function carryClocks(from: Warehouse, into: Warehouse): Promise<void> {
  const clocks = await rowsOf(
    from,
    sql<{ row: unknown }>`SELECT to_jsonb(live_clock) AS row FROM live_clock`,
  );
  await inTransaction(into, (session) =>
    session.run(sql`
      INSERT INTO live_clock AS clock
      SELECT * FROM jsonb_populate_recordset(NULL::live_clock, ${JSON.stringify(clocks)}::jsonb)
      ON CONFLICT (name) DO UPDATE SET watermark = greatest(clock.watermark, excluded.watermark)`),
  );
}

async function carryTable(
  from: Warehouse,
  into: Warehouse,
  { name, customer, product }: CarriedTable,
): Promise<void> {
  const members = [
    ...(customer ? [{ column: 'customer_id', table: 'dim_customer' }] : []),
    ...(product ? [{ column: 'product_id', table: 'dim_product' }] : []),
  ];
  const codes = members.map(
    ({ column, table }) =>
      sql`|| jsonb_build_object(${column}::text,
        (SELECT code FROM ${sql.table(table)} AS member WHERE member.id = kept.${sql.ref(column)}))`,
  );
  const rows = await rowsOf(
    from,
    sql<{ row: unknown }>`
      SELECT to_jsonb(kept) ${sql.join(codes, sql``)} AS row
      FROM ${sql.table(name)} AS kept`,
  );
  const ids = members.map(
    ({ column, table }) => sql`
      || jsonb_build_object(${column}::text,
        (SELECT id FROM ${sql.table(table)} AS member WHERE member.code = given.value ->> ${column}))`,
  );
  const isKnown = members.map(
    ({ column, table }) =>
      sql`AND EXISTS (SELECT FROM ${sql.table(table)} AS member WHERE member.code = given.value ->> ${column})`,
  );
  for (let at = 0; at < rows.length; at += pageRows) {
    const page = JSON.stringify(rows.slice(at, at + pageRows));
    await inTransaction(into, (session) =>
      session.run(sql`
        INSERT INTO ${sql.table(name)}
        SELECT kept.* FROM jsonb_array_elements(${page}::jsonb) AS given (value)
        CROSS JOIN LATERAL jsonb_populate_record(NULL::${sql.table(name)}, given.value ${sql.join(ids, sql``)}) AS kept
        WHERE true ${sql.join(isKnown, sql` `)}
        ON CONFLICT DO NOTHING`),
    );
  }
}

async function rowsOf(
  { kysely }: Pick<Database, 'kysely'>,
  statement: ReturnType<typeof sql<{ row: unknown }>>,
): Promise<readonly unknown[]> {
  try {
    return (await statement.execute(kysely)).rows.map(({ row }) => row);
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
