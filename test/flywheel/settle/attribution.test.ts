// Holds which place an act counts for: the one that is named where that fits, else the one that was shown last.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Decision } from '../../../src/events/decision.js';
import { createSession } from '../../../src/warehouse/session.js';
import { isSettled } from '../../../src/warehouse/wheel/settled.js';
import { addTouches } from '../../../src/warehouse/wheel/touches.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { appendedAtMs, decisionOn, openSettling, type Settling, windowMs } from './settling.js';

const startMs = Date.parse('2026-03-01T10:00:00Z');
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

let database: TestDatabase;
let settling: Settling;
beforeAll(async () => {
  database = await createTestDatabase();
  settling = await openSettling(database);
});
beforeEach(() => settling.empty());
afterAll(() => database.close());

let count = 0;
const event = (type: string, minutes: number, more: object) => {
  count += 1;
  return {
    event: { event: type, id: `${type} ${count}`, timestamp: at(minutes), customer_id: 'a', ...more },
  };
};
const shown = ({ id, customer }: Decision, minutes: number, more: object = {}) =>
  event('exposure', minutes, { decision: id, customer_id: customer, ...more });
const list = (name: string, products: readonly (string | null)[], customer: string | null = 'a') =>
  decisionOn(name, customer, products, startMs);

/** What was answered, as decisions and places. */
async function answered(...decisions: readonly Decision[]): Promise<readonly string[]> {
  await settling.finish();
  const { rows } = await database.pool.query<{ id: string; slot: number }>(
    'SELECT decision_id AS id, slot FROM fact_decision_slot WHERE responded_at IS NOT NULL ORDER BY decision_id, slot',
  );
  const names = new Map(decisions.map(({ id, details }) => [id, details?.name]));
  return rows.map(({ id, slot }) => `${names.get(id)} ${slot}`).sort();
}

it('leaves the lines of a purchase to others where the decision that it names has no place for them', async () => {
  const named = list('named', ['p', 'q']);
  const other = list('other', ['r', 'p']);
  await settling.take([{ decision: named }, { decision: other }, shown(other, 0), shown(named, 1)]);
  const items = ['p', 'r'].map((product) => ({ product_id: product, quantity: 1, price: 2 }));
  await settling.take([event('purchase', 2, { decision: named.id, items })]);
  expect(await answered(named, other)).toEqual(['named 1', 'other 1']);
});

it('takes a decision that is named and unknown, foreign or about something else for none', async () => {
  const own = list('own', ['p', 'q', 'r']);
  const foreign = list('foreign', ['q'], 'b');
  const beside = list('beside', ['s']);
  await settling.take([own, foreign, beside].map((decision) => ({ decision })));
  await settling.take([shown(own, 0), shown(foreign, 0), shown(beside, 0)]);
  await settling.take([
    event('click', 1, { product_id: 'p', decision: 'nobody made it' }),
    event('click', 1, { product_id: 'q', decision: foreign.id }),
    event('click', 1, { product_id: 'r', decision: beside.id }),
  ]);
  expect(await answered(own, foreign, beside)).toEqual(['own 1', 'own 2', 'own 3']);
});

it('gives an act back when the decision that it names becomes known', async () => {
  const own = list('own', ['p']);
  const late = list('late', ['p']);
  await settling.take([{ decision: own }, shown(own, 0), shown(late, 1)]);
  await settling.take([event('click', 2, { product_id: 'p', decision: late.id })]);
  expect(await answered(own, late)).toEqual(['own 1']);
  await settling.take([{ decision: late }]);
  expect(await answered(own, late)).toEqual(['late 1']);
});

it('counts an act for no other place where the decision that it names is known and not shown', async () => {
  const own = list('own', ['p']);
  const late = list('late', ['p']);
  await settling.take([{ decision: own }, shown(own, 0)]);
  await settling.take([event('click', 2, { product_id: 'p', decision: late.id })]);
  expect(await answered(own, late)).toEqual(['own 1']);
  await settling.take([{ decision: late }]);
  expect(await answered(own, late)).toEqual([]);
});

