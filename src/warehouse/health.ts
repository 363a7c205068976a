// Whether the warehouse answers now.

import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';

/** Resolves when a statement gets through; otherwise rejects with what a failed query would say. */
export async function checkHealth({ pool }: Pick<Database, 'pool'>): Promise<void> {
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
