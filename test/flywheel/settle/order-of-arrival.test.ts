// Holds that what became of decisions follows from the facts as a set: a plain account in memory, whatever came first.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import type { Decision } from '../../../src/events/decision.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type Arrival, decisionOn, openSettling, type Settling, windowMs } from './settling.js';

const startMs = Date.parse('2026-03-01T10:00:00Z');
const customers = ['a', 'b'];
const products = ['p', 'q', 'r'];

let database: TestDatabase;
let settling: Settling;
beforeAll(async () => {
  database = await createTestDatabase();
  settling = await openSettling(database);
});
afterAll(() => database.close());

interface Act {
  readonly type: string;
  readonly id: string;
  readonly customer: string;
  /** Several only for a purchase. */
  readonly products: readonly string[];
  readonly decision: string | undefined;
  readonly atMs: number;
}

interface Story {
  readonly decisions: readonly Decision[];
  readonly acts: readonly Act[];
}

const pick = <T>(random: Random, from: readonly T[]): T => {
  const one = from[random.integer(from.length)];
  if (one === undefined) throw new Error('There is nothing to pick from.');
  return one;
};

/** Decisions that were shown again and again within an hour, and what customers did meanwhile; no two at one moment. */
function tell(random: Random): Story {
  const decisions = Array.from({ length: 12 }, (_, place) =>
    decisionOn(
      `${random.uniform()}`,
      pick(random, customers),
      place % 5 === 4 ? [null] : random.uniform() < 0.5 ? ['p', 'q'] : ['r', 'p'],
      startMs,
      place % 4 === 3 ? null : 'CHAMPION',
    ),
  );
  const acts = Array.from({ length: 90 }, (_, place): Act => {
    const type = pick(random, ['exposure', 'exposure', 'click', 'add_to_cart', 'purchase', 'purchase']);
    const named = pick(random, decisions);
    const customer = random.uniform() < 0.8 ? (named.customer ?? '') : pick(random, customers);
    const isNamed = type === 'exposure' || random.uniform() < 0.3;
    const ghost = random.uniform() < 0.1 ? 'nobody made it' : named.id;
    const some = type === 'purchase' && random.uniform() < 0.4 ? ['p', 'r'] : [pick(random, products)];
    return {
      type,
      id: `${type} ${place}`,
      customer,
      products: type === 'exposure' && random.uniform() < 0.5 ? [] : some,
      decision: isNamed ? ghost : undefined,
      atMs: startMs + place + 1_000 * random.integer(3_600),
    };
  });
  return { decisions, acts };
}

function eventOf({ type, id, customer, products: of, decision, atMs }: Act): object {
  const items = of.map((product) => ({ product_id: product, quantity: 1, price: 2 }));
  return {
    event: type,
    id,
    customer_id: customer,
    timestamp: new Date(atMs).toISOString(),
    ...(decision === undefined ? {} : { decision }),
    ...(of.length > 1 ? { items } : of.length === 1 ? { product_id: of[0] } : {}),
    ...(of.length === 1 && type === 'purchase' ? { price: 2 } : {}),
  };
}

interface Account {
  readonly decision: string;
  readonly slot: number;
  readonly shown: number | null;
  readonly clicked: number | null;
  readonly carted: number | null;
  readonly bought: number | null;
}

const earliest = (moments: readonly number[]) => (moments.length === 0 ? null : Math.min(...moments));

/** What became of each place, worked out by looking at everything. */
function accountOf({ decisions, acts }: Story): readonly Account[] {
  const slots = decisions.flatMap(({ id, customer, arm, slots: places }) =>
    places.map(({ product }, place) => {
      const shown = acts.filter(
        (act) =>
          act.type === 'exposure' &&
          act.decision === id &&
          act.customer === customer &&
          (act.products.length === 0 || act.products[0] === product),
      );
      return {
        decision: id,
        slot: place + 1,
        customer,
        product,
        arm,
        shown: earliest(shown.map(({ atMs }) => atMs)),
      };
    }),
  );
  type Slot = (typeof slots)[number];
  const isAbout = ({ type, products: of }: Act, { product }: Slot) =>
    product === null ? type === 'purchase' : of.includes(product);
  /** The decision that an act names counts where it has a place of this very product, or of none. */
  const namedFor = ({ decision, customer }: Act, { product }: Slot) =>
    slots.some((one) => one.decision === decision && one.customer === customer && one.product === product);
  const lastShown = (act: Act, { product, customer, arm }: Slot) =>
    slots
      .filter((one) => one.product === product && one.customer === customer && one.arm === arm)
      .filter(({ shown }) => shown !== null && shown <= act.atMs)
      .sort((x, y) => (y.shown ?? 0) - (x.shown ?? 0))[0];
  return slots.map((slot) => {
    const { decision, shown, customer } = slot;
    const own = acts.filter((act) => {
      if (act.type === 'exposure' || shown === null || act.atMs < shown || act.customer !== customer)
        return false;
      if (act.decision === decision && (slot.product === null || act.products.includes(slot.product)))
        return true;
      if (namedFor(act, slot)) return false;
      return isAbout(act, slot) && lastShown(act, slot) === slot && act.atMs <= shown + windowMs;
    });
    const first = (type: string) => earliest(own.flatMap((act) => (act.type === type ? [act.atMs] : [])));
    return {
      decision,
      slot: slot.slot,
      shown,
      clicked: first('click'),
      carted: first('add_to_cart'),
      bought: first('purchase'),
    };
  });
}

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

