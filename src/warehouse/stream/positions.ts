// How far each group has come in each partition: opened, moved with what was read, stopped, and moved by operators.

import { sql } from 'kysely';
import type { PartitionId, PartitionRange } from '../../stream/event-log.js';
import { StalePosition } from '../../stream/event-log.js';
import type { Database } from '../database.js';
import type { Session } from '../session.js';

/** The channel on which pipelines hear that an operator moved a position. */
export const positionsChannel = 'flywheel_positions';

export interface PositionKey {
  readonly group: string;
  readonly clusterId: string;
  readonly topicId: string;
  readonly partition: number;
}

/** What became of records; every count is of records but for `late` (facts) and `unpriced` (lines of purchases). */
export interface Counts {
  readonly accepted: number;
  readonly repeated: number;
  readonly dead: number;
  readonly late: number;
  readonly unpriced: number;
}

export interface StreamPosition extends PositionKey {
  readonly topic: string;
  readonly nextOffset: bigint;
  /** The end of the partition when it was last read. */
  readonly endOffset: bigint;
  readonly behaviourMaxAt: Date | null;
  readonly measurementMaxAt: Date | null;
  readonly counts: Counts;
  readonly movedAt: Date;
  /** Why it is not read on; null while all is well. */
  readonly stopped: string | null;
}

export interface Advance {
  readonly expected: bigint;
  readonly next: bigint;
  readonly end: bigint;
  readonly behaviourMaxAtMs: number | null;
  readonly measurementMaxAtMs: number | null;
  readonly counts: Counts;
}

interface PositionRow {
  readonly group_name: string;
  readonly cluster_id: string;
  readonly topic_id: string;
  readonly partition: number;
  readonly topic: string;
  readonly next_offset: string;
  readonly end_offset: string;
  readonly behaviour_max_at: Date | null;
  readonly measurement_max_at: Date | null;
  readonly accepted: string;
  readonly repeated: string;
  readonly dead: string;
  readonly late: string;
  readonly unpriced: string;
  readonly moved_at: Date;
  readonly stopped: string | null;
}

const whereKey = ({ group, clusterId, topicId, partition }: PositionKey) => sql`
  group_name = ${group} AND cluster_id = ${clusterId} AND topic_id = ${topicId} AND partition = ${partition}`;

const timeOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** All positions of a group, or of every group, in the order of their topics. */
export async function readPositions(
  { kysely }: Pick<Database, 'kysely'>,
  group?: string,
): Promise<readonly StreamPosition[]> {
  const { rows } = await sql<PositionRow>`
    SELECT * FROM stream_position
    ${group === undefined ? sql`` : sql`WHERE group_name = ${group}`}
    ORDER BY group_name, topic, cluster_id, topic_id, partition`.execute(kysely);
  return rows.map((row) => ({
    group: row.group_name,
    clusterId: row.cluster_id,
    topicId: row.topic_id,
    partition: row.partition,
    topic: row.topic,
    nextOffset: BigInt(row.next_offset),
    endOffset: BigInt(row.end_offset),
    behaviourMaxAt: row.behaviour_max_at,
    measurementMaxAt: row.measurement_max_at,
    counts: {
      accepted: Number(row.accepted),
      repeated: Number(row.repeated),
      dead: Number(row.dead),
      late: Number(row.late),
      unpriced: Number(row.unpriced),
    },
    movedAt: row.moved_at,
    stopped: row.stopped,
  }));
}

/** Gives a partition its first position; leaves one that is there as it is. */
export async function openPosition(
  { kysely }: Pick<Database, 'kysely'>,
  group: string,
  range: PartitionRange,
  stopped: string | null,
): Promise<void> {
  await sql`
    INSERT INTO stream_position (group_name, cluster_id, topic_id, partition, topic, next_offset, end_offset, stopped)
    VALUES (${group}, ${range.clusterId}, ${range.topicId}, ${range.partition}, ${range.topic}, ${range.start},
      ${range.end}, ${stopped})
    ON CONFLICT DO NOTHING`.execute(kysely);
}

