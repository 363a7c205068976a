// Holds that campaigns decide for each customer once, within their limits, and learn from what became of their offers.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCampaigns, runDueCampaigns } from '../../../src/flywheel/campaigns/campaigns.js';
import { createSwitches } from '../../../src/flywheel/switches.js';
import { armOf } from '../../../src/math/decide/assign-arm.js';
import { LeaseLost } from '../../../src/warehouse/lease-fence.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  addCustomers,
  answer,
  dayMs,
  decided,
  depsOf,
  emptyShop,
  setClock,
  startMs,
  store,
} from './campaign-shop.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await addCustomers(database, 'A', 'ACTIVE', 40);
  await addCustomers(database, 'L', 'LOST', 12);
  await setClock(database, startMs);
});
afterEach(async () => {
  await emptyShop(database);
  await database.pool.query('TRUNCATE fact_event');
});

const limits = { dryRun: false, toldMax: 100 } as const;
const dry = { dryRun: true, toldMax: 100 } as const;
const spring = { name: 'spring', segment: 'ACTIVE', offers: ['DISCOUNT_5', 'DISCOUNT_10'] } as const;
const all = { holdoutShare: 0 } as const;
const campaigns = () => createCampaigns(depsOf(database));
const lease = { name: 'campaigns', number: 1n };
const holdLease = () =>
  database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ('campaigns', 1, 'test', 'infinity', 0, '-infinity')`,
  );

describe('a run of a campaign', () => {
  it('decides once for every customer of the segment, with exact chances, and nothing for those held out', async () => {
    const run = await campaigns().run({ ...spring, holdoutShare: 0.3 }, limits);
    const heldOut = run.told.filter(({ verdict }) => verdict === 'HELD_OUT');
    const expected = Array.from({ length: 40 }, (_, at) => `A${String(at + 1).padStart(3, '0')}`).filter(
      (code) => armOf('campaign:spring', code, [0.3, 0.7]) === 0,
    );
    expect(heldOut.map(({ customer }) => customer.code)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(4);
    expect(run).toMatchObject({ campaign: 'spring', customers: 40, endedBy: null, cost: 0 });
    expect(Object.fromEntries(run.counts)).toEqual({
      OFFER: 40 - expected.length,
      HELD_OUT: expected.length,
    });
    const decisions = await decided(database);
    expect(decisions).toHaveLength(40);
    for (const decision of decisions) {
      expect(decision).toMatchObject({
        kind: 'CAMPAIGN',
        cause: 'campaign:spring',
        experiment: 'campaign:spring',
        decidedAtMs: startMs,
        product: null,
      });
      if (decision.arm === 'HOLDOUT') {
        expect(decision).toMatchObject({ policy: 'nothing', slots: [] });
        continue;
      }
      // Two offers in three parts of the day from 8 to 20, about which nothing is known: all are as likely.
      expect(decision).toMatchObject({ arm: 'OFFERED', policy: 'thompson', candidates: 6 });
      const [slot] = decision.slots;
      expect(slot?.choice).toMatch(/^DISCOUNT_(5|10)@(8|12|18)$/);
      expect(slot?.propensity).toBeCloseTo(1 / 6, 6);
    }
    const choices = new Set(decisions.flatMap(({ slots }) => slots.map(({ choice }) => choice)));
    expect(choices.size).toBe(6);
  });

  it('decides nothing again, before and after its decisions are stored, and goes on with new customers', async () => {
    const first = await campaigns().run({ ...spring, ...all }, limits);
    expect(first.counts.get('OFFER')).toBe(40);
    const again = await campaigns().run({ name: 'spring' }, limits);
    expect(Object.fromEntries(again.counts)).toEqual({ DECIDED: 40 });
    expect(await store(database)).toHaveLength(40);
    await addCustomers(database, 'B', 'ACTIVE', 3);
    const third = await campaigns().run({ ...spring, ...all }, limits);
    expect(Object.fromEntries(third.counts)).toEqual({ DECIDED: 40, OFFER: 3 });
    expect((await decided(database)).map(({ customer }) => customer)).toEqual(['B001', 'B002', 'B003']);
    const { rows } = await database.pool.query('SELECT decision_id FROM campaign_offer');
    expect(rows).toHaveLength(3);
    expect(await campaigns().list()).toMatchObject([{ name: 'spring', offersMade: 43, heldOut: 0 }]);
  });

  it('gives a decision the same id wherever it is made', async () => {
    await campaigns().run({ ...spring, ...all }, limits);
    const ids = (await decided(database)).map(({ id }) => id);
    await emptyShop(database);
    await addCustomers(database, 'A', 'ACTIVE', 40);
    await setClock(database, startMs + 5 * dayMs);
    await campaigns().run({ ...spring, ...all, offers: ['OTHER'] }, limits);
    expect((await decided(database)).map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(40);
  });

  it('is the same though two run at once', async () => {
    const two = [campaigns(), createCampaigns(depsOf(database, 3))];
    const runs = await Promise.all(two.map((one) => one.run({ ...spring, offersMax: 25, ...all }, limits)));
    expect(runs.map(({ counts }) => counts.get('OFFER') ?? 0).reduce((a, b) => a + b)).toBe(25);
    const customers = (await decided(database)).map(({ customer }) => customer);
    expect(new Set(customers).size).toBe(25);
    expect(customers).toHaveLength(25);
  });
});

describe('the limits of a campaign', () => {
  it('are the days between two offers of any campaign, by the clock of the log', async () => {
    await campaigns().run({ ...spring, holdoutShare: 0.5 }, limits);
    const offered = (await decided(database)).filter(({ arm }) => arm === 'OFFERED').length;
    const summer = { ...spring, ...all, name: 'summer' };
    // The first ones are on their way still, then stored.
    for (const keep of [async () => {}, () => store(database)]) {
      await keep();
      const tried = await campaigns().run(summer, dry);
      expect(Object.fromEntries(tried.counts)).toEqual({ CAPPED: offered, OFFER: 40 - offered });
    }
    await setClock(database, startMs + 7 * dayMs - 1);
    expect((await campaigns().run(summer, dry)).counts.get('CAPPED')).toBe(offered);
    await setClock(database, startMs + 7 * dayMs);
    expect(Object.fromEntries((await campaigns().run(summer, dry)).counts)).toEqual({ OFFER: 40 });
  });

  it('are how many offers there are, and what they cost', async () => {
    const few = await campaigns().run({ ...spring, ...all, offersMax: 9 }, limits);
    expect(Object.fromEntries(few.counts)).toEqual({ OFFER: 9, OFFERS_MAX: 31 });
    const costs = [0.1, 0.25];
    const dear = { ...spring, ...all, name: 'dear', everyDays: 0, costs, budget: 4.05 };
    const run = await campaigns().run(dear, limits);
    const [made] = (await campaigns().list()).filter(({ name }) => name === 'dear');
    expect(made?.spent).toBeLessThanOrEqual(4.05);
    // What is left does not pay for the cheapest offer.
    expect(made?.spent).toBeGreaterThan(3.95);
    expect(made?.spent).toBe(run.cost);
    expect(run.counts.get('BUDGET')).toBe(40 - (made?.offersMade ?? 0));
    const mine = (await decided(database)).filter(({ cause }) => cause === 'campaign:dear');
    expect(mine.map(({ details }) => Number(details?.cost)).reduce((a, b) => a + b)).toBeCloseTo(4.05, 1);
    // The last ones could choose among the cheaper offer alone, and say so.
    const last = mine.filter(({ candidates }) => candidates === 3);
    for (const { slots } of last) {
      expect(slots[0]?.choice).toMatch(/^DISCOUNT_5@/);
      expect(slots[0]?.propensity).toBeCloseTo(1 / 3, 6);
    }
    const again = await campaigns().run({ name: 'dear' }, limits);
    expect(again.counts.has('OFFER')).toBe(false);
  });

  it('are quiet hours', async () => {
    await setClock(database, Date.parse('2026-03-02T23:30:00Z'));
    const quiet = await campaigns().run({ ...spring, ...all }, dry);
    expect(quiet).toMatchObject({ endedBy: 'QUIET', customers: 40 });
    expect(Object.fromEntries(quiet.counts)).toEqual({ QUIET: 40 });
    expect(await campaigns().run({ ...spring, ...all }, limits)).toMatchObject({ endedBy: 'QUIET' });
    expect(await decided(database)).toEqual([]);
    await campaigns().run({ ...spring, ...all, name: 'night', hours: [22, 23, 2] }, limits);
    const choices = (await decided(database)).map(({ slots }) => slots[0]?.choice ?? '');
    expect(new Set(choices.map((choice) => choice.split('@')[1]))).toEqual(new Set(['2', '22']));
  });

  it('are the switch of campaigns, and that of the campaign itself', async () => {
    const switches = createSwitches(database);
    await switches.set('CAMPAIGN', false, 'test');
    expect((await campaigns().run({ ...spring, ...all }, dry)).counts.get('SWITCHED_OFF')).toBe(40);
    expect(await campaigns().run({ ...spring, ...all }, limits)).toMatchObject({ endedBy: 'SWITCHED_OFF' });
    await switches.set('CAMPAIGN', true, 'test');
    await campaigns().stop('spring');
    expect((await campaigns().run({ name: 'spring' }, dry)).counts.get('STOPPED')).toBe(40);
    expect(await campaigns().run({ name: 'spring' }, limits)).toMatchObject({ endedBy: 'STOPPED' });
    expect(await decided(database)).toEqual([]);
    await campaigns().start('spring');
    expect((await campaigns().run({ name: 'spring' }, limits)).counts.get('OFFER')).toBe(40);
  });

  it('hold at once: what was stopped in the middle of a run decides nothing more', async () => {
    await addCustomers(database, 'M', 'ACTIVE', 400);
    const running = createCampaigns(depsOf(database, 1)).run({ ...spring, ...all }, limits);
    while ((await decided(database)).length === 0);
    await campaigns().stop('spring');
    const atStop = (await decided(database)).length;
    const run = await running;
    expect(run.endedBy).toBe('STOPPED');
    expect(run.counts.get('OFFER')).toBe(atStop);
    expect(await decided(database)).toHaveLength(atStop);
    expect(atStop).toBeLessThan(440);
  });
});

describe('a long run', () => {
  it('ends where a quiet hour begins', async () => {
    await addCustomers(database, 'M', 'ACTIVE', 400);
    const running = createCampaigns(depsOf(database, 1)).run({ ...spring, ...all }, limits);
    while ((await decided(database)).length === 0);
    await setClock(database, Date.parse('2026-03-02T22:00:00Z'));
    const run = await running;
    expect(run.endedBy).toBe('QUIET');
    expect(run.counts.get('OFFER')).toBeLessThan(440);
    for (const { decidedAtMs } of await decided(database)) expect(decidedAtMs).toBe(startMs);
  });
});

describe('a dry run', () => {
  it('says what the run does then, and does nothing', async () => {
    const terms = { ...spring, costs: [1, 2], budget: 30, holdoutShare: 0.2 };
    const tried = await campaigns().run(terms, dry);
    expect(await campaigns().list()).toEqual([]);
    expect(await decided(database)).toEqual([]);
    const run = await campaigns().run(terms, limits);
    expect(run).toEqual(tried);
    expect(new Set(run.counts.keys())).toEqual(new Set(['OFFER', 'HELD_OUT', 'BUDGET']));
  });
});

describe('what offer and hour suit a segment', () => {
  it('is learned from what became of earlier ones', async () => {
    await addCustomers(database, 'M', 'ACTIVE', 400);
    await campaigns().run({ ...spring, ...all, everyDays: 0 }, limits);
    const first = await store(database);
    await answer(database, first, ({ slots }) => slots[0]?.choice === 'DISCOUNT_10@18');
    await campaigns().run({ ...spring, ...all, everyDays: 0, name: 'second' }, limits);
    const second = await store(database);
    const best = second.filter(({ slots }) => slots[0]?.choice === 'DISCOUNT_10@18');
    // Nine tenths go where it is best, and a sixth of the rest.
    expect(best[0]?.slots[0]?.propensity).toBeCloseTo(0.9 + 0.1 / 6, 3);
    expect(best.length / second.length).toBeGreaterThan(0.85);
    const chances = new Map(second.map(({ slots }) => [slots[0]?.choice, slots[0]?.propensity ?? 0]));
    expect([...chances.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    // What lost customers like, nobody knows yet.
    await campaigns().run({ ...spring, ...all, segment: 'LOST', name: 'win back' }, limits);
    for (const { slots } of await decided(database)) expect(slots[0]?.propensity).toBeCloseTo(1 / 6, 6);
  });
});

describe('what offers changed', () => {
  it('is told by all who were decided for and whose days are over', async () => {
    await addCustomers(database, 'M', 'ACTIVE', 160);
    await campaigns().run({ ...spring, holdoutShare: 0.5 }, limits);
    const decisions = await store(database);
    const held = decisions.filter(({ arm }) => arm === 'HOLDOUT');
    const offered = decisions.filter(({ arm }) => arm === 'OFFERED');
    // Half of those with an offer buy, and a tenth of the others; whatever is bought later does not count.
    const buyers = [...offered.filter((_, at) => at % 2 === 0), ...held.filter((_, at) => at % 10 === 0)];
    const events = [
      ...buyers.map(({ customer }) => ({ customer, atMs: startMs + 2 * dayMs })),
      ...held.map(({ customer }) => ({ customer, atMs: startMs + 2 * dayMs + 1 })),
      ...held.map(({ customer }) => ({ customer, atMs: startMs })),
    ];
    await database.pool.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
       SELECT 'web', row_number() OVER (), 'purchase', customer.id, given.at
       FROM unnest($1::text[], $2::timestamptz[]) AS given (code, at) JOIN dim_customer AS customer USING (code)`,
      [events.map(({ customer }) => customer), events.map(({ atMs }) => new Date(atMs))],
    );
    await setClock(database, startMs + 2 * dayMs - 1);
    expect(await campaigns().lift('spring', 2)).toMatchObject({
      offered: { customers: 0 },
      heldOut: { customers: 0 },
      difference: { low: -1, high: 1 },
    });
    await setClock(database, startMs + 2 * dayMs);
    const { difference, ...sides } = await campaigns().lift('spring', 2);
    expect(sides).toEqual({
      offered: { customers: offered.length, bought: Math.ceil(offered.length / 2) },
      heldOut: { customers: held.length, bought: Math.ceil(held.length / 10) },
    });
    expect(difference.value).toBeCloseTo(
      Math.ceil(offered.length / 2) / offered.length - Math.ceil(held.length / 10) / held.length,
      12,
    );
    expect(difference.low).toBeGreaterThan(0.2);
    await expect(campaigns().lift('spring', 0)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});

