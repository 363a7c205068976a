// Relations of dimension members that follow their latest fact, such as a customer's region.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { Latest, LoadPlan } from './plan.js';

/**
 * Sets the relation of every member whose key stands in `touched` (a table with the columns `latest` and `member`) to
 * that of its latest fact which has one; what a file of the dimension itself stated stays. Resolves to how many changed.
 */
export async function settleLatest(session: Session, plan: LoadPlan, touched: string): Promise<number> {
  let changed = 0;
  for (const [index, latest] of plan.latest.entries()) {
    changed += await settle(session, plan, latest, touched, index);
  }
  return changed;
}

async function settle(
  session: Session,
  plan: LoadPlan,
  latest: Latest,
  touched: string,
  index: number,
): Promise<number> {
  const dimension = plan.dimensions[latest.dimension];
  if (!dimension) return 0;
  const { model, id } = dimension;
  const fact = sql.table(plan.model.table);
  const column = (name: string) => sql.ref(`fact.${name}`);
  const order = plan.model.primaryKey.map((name) =>
    plan.model.columns.find((candidate) => candidate.name === name),
  );
  const tieBreak = order.flatMap((candidate) => (candidate ? [sql`, ${column(candidate.column)} DESC`] : []));
  return session.run(sql`
    UPDATE ${sql.table(model.table)} AS dimension SET ${sql.ref(latest.target.column)} = newest.taken
    FROM ${sql.table(touched)} AS touched
    CROSS JOIN LATERAL (
      SELECT ${column(latest.taken.column)} AS taken
      FROM ${fact} AS fact
      WHERE ${column(latest.member.column)} = touched.member AND ${column(latest.taken.column)} IS NOT NULL
      ORDER BY ${column(latest.time.column)} DESC${sql.join(tieBreak, sql``)}
      LIMIT 1
    ) AS newest
    WHERE touched.latest = ${index}
      AND ${sql.ref(`dimension.${id.column}`)} = touched.member
      AND ${sql.ref(`dimension.${latest.target.column}`)} IS DISTINCT FROM newest.taken
      AND NOT EXISTS (
        SELECT FROM load_stated
        WHERE load_stated.model = ${model.name} AND load_stated.member = touched.member::text
          AND ${latest.field} = ANY(load_stated.fields))`);
}