/** Notes how far a partition reaches before any of it is read, so that it does not pass for one that is idle. */
export async function seeEnd(
  { kysely }: Pick<Database, 'kysely'>,
  key: PositionKey,
  end: bigint,
): Promise<void> {
  await sql`
    UPDATE stream_position SET end_offset = ${end}
    WHERE ${whereKey(key)} AND end_offset < ${end}`.execute(kysely);
}

/** Says why a partition is not read on. */
export async function stopPosition(
  { kysely }: Pick<Database, 'kysely'>,
  key: PositionKey,
  sentence: string,
): Promise<void> {
  await sql`
    UPDATE stream_position SET stopped = ${sentence}
    WHERE ${whereKey(key)} AND stopped IS DISTINCT FROM ${sentence}`.execute(kysely);
}

/**
 * Moves a position in the caller's transaction, and holds it until that ends. StalePosition when it is not where
 * the caller thinks: somebody else has read on.
 */
export async function advancePosition(session: Session, key: PositionKey, advance: Advance): Promise<void> {
  const { counts } = advance;
  const moved = await session.run(sql`
    UPDATE stream_position SET
      next_offset = ${advance.next}, end_offset = ${advance.end},
      behaviour_max_at = greatest(behaviour_max_at, ${timeOf(advance.behaviourMaxAtMs)}::timestamptz),
      measurement_max_at = greatest(measurement_max_at, ${timeOf(advance.measurementMaxAtMs)}::timestamptz),
      accepted = accepted + ${counts.accepted}, repeated = repeated + ${counts.repeated},
      dead = dead + ${counts.dead}, late = late + ${counts.late}, unpriced = unpriced + ${counts.unpriced},
      moved_at = now()
    WHERE ${whereKey(key)} AND next_offset = ${advance.expected} AND stopped IS NULL`);
  if (moved !== 1) throw new StalePosition();
}

/** Adds to the counts what came out only after the position was moved, in the same transaction. */
export async function addCounts(session: Session, key: PositionKey, counts: Counts): Promise<void> {
  if (Object.values(counts).every((count) => count === 0)) return;
  await session.run(sql`
    UPDATE stream_position SET
      accepted = accepted + ${counts.accepted}, repeated = repeated + ${counts.repeated},
      dead = dead + ${counts.dead}, late = late + ${counts.late}, unpriced = unpriced + ${counts.unpriced}
    WHERE ${whereKey(key)}`);
}

/**
 * What an operator decides: the group goes on at `at` in this partition as it is now, and what was known of earlier
 * topics of the same name is forgotten. Whoever reads it at the moment finds its position gone stale and asks anew.
 */
export async function decidePosition(
  session: Session,
  group: string,
  { clusterId, topicId, topic, partition, end }: PartitionRange,
  at: bigint,
): Promise<void> {
  await session.run(sql`
    DELETE FROM stream_position
    WHERE group_name = ${group} AND cluster_id = ${clusterId} AND topic = ${topic} AND partition = ${partition}
      AND topic_id <> ${topicId}`);
  await session.run(sql`
    INSERT INTO stream_position (group_name, cluster_id, topic_id, partition, topic, next_offset, end_offset)
    VALUES (${group}, ${clusterId}, ${topicId}, ${partition}, ${topic}, ${at}, ${end})
    ON CONFLICT (group_name, cluster_id, topic_id, partition) DO UPDATE
    SET next_offset = excluded.next_offset, end_offset = excluded.end_offset, stopped = NULL, moved_at = now()`);
  await session.run(sql`SELECT pg_notify(${positionsChannel}, ${topic})`);
}

/** Forgets the partitions of earlier topics of this name that the topic of today does not have. */
export async function forgetPartitions(
  session: Session,
  group: string,
  { clusterId, topicId, topic }: PartitionId,
): Promise<void> {
  await session.run(sql`
    DELETE FROM stream_position
    WHERE group_name = ${group} AND cluster_id = ${clusterId} AND topic = ${topic} AND topic_id <> ${topicId}`);
}