describe('a campaign that runs by itself', () => {
  const daily = { ...spring, ...all, everyMs: dayMs };
  const due = () => runDueCampaigns(depsOf(database), lease, new AbortController().signal);

  it('runs when it is due by the clock of the log', async () => {
    await holdLease();
    await campaigns().create(daily);
    await campaigns().create({ ...daily, name: 'by hand', everyMs: null });
    expect((await due()).map(({ campaign }) => campaign)).toEqual(['spring']);
    await addCustomers(database, 'B', 'ACTIVE', 2);
    await setClock(database, startMs + dayMs - 1);
    expect(await due()).toEqual([]);
    await setClock(database, startMs + dayMs);
    expect((await due()).map(({ counts }) => counts.get('OFFER'))).toEqual([2]);
    expect(await due()).toEqual([]);
  });

  it('waits for the end of quiet hours, and for the switch', async () => {
    await holdLease();
    await campaigns().create({ ...daily, hours: [11] });
    expect(await due()).toEqual([]);
    const switches = createSwitches(database);
    await switches.set('CAMPAIGN', false, 'test');
    await setClock(database, startMs + dayMs / 24);
    expect(await due()).toEqual([]);
    await switches.set('CAMPAIGN', true, 'test');
    expect((await due()).map(({ counts }) => counts.get('OFFER'))).toEqual([40]);
  });

  it('runs though one before it fails', async () => {
    await holdLease();
    await campaigns().create({ ...daily, name: 'broken' });
    await database.pool.query(`UPDATE campaign SET offers = '{}'`);
    await campaigns().create(daily);
    await expect(due()).rejects.toThrow(RangeError);
    expect((await campaigns().list()).map(({ offersMade }) => offersMade)).toEqual([0, 40]);
    await expect(due()).rejects.toThrow(RangeError);
    expect(await decided(database)).toHaveLength(40);
  });

  it('decides nothing for whoever has lost the lease', async () => {
    await campaigns().create(daily);
    await expect(due()).rejects.toThrow(LeaseLost);
    expect(await decided(database)).toEqual([]);
  });
});

