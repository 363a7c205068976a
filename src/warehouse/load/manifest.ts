// The files that a warehouse was loaded from, with all that loading them again takes.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

export interface ManifestFile {
  readonly name: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  readonly model: string;
  readonly source: string;
  /** Where it was, as an absolute path; null where that was not kept. */
  readonly path: string | null;
  /** The content of its mapping as JSON text; null where that was not kept. */
  readonly mapping: string | null;
  /** How far the log had been read: the place of the next record by TOPIC/PARTITION; empty before any was. */
  readonly position: Readonly<Record<string, string>>;
}

/** In the order in which they were last loaded. UNAVAILABLE or TIMEOUT when the database is away. */
export async function readManifest({ kysely }: Pick<Database, 'kysely'>): Promise<readonly ManifestFile[]> {
  try {
    const { rows } = await sql<ManifestFile>`
      SELECT name, sha256, model, source, path, mapping, coalesce(position, '{}')::json AS position
      FROM load_file ORDER BY loaded_at, id`.execute(kysely);
    return rows;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
