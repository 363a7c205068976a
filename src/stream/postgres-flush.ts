// Writes records into a topic in one transaction, and finds out what became of it when the connection broke.

import pg from 'pg';
import type { NewRecord } from './event-log.js';
import { partitionOfKey } from './partition-of-key.js';
import { bytesArray, int4Array } from './postgres-arrays.js';
import { logChannel } from './postgres-watch.js';

/**
 * Locks the rows of the partitions in their order, so that two appends never wait for each other crosswise, and moves
 * their ends; the locks last until the commit, so places follow commits. One notification per transaction: each takes
 * a lock of the whole server while it commits.
 */
const insertRecords = `
  WITH wanted AS (
    SELECT * FROM unnest($2::int4[], $3::int4[]) AS wanted (partition, records)
  ), locked AS MATERIALIZED (
    SELECT partition FROM log_partition
    WHERE topic_id = $1::uuid AND partition = ANY($2::int4[])
    ORDER BY partition FOR NO KEY UPDATE
  ), moved AS (
    UPDATE log_partition part SET end_offset = part.end_offset + wanted.records
    FROM wanted JOIN locked USING (partition)
    WHERE part.topic_id = $1::uuid AND part.partition = wanted.partition
    RETURNING part.partition, part.end_offset - wanted.records AS first_place, clock_timestamp() AS moved_at
  ), written AS (
    INSERT INTO log_entry (topic_id, partition, place, key, value, headers, appended_at)
    SELECT $1::uuid, moved.partition, moved.first_place + record.nth, record.key, record.value, record.headers, moved.moved_at
    FROM unnest($4::int4[], $5::int4[], $6::bytea[], $7::bytea[], $8::text[])
      AS record (partition, nth, key, value, headers)
    JOIN moved USING (partition)
  )
  SELECT (SELECT count(*) FROM moved)::int AS partitions, pg_current_xact_id()::text AS transaction,
    first.partition, first.first_place AS place, first.moved_at::timestamptz(3)::text AS "appendedAt",
    pg_notify('${logChannel}', $9)
  FROM (VALUES (1)) AS one (nth) LEFT JOIN (SELECT * FROM moved LIMIT 1) AS first ON true`;

/** The rows of a transaction, ready to be sent as often as needed. */
export interface Flush {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: number;
  readonly values: readonly unknown[];
}

/** By what a transaction is known again: its number, and where and when it put one of its records. */
export interface WrittenMark {
  readonly transaction: string;
  readonly partition: number;
  readonly place: string;
  readonly appendedAt: string;
}

/**
 * `written` is durable; `gone` says that there is no such topic any more; `unknown` that the connection broke while the
 * transaction was being committed.
 */
export type FlushOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly mark: WrittenMark; readonly error: unknown };

function bytesOf(value: Buffer | string | null): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

function headersOf({ headers }: NewRecord): Buffer | null {
  if (headers === undefined) return null;
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, Buffer.from(value).toString('base64')] as const,
  );
  return entries.length === 0 ? null : Buffer.from(JSON.stringify(Object.fromEntries(entries)));
}

/** Lays records out for a topic of that many partitions; `spread` gives the partition of the next one without a key. */
export function layOut(
  topic: { readonly name: string; readonly topicId: string; readonly partitions: number },
  records: readonly NewRecord[],
  spread: () => number,
): Flush {
  const counts = new Map<number, number>();
  const partitions: number[] = [];
  const nths: number[] = [];
  const keys = records.map(({ key }) => bytesOf(key));
  for (const key of keys) {
    const partition = key === null ? spread() % topic.partitions : partitionOfKey(key, topic.partitions);
    const nth = counts.get(partition) ?? 0;
    counts.set(partition, nth + 1);
    partitions.push(partition);
    nths.push(nth);
  }
  const values = [
    topic.topicId,
    int4Array([...counts.keys()]),
    int4Array([...counts.values()]),
    int4Array(partitions),
    int4Array(nths),
    bytesArray('bytea', keys),
    bytesArray(
      'bytea',
      records.map(({ value }) => bytesOf(value)),
    ),
    bytesArray('text', records.map(headersOf)),
    topic.name,
  ];
  return { topic: topic.name, topicId: topic.topicId, partitions: counts.size, values };
}

/** Rejects, as pg throws it, only when nothing was written. */
export async function write(pool: pg.Pool, flush: Flush): Promise<FlushOutcome> {
  const client = await pool.connect();
  let mark: WrittenMark | undefined;
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ partitions: number } & WrittenMark>(insertRecords, [
      ...flush.values,
    ]);
    if (rows[0]?.partitions !== flush.partitions) {
      await client.query('ROLLBACK');
      return { kind: 'gone' };
    }
    mark = rows[0];
    await client.query('COMMIT');
    return { kind: 'written' };
  } catch (error) {
    // The connection is closed rather than used again: with it ends whatever the transaction still held.
    broken = error instanceof Error ? error : new Error(String(error));
    if (mark === undefined) throw error;
    return { kind: 'unknown', mark, error };
  } finally {
    client.release(broken);
  }
}

/** The server has given out no such number: one that it forgot when it was killed. */
const futureTransaction = '22023';

/**
 * What became of a transaction: undefined while it may still be going on. Rejects as pg does.
 *
 * A server that is killed forgets the numbers of transactions that it had not yet written down, and gives them out once
 * more. So a number that was committed may be somebody else's, and the record must stand where it was put, too.
 */
export async function wasCommitted(
  pool: pg.Pool,
  topicId: string,
  { transaction, partition, place, appendedAt }: WrittenMark,
): Promise<boolean | undefined> {
  let status: string | null | undefined;
  try {
    const { rows } = await pool.query<{ status: string | null }>(
      'SELECT pg_xact_status($1::xid8) AS status',
      [transaction],
    );
    status = rows[0]?.status;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === futureTransaction) return false;
    throw error;
  }
  if (status === 'in progress') return undefined;
  if (status !== 'committed') return false;
  const { rowCount } = await pool.query(
    `SELECT FROM log_entry
     WHERE topic_id = $1::uuid AND partition = $2 AND place = $3::bigint AND appended_at = $4::timestamptz`,
    [topicId, partition, place, appendedAt],
  );
  return rowCount === 1;
}
