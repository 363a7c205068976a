// Whether the warehouse is anybody's yet, so that a demonstration never mixes with real data.

import type { Database } from './database.js';

/**
 * Whether no fact is of a source other than $1. Cheap at any size: the least and the greatest source of a table stand
 * at the two ends of an index.
 */
const noOthersFacts = ['fact_sales', 'fact_event', 'fact_measurement']
  .map((table) => `(SELECT coalesce(min(source) = $1 AND max(source) = $1, true) FROM ${table})`)
  .join(' AND ');

/**
 * Whether a demonstration of so many files may fill the warehouse: it holds nothing, or the beginning of the same
 * demonstration that did not get to its end.
 */
export async function awaitsDemo(
  { pool }: Pick<Database, 'pool'>,
  source: string,
  fileCount: number,
): Promise<boolean> {
  const { rows } = await pool.query<{ awaits: boolean }>(
    `SELECT ${noOthersFacts}
        AND NOT EXISTS (SELECT FROM load_file WHERE source <> $1)
        AND (SELECT count(DISTINCT model) FROM load_file) < $2
        AND (EXISTS (SELECT FROM load_file)
          OR NOT EXISTS (SELECT FROM dim_product) AND NOT EXISTS (SELECT FROM dim_customer)) AS awaits`,
    [source, fileCount],
  );
  return rows[0]?.awaits === true;
}

/**
 * The present at which the demonstration of so many files was filled in, or undefined when it is not there as a whole
 * or anything of another source is there too.
 */
export async function demoUntil(
  { pool }: Pick<Database, 'pool'>,
  source: string,
  fileCount: number,
): Promise<Date | undefined> {
  const { rows } = await pool.query<{ until: Date | null }>(
    `SELECT max(counted_at) AS until FROM stock_level
      WHERE (SELECT count(DISTINCT model) = $2 AND bool_and(source = $1) FROM load_file) AND ${noOthersFacts}`,
    [source, fileCount],
  );
  return rows[0]?.until ?? undefined;
}
