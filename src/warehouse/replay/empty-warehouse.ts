// Whether a warehouse is empty, and how what a replay published for nobody is taken out of it again.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

/** What every fact, file and position leaves behind. */
const tables = [
  'fact_sales',
  'fact_event',
  'fact_measurement',
  'fact_decision',
  'decision_claim',
  'dim_customer',
  'dim_product',
  'load_file',
  'stream_position',
  'example_sequence',
  'learner_state',
  'log_topic',
] as const;

/** Which tables hold something. UNAVAILABLE or TIMEOUT when the database is away. */
export async function findFilled({ kysely }: Pick<Database, 'kysely'>): Promise<readonly string[]> {
  try {
    const checks = tables.map(
      (name) => sql`SELECT ${name}::text AS name WHERE EXISTS (SELECT FROM ${sql.table(name)})`,
    );
    const { rows } = await sql<{ name: string }>`${sql.join(checks, sql` UNION ALL `)}`.execute(kysely);
    return rows.map(({ name }) => name);
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** Forgets what waits to be published: whoever reads the log has it from the first time. */
export async function forgetOutbox({ kysely }: Pick<Database, 'kysely'>): Promise<void> {
  try {
    await sql`DELETE FROM outbox`.execute(kysely);
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
