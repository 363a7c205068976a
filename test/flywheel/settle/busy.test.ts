// Holds that one busy customer, or one place that cannot be worked on, does not keep what became of all others waiting.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../../src/warehouse/session.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { readLastShown, settlePlaces } from '../../../src/warehouse/wheel/settle.js';
import { addTouches, touchRange } from '../../../src/warehouse/wheel/touches.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { decisionOn, openSettling, type Settling, windowMs } from './settling.js';

const startMs = Date.parse('2026-03-01T10:00:00Z');
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

let database: TestDatabase;
let settling: Settling;
beforeAll(async () => {
  database = await createTestDatabase();
  settling = await openSettling(database);
});
afterAll(() => database.close());

const showing = (id: string, customer: string, minutes: number) => ({
  event: {
    event: 'exposure',
    id: `shown ${id}`,
    customer_id: customer,
    decision: id,
    timestamp: at(minutes),
  },
});
const click = (customer: string, minutes: number) => ({
  event: {
    event: 'click',
    id: `${customer} ${minutes}`,
    customer_id: customer,
    product_id: 'p',
    timestamp: at(minutes),
  },
});

/** How many rows and entries of indexes of the places a piece of work reads. */
async function reads(work: (session: Session) => Promise<unknown>): Promise<number> {
  return inTransaction(database, async (session) => {
    const count = async () => {
      const [row] = await session.rows(sql<{ count: number }>`
        SELECT sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid))::float8 AS count
        FROM (SELECT 'fact_decision_slot'::regclass AS oid
          UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = 'fact_decision_slot'::regclass) AS parts`);
      return row?.count ?? 0;
    };
    const before = await count();
    await work(session);
    return (await count()) - before;
  });
}

it('reads as much of what was shown as there are acts, not as there are places', async () => {
  await settling.take([click('busy', 0)]);
  const { rows } = await database.pool.query<{ customerId: number; productId: number }>(
    'SELECT customer_id AS "customerId", product_id AS "productId" FROM fact_event',
  );
  const [pair] = rows;
  if (pair === undefined) throw new Error('There is no event.');
  // One place a second, all of the same product, and the last window of them open.
  await database.pool.query(
    `INSERT INTO fact_decision (id, kind, customer_id, cause, policy, policy_propensity, candidates, position, decided_at)
     SELECT 'd' || i, 'RECOMMEND', $1, 'asked', 'blend', 1, 1, '{}', $2::timestamptz + i * interval '1 second'
     FROM generate_series(1, 20000) AS i`,
    [pair.customerId, at(0)],
  );
  await database.pool.query(
    `INSERT INTO fact_decision_slot (decision_id, slot, customer_id, product_id, score, propensity, is_list, shown_at, closes_at)
     SELECT id, 1, customer_id, $1, 1, 1, true, decided_at, decided_at + $2 * interval '1 millisecond' FROM fact_decision`,
    [pair.productId, windowMs],
  );
  await database.pool.query('ANALYZE fact_decision_slot');
  const acts = Array.from({ length: 100 }, (_, place) => ({
    ...pair,
    atMs: startMs + (19_000 + place) * 1_000,
  }));
  expect(await reads((session) => addTouches(session, { claims: [], decisions: [], acts }))).toBeLessThan(
    2_000,
  );
  const moments = acts.map(({ atMs, ...act }) => ({ ...act, at: new Date(atMs) }));
  const read = await reads(async (session) => {
    const places = await readLastShown(session, moments);
    expect(places.length).toBe(101);
    await settlePlaces(session, places, windowMs);
  });
  expect(read).toBeLessThan(4_000);
  const range = { first: new Date(startMs + 20_600_000), last: new Date(startMs + 86_400_000) };
  await database.pool.query(`UPDATE fact_decision_slot SET lesson = 'taught' WHERE closes_at < $1`, [
    range.first,
  ]);
  await database.pool.query('VACUUM ANALYZE fact_decision_slot');
  expect(await reads((session) => touchRange(session, range))).toBeLessThan(2_000);
});

it('leaves out what the database cannot do, and goes on with all else', { timeout: 60_000 }, async () => {
  const hasty = await createTestDatabase({ statementTimeoutMs: 2_500 });
  onTestFinished(() => hasty.close());
  const hurried = await openSettling(hasty, 3);
  const decisions = ['a', 'b', 'c'].map((code) => decisionOn(code, code, ['p'], startMs));
  await hurried.take(decisions.map((decision) => ({ decision })));
  await hurried.take(decisions.map(({ id, customer }) => showing(id, customer ?? '', 0)));
  await hurried.finish();
  const [, held] = decisions;
  const client = await hasty.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM fact_decision_slot WHERE decision_id = $1 FOR UPDATE', [held?.id]);
    await hurried.take(['a', 'b', 'c'].map((code, place) => click(code, 1 + place)));
    await hurried.finish();
    expect(hurried.leftOut).toMatchObject([{ customerId: expect.any(Number), at: new Date(at(2)) }]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  const answered = async () =>
    (await hasty.pool.query('SELECT count(responded_at)::int AS count FROM fact_decision_slot')).rows;
  expect(await answered()).toEqual([{ count: 2 }]);
  await hurried.moveClock(startMs + windowMs);
  expect((await hurried.finish()).map(({ outcome }) => outcome)).toEqual([1, 1, 1]);
  expect(await answered()).toEqual([{ count: 3 }]);
});
