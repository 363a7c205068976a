// The topics of the log in PostgreSQL: making them, and what their partitions hold.

import type pg from 'pg';
import type { PartitionRange, TopicOptions } from './event-log.js';
import { explainFault, missingTopic } from './postgres-fault.js';

/**
 * Positions are kept in the same database as the log and are saved and restored with it, and the id of a topic is
 * unique by itself; so nothing about the server needs to be part of a partition's identity.
 */
const clusterId = 'postgres';

/** Both tables in one statement, so that nobody sees a topic without its partitions. */
const makeTopic = `
  WITH made AS (
    INSERT INTO log_topic (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id
  )
  INSERT INTO log_partition (topic_id, partition)
  SELECT made.id, generate_series(0, $2::int - 1) FROM made`;

const selectRanges = `
  SELECT topic.name, topic.id, part.partition, part.start_offset, part.end_offset
  FROM log_topic topic JOIN log_partition part ON part.topic_id = topic.id
  WHERE topic.name = ANY($1::text[])
  ORDER BY topic.name, part.partition`;

interface RangeRow {
  readonly name: string;
  readonly id: string;
  readonly partition: number;
  readonly start_offset: string;
  readonly end_offset: string;
}

/** Creates the topics that are missing; those that exist stay as they are. */
export async function makeTopics(pool: pg.Pool, topics: readonly TopicOptions[]): Promise<void> {
  for (const { name, partitions } of topics) await pool.query(makeTopic, [name, partitions]);
}

/** The partitions of those topics that exist, in the order of topic and partition; errors come as pg throws them. */
export async function readRanges(pool: pg.Pool, topics: readonly string[]): Promise<PartitionRange[]> {
  const { rows } = await pool.query<RangeRow>(selectRanges, [topics]);
  return rows.map((row) => ({
    clusterId,
    topicId: row.id,
    topic: row.name,
    partition: row.partition,
    start: BigInt(row.start_offset),
    end: BigInt(row.end_offset),
  }));
}

/** Throws NOT_FOUND for the first of the topics that has no partition among the ranges. */
export function requireTopics(topics: readonly string[], ranges: readonly PartitionRange[]): void {
  const missing = topics.find((name) => !ranges.some(({ topic }) => topic === name));
  if (missing !== undefined) throw missingTopic(missing);
}

/** The partitions of a topic; NOT_FOUND, or UNAVAILABLE when the database cannot be asked. */
export async function rangesOf(pool: pg.Pool, topic: string): Promise<PartitionRange[]> {
  const ranges = await readRanges(pool, [topic]).catch((error: unknown) => {
    throw explainFault(error);
  });
  requireTopics([topic], ranges);
  return ranges;
}

/** A name for a partition that no other has, not even that of a topic of the same name that was made anew. */
export function identityOf({ topicId, partition }: { topicId: string; partition: number }): string {
  return `${topicId}/${partition}`;
}

const continueTopic = `
  WITH topic AS (
    INSERT INTO log_topic (id, name) VALUES ($1::uuid, $2) ON CONFLICT DO NOTHING
  )
  INSERT INTO log_partition (topic_id, partition, start_offset, end_offset)
  VALUES ($1::uuid, $3::int, $4::bigint, $4::bigint) ON CONFLICT DO NOTHING`;

/**
 * Gives a database the topics of another one's log, under their ids and without their records: each partition begins where
 * it ends there, so that positions in the one mean the same in the other.
 */
export async function continueTopics(pool: pg.Pool, ranges: readonly PartitionRange[]): Promise<void> {
  for (const { topicId, topic, partition, end } of ranges)
    await pool.query(continueTopic, [topicId, topic, partition, end.toString()]);
}
