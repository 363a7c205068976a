// What learners know, stored with the place of the next example that each of them will learn.

import { sql } from 'kysely';
import type { Database } from './database.js';
import type { Session } from './session.js';

export interface LearnerKey {
  readonly learner: string;
  readonly version: number;
}

export interface LearnerState {
  readonly next: bigint;
  readonly memory: Float64Array;
}

interface StateRow {
  readonly next: string;
  readonly memory: Buffer;
}

function numbersOf(bytes: Buffer): Float64Array {
  const numbers = new Float64Array(bytes.length / 8);
  for (let at = 0; at < numbers.length; at += 1) numbers[at] = bytes.readDoubleLE(8 * at);
  return numbers;
}

function bytesOf(numbers: Float64Array): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (let at = 0; at < numbers.length; at += 1) bytes.writeDoubleLE(numbers[at] ?? 0, 8 * at);
  return bytes;
}

/** The place of its next example: what is learned before it was there already, and is no news. */
const endOf = (learner: string) =>
  sql`coalesce((SELECT next FROM example_sequence WHERE learner = ${learner}), 0)`;

/**
 * The state of a learner, which nobody else changes until the end of the transaction; a learner that has none begins
 * with `length` zeros before its first example. The COMMIT does not wait for the disk: what a crash of the server takes
 * back is state and place together, and the same examples bring them back.
 */
export async function lockState(
  session: Session,
  { learner, version }: LearnerKey,
  length: number,
): Promise<LearnerState> {
  const lock = async () => {
    const [row] = await session.rows(sql<StateRow>`
      SELECT next, memory, set_config('synchronous_commit', 'off', true) FROM learner_state
      WHERE learner = ${learner} AND version = ${version} FOR UPDATE`);
    return row && { next: BigInt(row.next), memory: numbersOf(row.memory) };
  };
  const there = await lock();
  if (there !== undefined) return there;
  await session.run(sql`
    INSERT INTO learner_state (learner, version, next, memory, news_from)
    VALUES (${learner}, ${version}, 0, ${bytesOf(new Float64Array(length))}, ${endOf(learner)})
    ON CONFLICT DO NOTHING`);
  const made = await lock();
  if (made === undefined) throw new Error(`The state of ${learner} was there, and is not.`);
  return made;
}

/** Stores what a locked learner knows now; `drift` is the last place at which its error was seen to change since before. */
export async function saveState(
  session: Session,
  { learner, version }: LearnerKey,
  { next, memory }: LearnerState,
  drift?: bigint,
): Promise<void> {
  await session.run(sql`
    UPDATE learner_state SET next = ${next.toString()}::bigint, memory = ${bytesOf(memory)}, learned_at = now(),
      drifted_at = CASE WHEN ${drift?.toString() ?? null}::bigint >= news_from THEN now() ELSE drifted_at END
    WHERE learner = ${learner} AND version = ${version}`);
}

/** Forgets what a learner knows, whoever is at it, and puts it at a place, with `length` zeros. */
export async function restartState(
  session: Session,
  { learner, version }: LearnerKey,
  { next, length }: { readonly next: bigint; readonly length: number },
): Promise<void> {
  await session.run(sql`
    INSERT INTO learner_state (learner, version, next, memory, news_from)
    VALUES (${learner}, ${version}, ${next.toString()}::bigint, ${bytesOf(new Float64Array(length))}, ${endOf(learner)})
    ON CONFLICT (learner, version)
    DO UPDATE SET next = excluded.next, memory = excluded.memory, news_from = excluded.news_from, learned_at = now()`);
}

/** How many examples each of these learners has still to learn, in their order. */
export async function readBehind(
  { kysely }: Pick<Database, 'kysely'>,
  learners: readonly LearnerKey[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ behind: string }>`
    SELECT coalesce(there.next, 0) - coalesce(state.next, 0) AS behind
    FROM unnest(
      ${learners.map(({ learner }) => learner)}::text[], ${learners.map(({ version }) => version)}::integer[]
    ) WITH ORDINALITY AS given (learner, version, place)
    LEFT JOIN example_sequence AS there ON there.learner = given.learner
    LEFT JOIN learner_state AS state ON state.learner = given.learner AND state.version = given.version
    ORDER BY given.place`.execute(kysely);
  return rows.map(({ behind }) => Number(behind));
}

/** The states that are stored, by name and version. */
export async function readStates({
  kysely,
}: Pick<Database, 'kysely'>): Promise<readonly (LearnerKey & LearnerState)[]> {
  const { rows } = await sql<StateRow & LearnerKey>`
    SELECT learner, version, next, memory FROM learner_state ORDER BY learner, version`.execute(kysely);
  return rows.map(({ learner, version, next, memory }) => ({
    learner,
    version,
    next: BigInt(next),
    memory: numbersOf(memory),
  }));
}
