// Holds what closed places teach: at most so many of one customer and day, once each, and nothing of what came late.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Decision, withId } from '../../../src/events/decision.js';
import { createFollower } from '../../../src/main/follow-facts.js';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import { writeSwitch } from '../../../src/warehouse/wheel/world.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { decisionOn, openSettling, type Settling, windowMs } from './settling.js';

const cap = 5;
const startMs = Date.parse('2026-03-01T10:00:00Z');
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();
const longAfterMs = startMs + 3_600_000;

let database: TestDatabase;
let settling: Settling;
beforeAll(async () => {
  database = await createTestDatabase();
  settling = await openSettling(database, cap);
});
beforeEach(() => settling.empty());
afterAll(() => database.close());

const exposureOf = ({ id, customer }: Decision, minutes: number) => ({
  event: {
    event: 'exposure',
    id: `shown ${id}`,
    customer_id: customer,
    decision: id,
    timestamp: at(minutes),
  },
});
const clickOn = (customer: string, product: string, minutes: number, more: object = {}) => ({
  event: {
    event: 'click',
    id: `${customer} ${product} ${minutes}`,
    customer_id: customer,
    product_id: product,
    timestamp: at(minutes),
    ...more,
  },
});

async function lessonsOf(customer: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await database.pool.query<{ lesson: string; count: number }>(
    `SELECT lesson, count(*)::int FROM fact_decision_slot JOIN dim_customer AS customer ON customer.id = customer_id
     WHERE code = $1 GROUP BY lesson`,
    [customer],
  );
  return Object.fromEntries(rows.map(({ lesson, count }) => [lesson, count]));
}

/** What policies are known by: how often their proposals were shown, and answered. */
async function tallies(): Promise<readonly unknown[]> {
  const { rows } = await database.pool.query(
    'SELECT policy, sum(shown)::int AS shown, sum(answered)::int AS answered FROM policy_tally GROUP BY policy ORDER BY policy',
  );
  return rows;
}

it('are at most so many of a customer who floods, and all of everybody else', async () => {
  const flood = Array.from({ length: 400 }, (_, place) =>
    decisionOn(`f${place}`, 'bot', ['p', 'q'], startMs),
  );
  const others = ['a', 'b', 'c'].map((code) => decisionOn(code, code, ['p', 'q', 'r'], startMs));
  const all = [...flood, ...others];
  await settling.take(all.map((decision) => ({ decision })));
  await settling.take([
    ...all.map((decision, place) => exposureOf(decision, place / 100)),
    ...flood.map((_, place) => clickOn('bot', 'p', 1 + place / 100)),
  ]);
  await settling.moveClock(longAfterMs);
  const taught = await settling.finish();
  expect(await lessonsOf('bot')).toEqual({ taught: cap, capped: 800 - cap });
  for (const code of ['a', 'b', 'c']) expect(await lessonsOf(code)).toEqual({ taught: 3 });
  expect(taught.length).toBe(cap + 9);
  const answered = taught.filter(({ outcome }) => outcome === 1).length;
  expect(await tallies()).toEqual([{ policy: 'blend', shown: cap + 9, answered }]);
  expect(new Set(taught.map(({ decisionId, slot }) => `${decisionId} ${slot}`)).size).toBe(cap + 9);
  // The bot has another day, and teaches no more than that again.
  const tomorrow = Array.from({ length: 9 }, (_, place) => decisionOn(`t${place}`, 'bot', ['p'], startMs));
  await settling.take(tomorrow.flatMap((decision) => [{ decision }, exposureOf(decision, 24 * 60)]));
  await settling.moveClock(longAfterMs + 86_400_000);
  expect((await settling.finish()).length).toBe(cap);
});

it('are none while learning is switched off, of policies neither', async () => {
  const decision = decisionOn('d', 'a', ['p'], startMs);
  await writeSwitch(database, 'LEARNING', false, null);
  try {
    await settling.take([{ decision }, exposureOf(decision, 0), clickOn('a', 'p', 1)]);
    await settling.moveClock(longAfterMs);
    expect(await settling.finish()).toEqual([]);
    expect(await lessonsOf('a')).toEqual({ none: 1 });
    expect(await tallies()).toEqual([]);
  } finally {
    await writeSwitch(database, 'LEARNING', true, null);
  }
});

it('are of policies alone where nothing was known of a proposal, and of nothing for the floor', async () => {
  const bare = ({ slots, id: _, ...content }: Decision) =>
    withId({ ...content, slots: slots.map((slot) => ({ ...slot, features: null })) });
  const rules = Array.from({ length: cap + 2 }, (_, place) =>
    bare({ ...decisionOn(`r${place}`, 'a', ['p'], startMs, null), policy: 'third-view-offer' }),
  );
  const floor = bare({ ...decisionOn('h', 'b', ['p'], startMs), arm: 'HOLDOUT', policy: 'floor' });
  for (const decision of [...rules, floor]) await settling.take([{ decision }, exposureOf(decision, 0)]);
  await settling.moveClock(longAfterMs);
  expect(await settling.finish()).toEqual([]);
  expect(await lessonsOf('a')).toEqual({ taught: cap, capped: 2 });
  expect(await lessonsOf('b')).toEqual({ none: 1 });
  expect(await tallies()).toEqual([{ policy: 'third-view-offer', shown: cap, answered: 0 }]);
});

