// Holds that the third view of a product is decided once, in whatever order its events come and whoever dies on the way.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { decideThirdViews, noteViews, type ThirdViewDeps } from '../../../src/flywheel/rules/third-view.js';
import { createSwitches } from '../../../src/flywheel/switches.js';
import { armOf } from '../../../src/math/decide/assign-arm.js';
import { LeaseLost } from '../../../src/warehouse/lease-fence.js';
import type { ArrivedEvent } from '../../../src/warehouse/stream/facts.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { addCustomers, dayMs, decided, emptyShop, setClock, startMs } from '../campaigns/campaign-shop.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await addCustomers(database, 'C', 'ACTIVE', 200);
  await database.pool.query(`INSERT INTO dim_product (code) SELECT 'p' || n FROM generate_series(1, 5) AS n`);
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ('rules', 1, 'test', 'infinity', 0, '-infinity')`,
  );
  await setClock(database, startMs);
});
afterEach(async () => {
  await emptyShop(database);
  await database.pool.query('TRUNCATE fact_event, fact_sales');
});

const lease = { name: 'rules', number: 1n };
const terms = { windowMs: 7 * dayMs, offer: 'DISCOUNT_5' };

function decide(change: Partial<ThirdViewDeps> = {}): Promise<number> {
  const topics = { inputTopics: ['user-behavior'], decisionsTopic: 'flywheel.decisions' };
  return decideThirdViews({ database, terms, holdoutShare: 0, ...topics, ...change }, lease);
}

interface Done {
  readonly id: string;
  readonly customer?: string;
  readonly product?: string;
  readonly type?: string;
  readonly atMs: number;
}

/** Stores a batch as the pipeline does, its step included. */
async function batch(...events: readonly Done[]): Promise<void> {
  await inTransaction(database, async (session) => {
    const facts: ArrivedEvent[] = [];
    for (const { id, customer = 'C001', product = 'p1', type = 'view', atMs } of events) {
      const { rows } = await database.pool.query<{ customer: number; product: number }>(
        'SELECT c.id AS customer, p.id AS product FROM dim_customer AS c, dim_product AS p WHERE c.code = $1 AND p.code = $2',
        [customer, product],
      );
      const [row] = rows;
      if (row === undefined) throw new Error(`There is no ${customer}, or no ${product}.`);
      await database.pool.query(
        `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at) VALUES ('web', $1, $2, $3, $4, $5)`,
        [id, type, row.customer, row.product, new Date(atMs)],
      );
      facts.push({
        source: 'web',
        eventId: id,
        type,
        customerId: row.customer,
        customer,
        productId: row.product,
        product,
        value: null,
        text: null,
        attributes: null,
        occurredAt: atMs,
        appendedAtMs: startMs + 10 * dayMs,
      });
    }
    await noteViews(session, facts, terms);
  });
}

const hour = (hours: number) => startMs - 5 * dayMs + hours * 3_600_000;
const views = (...hours: readonly number[]) =>
  hours.map((hours) => ({ id: `view at ${hours}`, atMs: hour(hours) }));

/** The events by which third views were found, by when they happened. */
async function found(): Promise<readonly unknown[]> {
  while ((await decide()) > 0);
  return (await decided(database)).map(({ details }) => details?.event);
}

it('is decided at the third view, with an offer or without one', async () => {
  await batch(...views(0, 1));
  expect(await found()).toEqual([]);
  await batch(...views(2));
  expect(await found()).toEqual(['view at 2']);
  const [decision] = await decided(database);
  expect(decision).toMatchObject({
    kind: 'RECOMMEND',
    customer: 'C001',
    product: 'p1',
    cause: 'third-view',
    arm: null,
    policyPropensity: expect.closeTo(0.5, 9),
    candidates: 2,
    decidedAtMs: startMs,
    details: { source: 'web', event: 'view at 2', viewedAt: new Date(hour(2)).toISOString() },
    slots: [{ product: 'p1', propensity: 1 }],
  });
});

it('is decided once, whatever comes after it and late', async () => {
  await batch(...views(10, 11, 12));
  expect(await found()).toEqual(['view at 12']);
  for (const more of [13, 5, 11.5, 20, 100]) {
    await batch(...views(more));
    expect(await found()).toEqual(['view at 12']);
  }
  // After the time of the rule there may be another one.
  await setClock(database, startMs + 4 * dayMs);
  const later = 12 + 7 * 24;
  await batch(...views(later, later + 1));
  expect(await found()).toEqual(['view at 12', `view at ${later + 1}`]);
});

it('is found whatever the order and the batches', async () => {
  await batch(...views(3), ...views(1));
  await batch(...views(2));
  await batch(
    ...views(4, 6, 5).map((view) => ({ ...view, id: `${view.id} b`, customer: 'C002' })),
    ...views(4, 5).map((view) => ({ ...view, id: `${view.id} c`, customer: 'C003' })),
  );
  expect([...(await found())].sort()).toEqual(['view at 3', 'view at 6 b']);
});

it('is found though one view claims to come from the future', async () => {
  const future = Date.parse('2999-01-01T00:00:00Z');
  const ahead = [0, 1, 2].map((more) => ({ id: `ahead ${more}`, atMs: future + more }));
  await batch(...ahead);
  await batch(...views(0, 1, 2));
  expect(await found()).toEqual(['view at 2']);
});

it('is none where the views are too far apart, or of several products', async () => {
  await setClock(database, startMs + 4 * dayMs);
  await batch(...views(0, 24, 7 * 24 + 0.5));
  await batch(...views(1, 2).map((view) => ({ ...view, id: `${view.id} other`, product: 'p2' })));
  expect(await found()).toEqual([]);
  await batch(...views(7 * 24 + 0.75));
  expect(await found()).toEqual(['view at 168.75']);
});

it('is none where the product was bought in between, by an event or a line of an order', async () => {
  await batch(...views(0, 1), { id: 'bought', type: 'purchase', atMs: hour(2) }, ...views(3, 4));
  expect(await found()).toEqual([]);
  await database.pool.query(
    `INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     VALUES (20260226, '2026-02-26', 2026, 1, 2, 26, 2026, 9, 4) ON CONFLICT DO NOTHING`,
  );
  await database.pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'web', 'order', 1, 'SALE', p.id, c.id, 20260226, 1, 5, 5, $1
     FROM dim_customer AS c, dim_product AS p WHERE c.code = 'C001' AND p.code = 'p1'`,
    [new Date(hour(4.5))],
  );
  await batch(...views(5, 6));
  expect(await found()).toEqual([]);
  await batch(...views(7));
  expect(await found()).toEqual(['view at 7']);
});

