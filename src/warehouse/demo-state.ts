// Whether the warehouse is anybody's yet, so that a demonstration never mixes with real data.

import type { Database } from './database.js';

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
    `SELECT NOT EXISTS (SELECT FROM fact_sales WHERE source <> $1)
        AND NOT EXISTS (SELECT FROM load_file WHERE source <> $1)
        AND (SELECT count(DISTINCT model) FROM load_file) < $2
        AND (EXISTS (SELECT FROM load_file)
          OR NOT EXISTS (SELECT FROM dim_product) AND NOT EXISTS (SELECT FROM dim_customer)) AS awaits`,
    [source, fileCount],
  );
  return rows[0]?.awaits === true;
}