it('count what was taught before on the same day', async () => {
  for (const round of [0, 1, 2]) {
    const decisions = Array.from({ length: 3 }, (_, place) =>
      decisionOn(`${round} ${place}`, 'a', ['p'], startMs),
    );
    await settling.take(decisions.flatMap((decision) => [{ decision }, exposureOf(decision, 20 * round)]));
    await settling.moveClock(startMs + 20 * round * 60_000 + windowMs);
    expect((await settling.finish()).length).toBe([3, 2, 0][round]);
  }
});

it('say what was done within the window, once, whatever comes late', async () => {
  const decision = decisionOn('d', 'a', ['p', 'q', 'r'], startMs);
  await settling.take([{ decision }, exposureOf(decision, 0), clickOn('a', 'q', 3)]);
  // Named, and after the window: an outcome, and no lesson.
  await settling.take([clickOn('a', 'r', 11, { decision: decision.id })]);
  await settling.moveClock(startMs + windowMs - 1);
  expect(await settling.finish()).toEqual([]);
  await settling.moveClock(startMs + windowMs);
  const taught = await settling.finish();
  expect(taught.map(({ slot, outcome }) => [slot, outcome])).toEqual([
    [1, 0],
    [2, 1],
    [3, 0],
  ]);
  await settling.take([clickOn('a', 'p', 5), clickOn('a', 'q', 3), exposureOf(decision, 0)]);
  expect(await settling.finish()).toEqual([]);
  const { rows } = await database.pool.query('SELECT slot, type FROM fact_outcome ORDER BY slot');
  expect(rows).toEqual([1, 2, 3].map((slot) => ({ slot, type: 'click' })));
});

it('wait for a decision that is named before it is known', async () => {
  const decision = decisionOn('d', 'a', ['p'], startMs);
  const claims = async () =>
    (await database.pool.query('SELECT count(*)::int AS claims FROM decision_claim')).rows;
  await settling.take([clickOn('a', 'p', 2, { decision: decision.id }), exposureOf(decision, 1)]);
  await settling.moveClock(longAfterMs);
  expect(await settling.finish()).toEqual([]);
  expect(await claims()).toEqual([{ claims: 2 }]);
  await settling.take([clickOn('a', 'p', 2, { decision: decision.id })]);
  expect(await claims()).toEqual([{ claims: 2 }]);
  await settling.take([{ decision }, { decision }]);
  expect(await settling.finish()).toMatchObject([{ decisionId: decision.id, slot: 1, outcome: 1 }]);
});

it('are not those of places that nobody saw, or that somebody else saw', async () => {
  const decision = decisionOn('d', 'a', ['p', 'q'], startMs);
  const other = { event: 'exposure', id: 'x', customer_id: 'b', decision: decision.id, timestamp: at(0) };
  const seen = {
    event: 'exposure',
    id: 'y',
    customer_id: 'a',
    decision: decision.id,
    product_id: 'q',
    timestamp: at(0),
  };
  await settling.take([{ decision }, { event: other }, { event: seen }, clickOn('a', 'p', 1)]);
  await settling.moveClock(longAfterMs);
  expect(await settling.finish()).toMatchObject([{ slot: 2, outcome: 0 }]);
  const { rows } = await database.pool.query('SELECT slot FROM fact_exposure');
  expect(rows).toEqual([{ slot: 2 }]);
});

it('know of the sales of a file, before their time is over and after', async () => {
  const decision = decisionOn('d', 'a', ['p', 'q'], startMs);
  await settling.take([{ decision }, exposureOf(decision, 0)]);
  await settling.finish();
  const folder = await mkdtemp(join(tmpdir(), 'lessons-'));
  const load = async (name: string, product: string) => {
    const file = join(folder, name);
    await writeFile(file, `invoice,product,customer,price,at\n${name},${product},a,2,${at(4)}\n`);
    const fields = {
      invoice: 'invoice',
      product: 'product',
      customer: 'customer',
      unitPrice: 'price',
      soldAt: 'at',
    };
    const mapping = { model: 'Sale', source: name, fields: { ...fields, quantity: { value: '1' } } };
    await loadFile({ database, file, mapping, follower: createFollower() });
  };
  const bought = async () =>
    (await database.pool.query('SELECT slot FROM fact_outcome ORDER BY slot')).rows.map(({ slot }) => slot);
  try {
    await load('before', 'p');
    await settling.moveClock(longAfterMs);
    expect((await settling.finish()).map(({ outcome }) => outcome)).toEqual([1, 0]);
    await load('after', 'q');
    expect(await settling.finish()).toEqual([]);
    expect(await bought()).toEqual([1, 2]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
