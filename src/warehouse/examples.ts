// The examples of learners, in blocks: added in sequence by whoever writes facts, read in sequence by the learner.

import { sql } from 'kysely';
import type { Database } from './database.js';
import type { Session } from './session.js';

/** The channel on which learners hear that there are new examples. */
export const examplesChannel = 'flywheel_examples';

/** Examples of one learner that follow one another. */
export interface NewBlock {
  readonly learner: string;
  readonly count: number;
  readonly examples: string;
}

export interface StoredBlock {
  /** The place of its first example among all of the learner, which count from 0. */
  readonly first: bigint;
  readonly examples: string;
}

/** Any number that no other program is likely to lock. */
const examplesTurn = 4_816_372_906n;

/**
 * Adds blocks in the caller's transaction, those of one learner in their order. Their places follow the order of
 * commits without gaps, because from here to its end no other transaction adds examples: so this comes last, and is one
 * statement, for which others wait no longer than they must.
 */
export async function addBlocks(session: Session, blocks: readonly NewBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const added = await session.run(sql`
    WITH given AS (
      SELECT learner, count, examples,
        sum(count) OVER (PARTITION BY learner ORDER BY place) - count AS before,
        sum(count) OVER (PARTITION BY learner) AS total
      FROM unnest(
        ${blocks.map(({ learner }) => learner)}::text[], ${blocks.map(({ count }) => count)}::integer[],
        ${blocks.map(({ examples }) => examples)}::text[]
      ) WITH ORDINALITY AS given (learner, count, examples, place)
    ), moved AS (
      INSERT INTO example_sequence AS sequence (learner, next)
      SELECT DISTINCT learner, total FROM given, (SELECT pg_advisory_xact_lock(${examplesTurn})) AS turn
      ON CONFLICT (learner) DO UPDATE SET next = sequence.next + excluded.next
      RETURNING learner, next
    )
    INSERT INTO example_block (learner, first, count, examples)
    SELECT learner, moved.next - total + before, count, examples FROM given JOIN moved USING (learner)
    RETURNING pg_notify(${examplesChannel}, '')`);
  if (added !== blocks.length)
    throw new Error(`${added} of ${blocks.length} blocks of examples were written.`);
}

/** How many examples of a learner there have been. */
export async function countExamples(session: Session, learner: string): Promise<bigint> {
  const [row] = await session.rows(sql<{ next: string }>`
    SELECT next FROM example_sequence WHERE learner = ${learner}`);
  return BigInt(row?.next ?? 0);
}

/**
 * The place of the first of the stored examples that follow one another without a gap to the newest; where none is
 * stored, the place of the next to come.
 */
export async function firstUnbroken(session: Session, learner: string): Promise<bigint> {
  const [row] = await session.rows(sql<{ first: string }>`
    SELECT max(first) AS first FROM (
      SELECT first, lag(first + count) OVER (ORDER BY first) IS DISTINCT FROM first AS begins
      FROM example_block WHERE learner = ${learner}
    ) AS block WHERE begins HAVING max(first) IS NOT NULL`);
  return row === undefined ? countExamples(session, learner) : BigInt(row.first);
}

/** How many bytes all stored examples take, their indexes included. */
export async function readExampleBytes({ kysely }: Pick<Database, 'kysely'>): Promise<number> {
  const { rows } = await sql<{ bytes: string }>`
    SELECT pg_total_relation_size('example_block') AS bytes`.execute(kysely);
  return Number(rows[0]?.bytes ?? 0);
}

/** The blocks that hold the next examples of a learner from a place on, at most so many of those; the first may begin before. */
export async function readBlocks(
  session: Session,
  learner: string,
  from: bigint,
  most: number,
): Promise<readonly StoredBlock[]> {
  const rows = await session.rows(sql<{ first: string; examples: string }>`
    SELECT first, examples FROM example_block
    WHERE learner = ${learner} AND first < ${(from + BigInt(most)).toString()}::bigint AND first >= (
      SELECT max(first) FROM example_block WHERE learner = ${learner} AND first <= ${from.toString()}::bigint
    )
    ORDER BY first`);
  return rows.map(({ first, examples }) => ({ first: BigInt(first), examples }));
}
