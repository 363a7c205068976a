// Lets go of records of the log in PostgreSQL that are older than they need be.

import type pg from 'pg';

export interface PruneOptions {
  readonly pool: pg.Pool;
  /** How long a record is kept at least, counted from when it was appended. */
  readonly retentionMs: number;
  /** The most records that one statement deletes (10,000). */
  readonly stepRecords?: number;
  /** Ends it between two steps; what is left is done next time. */
  readonly signal?: AbortSignal;
}

/**
 * Where a step leads: behind the records from the start on that are old enough, up to the first that is not. Times
 * grow with places, because they are taken under the lock of the partition.
 */
const moveStart = `
  WITH step AS (
    SELECT entry.place, entry.appended_at
    FROM log_partition part
    JOIN log_entry entry
      ON entry.topic_id = part.topic_id AND entry.partition = part.partition AND entry.place >= part.start_offset
    WHERE part.topic_id = $1::uuid AND part.partition = $2::int
    ORDER BY entry.place
    LIMIT $4::int
  ), reached AS (
    SELECT coalesce(
      min(place) FILTER (WHERE appended_at >= now() - $3::float8 * interval '1 millisecond'),
      max(place) + 1
    ) AS place
    FROM step
  )
  UPDATE log_partition part SET start_offset = reached.place
  FROM reached
  WHERE part.topic_id = $1::uuid AND part.partition = $2::int AND part.start_offset < reached.place
  RETURNING part.start_offset`;

const deleteBefore = `
  DELETE FROM log_entry
  WHERE topic_id = $1::uuid AND partition = $2::int AND place < (
    SELECT start_offset FROM log_partition WHERE topic_id = $1::uuid AND partition = $2::int
  )`;

/**
 * Resolves with how many records went. Each step first moves the start of its partition and then deletes what lies
 * before it, in statements of their own: a reader whose place is still kept finds every record from there on, one whose
 * place is not sees the start beyond it, and an append never waits for a deletion. A step that was interrupted between
 * the two is finished by the next one. Only one process should prune at a time. Errors come as pg throws them.
 */
export async function pruneLog({
  pool,
  retentionMs,
  stepRecords = 10_000,
  signal,
}: PruneOptions): Promise<number> {
  const { rows: partitions } = await pool.query<{ topic_id: string; partition: number }>(
    'SELECT topic_id, partition FROM log_partition ORDER BY topic_id, partition',
  );
  let deleted = 0;
  for (const { topic_id, partition } of partitions) {
    for (let more = true; more && !signal?.aborted; ) {
      const moved = await pool.query(moveStart, [topic_id, partition, retentionMs, stepRecords]);
      const gone = await pool.query(deleteBefore, [topic_id, partition]);
      deleted += gone.rowCount ?? 0;
      more = (moved.rowCount ?? 0) > 0;
    }
  }
  return deleted;
}
