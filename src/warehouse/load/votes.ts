// Texts of dimension members that facts bring along, such as a product's name: the most frequent one counts.

import { sql } from 'kysely';
import { copyText, type Session } from '../session.js';
import type { LoadPlan, Vote } from './plan.js';

/** How many different (member, text) pairs are counted in memory before they move to the database. */
const countedMax = 40_000;
const tallies = 'load_tally';

export interface VoteCounter {
  /** Counts a vote; the member is given in COPY's text form. */
  add(vote: number, member: string, value: string): void;
  /** True when counts should be written before the next batch. */
  isFull(): boolean;
  /** Moves the counts of so far into the transaction's own table. */
  write(): Promise<void>;
  /** Gives every member its most frequent text. Resolves to how many members changed. */
  settle(): Promise<number>;
}

/**
 * Counts texts per member. The votes of a source are those of its latest file that speaks of the member; among all
 * sources the most frequent text wins, and of equals the one that sorts first. A text that a file of the dimension
 * itself stated is never changed.
 */
export function createVoteCounter(session: Session, plan: LoadPlan): VoteCounter {
  const counts = plan.votes.map(() => new Map<string, Map<string, number>>());
  let counted = 0;
  let prepared = false;

  async function write(): Promise<void> {
    if (counted === 0) return;
    if (!prepared) {
      await session.run(sql`
        CREATE TEMP TABLE ${sql.table(tallies)} (vote integer, member text, value text, votes bigint) ON COMMIT DROP`);
      prepared = true;
    }
    const copy = session.copyInto(tallies, ['vote', 'member', 'value', 'votes']);
    for (const [vote, members] of counts.entries()) {
      for (const [member, values] of members) {
        let text = '';
        for (const [value, votes] of values) text += `${vote}\t${member}\t${copyText(value)}\t${votes}\n`;
        await copy.write(text);
      }
      members.clear();
    }
    await copy.close();
    counted = 0;
  }

  return {
    add(vote, member, value) {
      const members = counts[vote];
      if (!members) return;
      const values = members.get(member) ?? new Map<string, number>();
      if (values.size === 0) members.set(member, values);
      const votes = values.get(value);
      if (votes === undefined) counted += 1;
      values.set(votes === undefined ? ownCopy(value) : value, (votes ?? 0) + 1);
    },
    isFull: () => counted > countedMax,
    write,
    async settle() {
      await write();
      if (!prepared) return 0;
      await session.run(sql`ANALYZE ${sql.table(tallies)}`);
      let changed = 0;
      for (const [index, vote] of plan.votes.entries())
        changed += await settleVote(session, plan, vote, index);
      return changed;
    },
  };
}

/** A text cut from a piece of the file would keep the whole piece in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

async function settleVote(session: Session, plan: LoadPlan, vote: Vote, index: number): Promise<number> {
  const dimension = plan.dimensions[vote.dimension];
  if (!dimension) return 0;
  const { model, id } = dimension;
  const source = plan.source ?? '';
  const tally = sql.table(tallies);
  await session.run(sql`
    DELETE FROM load_vote WHERE model = ${model.name} AND field = ${vote.field} AND source = ${source}
      AND member IN (SELECT member FROM ${tally} WHERE vote = ${index})`);
  await session.run(sql`
    INSERT INTO load_vote (model, field, member, source, value, votes)
    SELECT ${model.name}, ${vote.field}, member, ${source}, value, sum(votes)
    FROM ${tally} WHERE vote = ${index} GROUP BY member, value`);
  // Without fresh statistics the server takes the new votes for few, and joins them one by one.
  await session.run(sql`ANALYZE load_vote`);
  return session.run(sql`
    UPDATE ${sql.table(model.table)} AS dimension SET ${sql.ref(vote.column.column)} = winner.value
    FROM (
      SELECT DISTINCT ON (member) member, value
      FROM load_vote
      WHERE model = ${model.name} AND field = ${vote.field}
        AND member IN (SELECT member FROM ${tally} WHERE vote = ${index})
      GROUP BY member, value
      ORDER BY member, sum(votes) DESC, value COLLATE "C"
    ) AS winner
    WHERE ${sql.ref(`dimension.${id.column}`)}::text = winner.member
      AND ${sql.ref(`dimension.${vote.column.column}`)} IS DISTINCT FROM winner.value
      AND NOT EXISTS (
        SELECT FROM load_stated
        WHERE load_stated.model = ${model.name} AND load_stated.member = winner.member
          AND ${vote.field} = ANY(load_stated.fields))`);
}
