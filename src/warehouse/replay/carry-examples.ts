// The examples of learners, carried from one warehouse to another block by block at their places.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { inTransaction } from '../transaction.js';

type Warehouse = Pick<Database, 'pool' | 'kysely'>;

interface CarriedBlock {
  readonly learner: string;
  readonly first: string;
  readonly count: number;
  readonly examples: string;
}

/** How many blocks go at once. */
const pageBlocks = 500;

/**
 * Carries all blocks that are stored, as of one moment, into a warehouse without examples: every example keeps its place.
 * Resolves to how many examples there have been by learner. UNAVAILABLE or TIMEOUT when a database is away.
 */
export async function carryExamples(from: Warehouse, into: Warehouse): Promise<ReadonlyMap<string, bigint>> {
  return inTransaction(from, async (source) => {
    await source.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`);
    const sequences = await source.rows(sql<{ learner: string; next: string }>`
      SELECT learner, next FROM example_sequence ORDER BY learner`);
    let last: Pick<CarriedBlock, 'learner' | 'first'> | undefined = { learner: '', first: '-1' };
    while (last !== undefined) {
      const page: readonly CarriedBlock[] = await source.rows(sql<CarriedBlock>`
        SELECT learner, first, count, examples FROM example_block
        WHERE (learner, first) > (${last.learner}, ${last.first}::bigint) ORDER BY learner, first LIMIT ${pageBlocks}`);
      await inTransaction(into, (session) =>
        session.run(sql`
          INSERT INTO example_block (learner, first, count, examples)
          SELECT * FROM unnest(
            ${page.map(({ learner }) => learner)}::text[], ${page.map(({ first }) => first)}::bigint[],
            ${page.map(({ count }) => count)}::integer[], ${page.map(({ examples }) => examples)}::text[])`),
      );
      last = page.at(-1);
    }
    await inTransaction(into, (session) =>
      session.run(sql`
        INSERT INTO example_sequence (learner, next)
        SELECT * FROM unnest(
          ${sequences.map(({ learner }) => learner)}::text[], ${sequences.map(({ next }) => next)}::bigint[])`),
    );
    return new Map(sequences.map(({ learner, next }) => [learner, BigInt(next)]));
  });
}
