// People of a small shop who are shown decisions and act on them, with books of their own of what they saw and did.

import type { Happening, ShopEvent } from '../../src/cli/simulate-rounds/shop-events.js';
import { createEventWriter } from '../../src/cli/simulate-rounds/shop-events.js';
import type { Proposed, WheelDoors } from '../../src/cli/simulate-rounds/wheel-doors.js';
import type { Random } from '../../src/core/random.js';

const minuteMs = 60_000;
export const windowMs = 60 * minuteMs;

/** A place of a decision that was shown. */
export interface SeenSlot {
  readonly decision: string;
  readonly slot: number;
  readonly customer: string;
  readonly product: string;
  readonly shownMs: number;
}

export interface LifeBooks {
  /** Every answer that held a decision. */
  readonly given: readonly Proposed[];
  readonly seen: readonly SeenSlot[];
  /** What people did, except to look at what they are shown. */
  readonly acts: readonly Happening[];
}

export interface Life {
  readonly books: LifeBooks;
  /** Its steps, in order; each resolves once all of it has had its effect. */
  readonly steps: readonly (() => Promise<void>)[];
}

const startMs = Date.UTC(2026, 2, 1, 10);
const roundMs = 6 * 60 * minuteMs;
const products = Array.from({ length: 16 }, (_, place) => `p${place}`);
/** Two lists a round, within one window: what is done may be put down to either, and the last one counts. */
const showings = [60 * minuteMs, 80 * minuteMs];

/** The same source of chance gives the same people. Everything goes through `doors`, as many as `customers` live. */
export function planLife(doors: WheelDoors, random: Random, customers: number, rounds: number): Life {
  const given: Proposed[] = [];
  const seen: SeenSlot[] = [];
  const acts: Happening[] = [];
  const write = createEventWriter('life');
  const codes = Array.from({ length: customers }, (_, place) => `c${place}`);

  /** In two requests; now and then the last of the first comes once more. */
  async function collect(happenings: readonly Happening[]): Promise<void> {
    const events = write(happenings);
    const half = events.length >> 1;
    await doors.collect(events.slice(0, half));
    const again: readonly ShopEvent[] = events.slice(Math.max(0, half - 20), half);
    await doors.collect([...again, ...events.slice(half)]);
    await doors.settle();
  }

  function visits(fromMs: number): readonly Happening[] {
    return codes.flatMap((customer, place) => {
      const atMs = fromMs + place * 1_000;
      const product = products[random.integer(products.length)] ?? '';
      const look: Happening = { type: 'view', atMs, customer, product };
      const buy: Happening = { type: 'purchase', atMs: atMs + 500, customer, product, priceCents: 500 };
      return random.integer(2) === 0 ? [look, buy] : [look];
    });
  }

  async function live(happenings: readonly Happening[]): Promise<void> {
    acts.push(...happenings.filter(({ type }) => type !== 'exposure'));
    await collect(happenings);
  }

  function showTo({ customer, decision, products: list }: Proposed, shownMs: number): readonly Happening[] {
    if (decision === null) return [];
    const place = codes.indexOf(customer);
    // Some shops say of each place that it was seen, and not all of them are.
    const isWhole = place % 3 !== 0;
    const slots = list.slice(0, isWhole ? list.length : 3);
    for (const [at, product] of slots.entries())
      seen.push({ decision, slot: at + 1, customer, product, shownMs });
    const exposure: Happening = { type: 'exposure', atMs: shownMs, customer, decision };
    const exposures = isWhole ? [exposure] : slots.map((product) => ({ ...exposure, product }));
    return [...exposures, ...list.flatMap((product) => answer(customer, product, decision, shownMs))];
  }

  /** What somebody does about a product, also about one that was not seen, and some of it too late. */
  function answer(customer: string, product: string, decision: string, shownMs: number): Happening[] {
    if (random.integer(3) > 0) return [];
    const atMs = shownMs + 1_000 + random.integer(75 * minuteMs);
    const named = random.integer(2) === 0 ? { decision } : {};
    const act = (type: Happening['type'], afterMs: number): Happening => ({
      type,
      atMs: atMs + afterMs,
      customer,
      product,
      ...(type === 'purchase' ? { priceCents: 500 } : {}),
      ...named,
    });
    const all = [act('click', 0), act('add_to_cart', 1_001), act('purchase', 2_003)];
    return all.slice(random.integer(3) === 0 ? 1 : 0, 1 + random.integer(3));
  }

  async function showLists(shownMs: number, who: readonly string[]): Promise<void> {
    const proposed = await doors.propose(who);
    given.push(...proposed.filter(({ decision }) => decision !== null));
    await live(
      proposed.flatMap((one) =>
        showTo(one, shownMs + codes.indexOf(one.customer) * 1_000 + random.integer(999)),
      ),
    );
  }

  const roundSteps = Array.from({ length: rounds }, (_, round) => {
    const beginsMs = startMs + (round + 1) * roundMs;
    return [
      () => live(visits(beginsMs)),
      ...showings.map((afterMs, place) => () => {
        return showLists(beginsMs + afterMs, place === 0 ? codes : codes.filter((_, at) => at % 2 === 0));
      }),
    ];
  });
  // When the clock has passed the ends of all windows everything is over.
  const last: Happening = { type: 'view', atMs: startMs + (rounds + 3) * roundMs, customer: 'c0' };
  return {
    books: { given, seen, acts },
    steps: [() => live(visits(startMs)), ...roundSteps.flat(), () => live([last])],
  };
}

/** When somebody first did what to a place that they saw; undefined for never. */
export interface Became {
  readonly click: number | undefined;
  readonly add_to_cart: number | undefined;
  readonly purchase: number | undefined;
}

/** What became of each place, by the last touch: an act counts for the decision that it names, or the list seen last. */
export function becameOf({ seen, acts }: LifeBooks): ReadonlyMap<SeenSlot, Became> {
  return new Map(
    seen.map((slot) => {
      const own = acts.filter((act) => act.atMs >= slot.shownMs && isOf(act, slot, seen));
      const first = (type: Happening['type']) => {
        const times = own.filter((act) => act.type === type).map(({ atMs }) => atMs);
        return times.length === 0 ? undefined : Math.min(...times);
      };
      return [
        slot,
        { click: first('click'), add_to_cart: first('add_to_cart'), purchase: first('purchase') },
      ] as const;
    }),
  );
}

function isOf(act: Happening, slot: SeenSlot, seen: readonly SeenSlot[]): boolean {
  if (act.customer !== slot.customer || act.product !== slot.product) return false;
  if (act.decision !== undefined) return act.decision === slot.decision;
  const isLater = seen.some(
    ({ customer, product, shownMs }) =>
      customer === slot.customer && product === slot.product && shownMs > slot.shownMs && shownMs <= act.atMs,
  );
  return !isLater && act.atMs <= slot.shownMs + windowMs;
}
