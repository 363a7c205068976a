// The examples of learners: added in sequence by whoever writes facts, read in sequence by the learner.

import { sql } from 'kysely';
import type { Session } from './session.js';

/** The channel on which learners hear that there are new examples. */
export const examplesChannel = 'flywheel_examples';

export interface NewExample {
  readonly source: string;
  readonly eventId: string;
  /** JSON text of an object: what was known, by the names of the features. */
  readonly features: string;
  readonly outcome: number;
  /** Milliseconds since 1970. */
  readonly occurredAtMs: number;
}

export interface StoredExample {
  readonly sequence: bigint;
  readonly features: string;
  readonly outcome: number;
}

/**
 * Adds the examples that the learner does not have yet, in their order, in the caller's transaction; how many those
 * were. Their places follow the order of commits without gaps, because from here to its end no other transaction adds
 * examples of this learner: so this comes last, and with several learners always in one order.
 */
export async function addExamples(
  session: Session,
  learner: string,
  examples: readonly NewExample[],
): Promise<number> {
  if (examples.length === 0) return 0;
  await session.run(
    sql`INSERT INTO example_sequence (learner, next) VALUES (${learner}, 0) ON CONFLICT DO NOTHING`,
  );
  await session.rows(
    sql<{ next: string }>`SELECT next FROM example_sequence WHERE learner = ${learner} FOR UPDATE`,
  );
  const added = await session.run(sql`
    INSERT INTO example (learner, sequence, source, event_id, features, outcome, occurred_at)
    SELECT ${learner}, counter.next + row_number() OVER (ORDER BY given.place) - 1,
           given.source, given.event_id, given.features, given.outcome, to_timestamp(given.at_ms / 1000)
    FROM unnest(
      ${examples.map(({ source }) => source)}::text[], ${examples.map(({ eventId }) => eventId)}::text[],
      ${examples.map(({ features }) => features)}::text[], ${examples.map(({ outcome }) => outcome)}::float8[],
      ${examples.map(({ occurredAtMs }) => occurredAtMs)}::numeric[]
    ) WITH ORDINALITY AS given (source, event_id, features, outcome, at_ms, place)
    CROSS JOIN (SELECT next FROM example_sequence WHERE learner = ${learner}) AS counter
    WHERE NOT EXISTS (
      SELECT FROM example
      WHERE example.learner = ${learner} AND example.source = given.source AND example.event_id = given.event_id
    )`);
  if (added === 0) return 0;
  await session.run(
    sql`UPDATE example_sequence SET next = next + ${added}::integer WHERE learner = ${learner}`,
  );
  await session.run(sql`SELECT pg_notify(${examplesChannel}, '')`);
  return added;
}

/** The next examples of a learner from a place on, at most so many. */
export async function readExamples(
  session: Session,
  learner: string,
  from: bigint,
  most: number,
): Promise<readonly StoredExample[]> {
  const rows = await session.rows(sql<{ sequence: string; features: string; outcome: number }>`
    SELECT sequence, features, outcome FROM example
    WHERE learner = ${learner} AND sequence >= ${from.toString()}::bigint
    ORDER BY sequence LIMIT ${most}`);
  return rows.map(({ sequence, features, outcome }) => ({ sequence: BigInt(sequence), features, outcome }));
}