it('is decided for nobody who is held out, and not when it is old', async () => {
  const codes = Array.from({ length: 60 }, (_, at) => `C${String(at + 1).padStart(3, '0')}`);
  for (const customer of codes)
    await batch(...views(0, 1, 2).map((view) => ({ ...view, id: `${view.id} ${customer}`, customer })));
  await decide({ holdoutShare: 0.5 });
  const expected = codes.filter((code) => armOf('holdout', code, [0.5, 0.5]) === 1);
  const decisions = await decided(database);
  expect(decisions.map(({ customer }) => customer).sort()).toEqual(expected);
  const offered = decisions.filter(({ policy }) => policy === 'third-view-offer');
  expect(offered.length).toBeGreaterThan(5);
  expect(offered.length).toBeLessThan(decisions.length - 5);
  expect(offered.every(({ slots }) => slots[0]?.choice === 'DISCOUNT_5')).toBe(true);
  const plain = decisions.filter(({ policy }) => policy === 'third-view-plain');
  expect(plain.length + offered.length).toBe(decisions.length);
  expect(plain.every(({ slots }) => slots[0]?.choice === null)).toBe(true);
  await setClock(database, hour(2) + 7 * dayMs + 1);
  await batch(...views(0, 1, 2).map((view) => ({ ...view, id: `${view.id} old`, customer: 'C100' })));
  expect(await decide()).toBe(1);
  expect(await decided(database)).toHaveLength(decisions.length);
});

it('goes by what became of both lately', async () => {
  await database.pool.query(
    `INSERT INTO policy_tally (policy, day, shown, answered) VALUES
     ('third-view-offer', '2026-03-01', 400, 200), ('third-view-plain', '2026-03-01', 400, 40)`,
  );
  await batch(...views(0, 1, 2));
  await decide();
  const [decision] = await decided(database);
  const share = decision?.policy === 'third-view-offer' ? 0.95 : 0.05;
  expect(decision?.policyPropensity).toBeCloseTo(share, 6);
});

it('is noted and decided by nobody while deciding is switched off', async () => {
  const switches = createSwitches(database);
  await batch(...views(0, 1, 2));
  await switches.set('RECOMMEND', false, 'test');
  expect(await decide()).toBe(1);
  await batch(...views(3, 4, 5).map((view) => ({ ...view, id: `${view.id} off`, customer: 'C002' })));
  await switches.set('RECOMMEND', true, 'test');
  expect(await found()).toEqual([]);
});

it('waits for whoever holds the lease, and is the same decision then', async () => {
  await batch(...views(0, 1, 2));
  await database.pool.query('UPDATE lease SET number = 2');
  await expect(decide()).rejects.toThrow(LeaseLost);
  expect(await decided(database)).toEqual([]);
  await database.pool.query('UPDATE lease SET number = 1');
  expect(await found()).toEqual(['view at 2']);
  const [first] = await decided(database);
  // As after a loss of all but the events: the time and the chances are others, the decision is the same.
  await database.pool.query('TRUNCATE outbox, wheel_trigger, fact_event');
  await setClock(database, startMs + dayMs);
  await batch(...views(0, 1, 2));
  await decide();
  expect((await decided(database)).map(({ id }) => id)).toEqual([first?.id]);
});

it('looks at so many events of a customer only that a flood is no burden', async () => {
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
     SELECT 'bot', n, 'view', c.id, p.id, $1::timestamptz + n * interval '1 second'
     FROM generate_series(1, 1200) AS n, dim_customer AS c, dim_product AS p WHERE c.code = 'C001' AND p.code = 'p2'`,
    [new Date(hour(2))],
  );
  await batch(...views(0, 1));
  await batch({ id: 'third', atMs: hour(3) });
  expect(await found()).toEqual([]);
  await batch({ id: 'fourth', atMs: hour(4) });
  await batch({ id: 'fifth', atMs: hour(5) });
  expect(await found()).toEqual(['fifth']);
});
