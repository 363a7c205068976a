// Tables that carry matrices to an engine that factorises them, and the factors back: made for one run, dropped after it.

import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.js';
import { copyRows } from './stream/copy-rows.js';
import { inTransaction } from './transaction.js';

/** A matrix as compressed rows: entry `at` of row r, for `at` from starts[r] to starts[r + 1], stands in column indices[at]. */
export interface StagedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

export interface FactorStaging {
  /** The table of the entries: `part`, the place of the matrix; `customer`, the row; `product`, the column; `value`. */
  readonly entries: string;
  /** The table that takes the factors of the columns: `part`, `product`, `factors`. */
  readonly factors: string;
}

type Connections = Pick<Database, 'pool' | 'kysely'>;

const prefix = 'factor_staging_';
/** How many rows of factors are read at once. */
const pageRows = 10_000;
/** A table of an earlier run that somebody still uses is left for the next run to drop. */
const dropWaitMs = 2_000;

/** Makes both tables and fills the first, in one transaction; what earlier runs left behind goes. */
export async function stageMatrices(
  database: Connections,
  matrices: readonly StagedMatrix[],
): Promise<FactorStaging> {
  await dropLeftovers(database);
  const name = `${prefix}${randomBytes(8).toString('hex')}`;
  const staging = { entries: `${name}_entries`, factors: `${name}_factors` };
  await inTransaction(database, async (session) => {
    await session.run(sql`CREATE UNLOGGED TABLE ${sql.table(staging.entries)}
      (part integer NOT NULL, customer integer NOT NULL, product integer NOT NULL, value real NOT NULL)`);
    await session.run(sql`CREATE UNLOGGED TABLE ${sql.table(staging.factors)}
      (part integer NOT NULL, product integer NOT NULL, factors real[] NOT NULL)`);
    for (const [part, matrix] of matrices.entries()) {
      const rows = Array.from({ length: matrix.rows }, (_, row) => row);
      await copyRows(session, staging.entries, ['part', 'customer', 'product', 'value'], rows, (row) =>
        linesOf(matrix, part, row),
      );
    }
    await session.run(sql`ANALYZE ${sql.table(staging.entries)}`);
  });
  return staging;
}

function linesOf({ starts, indices, values }: StagedMatrix, part: number, row: number): string {
  let lines = '';
  for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
    lines += `${part}\t${row}\t${indices[at] ?? 0}\t${values[at] ?? 0}\n`;
  }
  return lines;
}

/**
 * The factors of one matrix, columns x `factors` by rows; a column without any has zeros, as one without entries should.
 * They have single precision.
 */
export async function readFactors(
  { kysely }: Connections,
  staging: FactorStaging,
  { part, columns, factors }: { readonly part: number; readonly columns: number; readonly factors: number },
): Promise<Float64Array> {
  const all = new Float64Array(columns * factors);
  for (let from = 0; from < columns; from += pageRows) {
    const { rows } = await sql<{ readonly product: number; readonly factors: readonly number[] }>`
      SELECT product, factors FROM ${sql.table(staging.factors)}
      WHERE part = ${part} AND product >= ${from} AND product < ${from + pageRows}`.execute(kysely);
    for (const { product, factors: own } of rows) all.set(own.map(Math.fround), product * factors);
  }
  return all;
}

/** Drops both tables. */
export async function dropStaging(database: Connections, staging: FactorStaging): Promise<void> {
  await drop(database, [staging.entries, staging.factors]);
}

/** A run that died could not drop its tables; one that has lost its duty and still goes on fails without them, as it should. */
async function dropLeftovers(database: Connections): Promise<void> {
  const { rows } = await sql<{ readonly name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND starts_with(relname, ${prefix}) AND relnamespace = current_schema()::regnamespace`.execute(
    database.kysely,
  );
  for (const { name } of rows) await drop(database, [name]).catch(() => undefined);
}

async function drop(database: Connections, tables: readonly string[]): Promise<void> {
  await inTransaction(database, async (session) => {
    await session.run(sql`SET LOCAL lock_timeout = ${sql.lit(dropWaitMs)}`);
    for (const table of tables) await session.run(sql`DROP TABLE IF EXISTS ${sql.table(table)}`);
  });
}
