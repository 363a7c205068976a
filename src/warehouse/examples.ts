// The examples of learners, in blocks: added in sequence by whoever writes facts, read in sequence by the learner.

import { sql } from 'kysely';
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

/**
 * Adds blocks in the caller's transaction, those of one learner in their order. Their places follow the order of
 * commits without gaps, because from here to its end no other transaction adds examples of these learners: so this
 * comes last.
 */
export async function addBlocks(session: Session, blocks: readonly NewBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const next = await lockSequences(session, [...new Set(blocks.map(({ learner }) => learner))]);
  const firsts = blocks.map(({ learner, count }) => {
    const first = next.get(learner) ?? 0n;
    next.set(learner, first + BigInt(count));
    return first.toString();
  });
  await session.run(sql`
    UPDATE example_sequence AS counter SET next = given.next
    FROM unnest(${[...next.keys()]}::text[], ${[...next.values()].map(String)}::bigint[]) AS given (learner, next)
    WHERE counter.learner = given.learner`);
  await session.run(sql`
    INSERT INTO example_block (learner, first, count, examples)
    SELECT given.* FROM unnest(
      ${blocks.map(({ learner }) => learner)}::text[], ${firsts}::bigint[],
      ${blocks.map(({ count }) => count)}::integer[], ${blocks.map(({ examples }) => examples)}::text[]
    ) AS given (learner, first, count, examples)
    RETURNING pg_notify(${examplesChannel}, '')`);
}

/** The place of the next example of each learner, which nobody else moves until the end of the transaction. */
async function lockSequences(session: Session, learners: readonly string[]): Promise<Map<string, bigint>> {
  // In one order everywhere, so that two transactions never wait for each other in a ring.
  const lock = async () =>
    new Map(
      (
        await session.rows(sql<{ learner: string; next: string }>`
          SELECT learner, next FROM example_sequence WHERE learner = ANY(${learners}::text[])
          ORDER BY learner FOR UPDATE`)
      ).map(({ learner, next }) => [learner, BigInt(next)]),
    );
  const there = await lock();
  if (there.size === learners.length) return there;
  await session.run(sql`
    INSERT INTO example_sequence (learner, next)
    SELECT learner, 0 FROM unnest(${learners}::text[]) AS learner ORDER BY learner ON CONFLICT DO NOTHING`);
  return lock();
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