it('counts an act for the last list, and for the last of what was decided beside the lists', async () => {
  const before = list('before', ['p']);
  const last = list('last', ['p']);
  const rules = ['rule', 'later rule'].map((name) => decisionOn(name, 'a', ['p'], startMs, null));
  const decisions = [before, last, ...rules];
  await settling.take(decisions.map((decision) => ({ decision })));
  await settling.take(decisions.map((decision, place) => shown(decision, place)));
  await settling.take([event('click', 5, { product_id: 'p' })]);
  expect(await answered(...decisions)).toEqual(['last 1', 'later rule 1']);
});

it('counts nothing but acts that name it for what was decided for nobody in particular', async () => {
  const named = list('named', ['p', 'q'], null);
  await settling.take([{ decision: named }, shown(named, 0, { customer_id: undefined })]);
  await settling.take([
    event('click', 1, { product_id: 'p', decision: named.id }),
    event('click', 1, { product_id: 'q' }),
  ]);
  expect(await answered(named)).toEqual(['named 1']);
});

async function showings() {
  const { rows } = await database.pool.query<{
    shown: Date | null;
    closes: Date | null;
    lesson: string | null;
  }>(
    'SELECT shown_at AS shown, closes_at AS closes, lesson FROM fact_decision_slot ORDER BY decision_id, slot',
  );
  return rows;
}

it('does not believe that something was shown long before it was decided', async () => {
  const decision = list('d', ['p']);
  const ancient = ['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', at(-61)];
  await settling.take([
    { decision },
    ...ancient.map((timestamp) => shown(decision, 0, { timestamp })),
    shown(decision, 0, { timestamp: '1971-01-01T00:00:00Z', customer_id: undefined }),
  ]);
  await settling.moveClock(startMs);
  await settling.finish();
  expect(await showings()).toEqual([{ shown: null, closes: null, lesson: null }]);
  await settling.take([shown(decision, -59)]);
  await settling.finish();
  expect(await showings()).toMatchObject([{ shown: new Date(at(-59)) }]);
});

it('takes what is said to be shown in the future for shown when the log took that in', async () => {
  const decision = list('d', ['p']);
  await settling.take([{ decision }, shown(decision, 0, { timestamp: '2099-01-01T00:00:00Z' })]);
  await settling.finish();
  expect(await showings()).toEqual([
    { shown: new Date(appendedAtMs), closes: new Date(appendedAtMs + windowMs), lesson: null },
  ]);
});

it('leaves the end of a place as it was when it taught', async () => {
  const decision = list('d', ['p']);
  await settling.take([{ decision }, shown(decision, 5)]);
  await settling.moveClock(startMs + 60 * 60_000);
  await settling.finish();
  await settling.take([shown(decision, 1), event('click', 13, { product_id: 'p' })]);
  // Its window is over before the click, by when it was shown first.
  expect(await answered(decision)).toEqual([]);
  expect(await showings()).toEqual([
    { shown: new Date(at(1)), closes: new Date(startMs + 5 * 60_000 + windowMs), lesson: 'taught' },
  ]);
});

it('finds what was being written when something was shown, and is not settled before', async () => {
  const decision = list('d', ['p']);
  await settling.take([event('view', 0, { product_id: 'p' })]);
  const ids = await database.pool.query<{ customerId: number; productId: number }>(
    'SELECT customer_id AS "customerId", product_id AS "productId" FROM fact_event',
  );
  const [act] = ids.rows;
  if (act === undefined) throw new Error('There is no event.');
  const nobody = { learner: 'none', version: 1 };
  const settled = () => isSettled(database, {}, nobody, 365 * 86_400_000);
  await settling.moveClock(startMs);
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
       VALUES ('slow', '1', 'click', $1, $2, $3)`,
      [act.customerId, act.productId, at(2)],
    );
    const session = createSession(client, database.kysely);
    await addTouches(session, { claims: [], decisions: [], acts: [{ ...act, atMs: startMs + 120_000 }] });
    await settling.take([{ decision }, shown(decision, 1)]);
    for (let step = 0; step < 5; step += 1) expect(await settling.step()).toMatchObject({ outcomes: 0 });
    expect(await settling.step()).toMatchObject({ touches: 0, waits: true });
    expect(await settled()).toBe(false);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  expect(await answered(decision)).toEqual(['d 1']);
  expect(await settled()).toBe(true);
});