describe('the terms of a campaign', () => {
  it('may be as long as they may be: its decisions can be read', async () => {
    const name = 'n'.repeat(180);
    await campaigns().run({ ...spring, ...all, name }, limits);
    expect(await decided(database)).toHaveLength(40);
  });

  it('have money to four decimals, when they are given again, too', async () => {
    const terms = { ...spring, ...all, costs: [1 / 3, 0.1], budget: 200 / 3 };
    await campaigns().run(terms, dry);
    const { cost } = await campaigns().run(terms, limits);
    expect(await campaigns().run(terms, limits)).toMatchObject({ cost: 0 });
    const [made] = await campaigns().list();
    expect(made).toMatchObject({ costs: [0.3333, 0.1], budget: 66.6667, spent: cost });
    await expect(campaigns().run({ ...terms, costs: [0.3, 0.1] }, limits)).rejects.toThrow('`costs`');
  });

  it('must make sense', async () => {
    const faultOf = async (change: object) => {
      const fault = await campaigns()
        .create({ ...spring, ...change })
        .catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'BAD_INPUT' });
      return fault instanceof Error ? fault.message : '';
    };
    expect(await faultOf({ name: ' ' })).toContain('1 to 180 characters');
    expect(await faultOf({ offers: [] })).toContain('1 to 4 offers, not 0');
    expect(await faultOf({ offers: ['TEN@18'] })).toContain('such as DISCOUNT_10');
    expect(await faultOf({ offers: ['A', 'A'] })).toContain('twice');
    expect(await faultOf({ costs: [1] })).toContain('2 offers and 1 costs');
    expect(await faultOf({ costs: [-1, 1] })).toContain('A cost is from 0');
    expect(await faultOf({ everyDays: -1 })).toContain('`everyDays` is -1');
    expect(await faultOf({ offersMax: 0 })).toContain('`offersMax` is 0');
    expect(await faultOf({ budget: -1 })).toContain('`budget` is -1');
    expect(await faultOf({ budget: 5 })).toContain('No offer costs anything');
    expect(await faultOf({ holdoutShare: 1 })).toContain('from 0 to 0.9');
    expect(await faultOf({ hours: [24] })).toContain('from 0 to 23');
    expect(await faultOf({ hours: [] })).toContain('at least one');
    expect(await faultOf({ everyMs: 1_000 })).toContain('once a minute');
    expect(await campaigns().list()).toEqual([]);
  });

  it('stay as they are', async () => {
    await campaigns().create({ ...spring, hours: [12, 8, 9] });
    await expect(campaigns().create(spring)).rejects.toThrow('already');
    await expect(campaigns().run({ ...spring, everyDays: 3 }, limits)).rejects.toThrow(
      'other terms (`everyDays`)',
    );
    await expect(campaigns().run({ name: 'none' }, limits)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(campaigns().stop('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await campaigns().run({ ...spring, hours: [9, 12, 8] }, dry)).customers).toBe(40);
    const unnamed = await campaigns().run({ segment: 'LOST', offers: ['WIN_BACK_15'] }, limits);
    expect(unnamed.campaign).toBe('LOST WIN_BACK_15');
  });
});
