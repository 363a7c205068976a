// What follows the facts of a file, in the transaction that loads it: such as what is kept of them elsewhere.

import { sql } from 'kysely';
import { columnOf } from '../catalogue.js';
import { holdOffFactWriters } from '../facts-turn.js';
import type { Session } from '../session.js';
import type { LoadPlan } from './plan.js';

/** The times of the first and of the last fact that a load added or took away. */
export interface TouchedRange {
  readonly model: string;
  readonly first: Date;
  readonly last: Date;
}

export interface FactsFollower {
  /** The field that says when a fact of the model happened; undefined for a model that is not followed. */
  timeField(model: string): string | undefined;
  /**
   * Called after the facts have changed, in the same transaction. Nobody else adds facts meanwhile, and those that
   * others have added are seen.
   */
  afterFacts(session: Session, touched: TouchedRange): Promise<void>;
}

/** What one load has to tell its follower. */
export interface Following {
  /** Holds off those who add facts; the first call counts. Comes before the load holds what they need. */
  begin(): Promise<void>;
  /** Notes the times of the facts that a query names by the alias `fact`, which the load adds or takes away. */
  note(from: ReturnType<typeof sql>): Promise<void>;
  /** Tells the follower, when facts have changed at all. */
  end(): Promise<void>;
}

/** A load without a follower, or of what nobody follows, tells nothing. */
export function createFollowing(
  session: Session,
  plan: LoadPlan,
  follower: FactsFollower | undefined,
): Following {
  const field = follower?.timeField(plan.model.name);
  if (follower === undefined || field === undefined) {
    return { begin: async () => {}, note: async () => {}, end: async () => {} };
  }
  const time = sql.ref(`fact.${columnOf(plan.model, field).column}`);
  const times: number[] = [];
  let begun = false;

  async function begin(): Promise<void> {
    if (!begun) await holdOffFactWriters(session);
    begun = true;
  }
  return {
    begin,
    async note(from) {
      const [range] = await session.rows(
        sql<{
          first: Date | null;
          last: Date | null;
        }>`SELECT min(${time}) AS first, max(${time}) AS last ${from}`,
      );
      for (const end of [range?.first, range?.last]) if (end) times.push(end.getTime());
    },
    async end() {
      if (times.length === 0) return;
      await begin();
      const [first, last] = [new Date(Math.min(...times)), new Date(Math.max(...times))];
      await follower.afterFacts(session, { model: plan.model.name, first, last });
    },
  };
}