async function readAccount(): Promise<readonly Account[]> {
  const { rows } = await database.pool.query<Account>(
    `SELECT decision_id AS decision, slot, ${ms('shown_at')} AS shown, ${ms('clicked_at')} AS clicked,
       ${ms('carted_at')} AS carted, ${ms('bought_at')} AS bought FROM fact_decision_slot`,
  );
  return rows;
}

async function readFacts(table: 'fact_exposure' | 'fact_outcome', time: string): Promise<readonly unknown[]> {
  const { rows } = await database.pool.query(
    `SELECT decision_id AS decision, slot, ${ms(time)} AS at FROM ${table} ORDER BY decision_id COLLATE "C", slot`,
  );
  return rows;
}

const factsOf = (account: readonly Account[], at: (one: Account) => number | null) =>
  sorted(account).flatMap((one) =>
    at(one) === null ? [] : [{ decision: one.decision, slot: one.slot, at: at(one) }],
  );

const answeredAt = ({ clicked, carted, bought }: Account) =>
  earliest([clicked, carted, bought].filter((moment) => moment !== null));

function sorted(account: readonly Account[]): readonly Account[] {
  const keyOf = ({ decision, slot }: Account) => `${decision} ${slot}`;
  return [...account].sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));
}

/** What the windows of outcomes and exposures hold now, whoever wrote it and whatever was taken back. */
async function readWindows(): Promise<readonly unknown[]> {
  const { rows } = await database.pool.query(
    `SELECT cut, window_start, key, coalesce(sum(states[1]), 0)::int AS first, coalesce(sum(states[2]), 0)::int AS second FROM live_partial
     WHERE writer = 'wheel' GROUP BY 1, 2, 3 HAVING sum(states[1]) <> 0 OR sum(states[2]) <> 0 ORDER BY 1, 2, 3`,
  );
  return rows;
}

it.each(['one', 'two', 'three'])(
  'is the same in every order: story %s',
  { timeout: 120_000 },
  async (seed) => {
    const random = createRandom('order of arrival').stream(seed);
    const story = tell(random);
    const expected = accountOf(story);
    // The story says something of everything, or it would hold nothing.
    for (const what of ['shown', 'clicked', 'carted', 'bought'] as const)
      expect(expected.some((one) => one[what] !== null)).toBe(true);
    const repeated = story.acts.filter(() => random.uniform() < 0.2);
    const arrivals: Arrival[] = [
      ...story.decisions.map((decision) => ({ decision })),
      ...[...story.acts, ...repeated].map((act) => ({ event: eventOf(act) })),
    ];
    let windows: readonly unknown[] | undefined;
    for (let order = 0; order < 4; order += 1) {
      await settling.empty();
      const shuffled = arrivals
        .map((arrival) => ({ arrival, place: random.uniform() }))
        .sort((x, y) => x.place - y.place)
        .map(({ arrival }) => arrival);
      while (shuffled.length > 0) {
        await settling.take(shuffled.splice(0, 1 + random.integer(20)));
        if (random.uniform() < 0.6) await settling.step();
      }
      await settling.finish();
      expect(sorted(await readAccount())).toEqual(sorted(expected));
      expect(await readFacts('fact_exposure', 'shown_at')).toEqual(factsOf(expected, ({ shown }) => shown));
      expect(await readFacts('fact_outcome', 'occurred_at')).toEqual(factsOf(expected, answeredAt));
      windows ??= await readWindows();
      expect(windows.length).toBeGreaterThan(0);
      expect(await readWindows()).toEqual(windows);
    }
  },
);
