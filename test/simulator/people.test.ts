import { beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../src/simulator/calendar.js';
import { ordersMean } from '../../src/simulator/create-world.js';
import { demandFactors } from '../../src/simulator/demand.js';
import { affinity } from '../../src/simulator/taste.js';
import type { Loyalty, Shopper } from '../../src/simulator/world.js';
import { createHistory, type History, linesOf } from './history.js';

let history: History;
let salesByCustomer: ReadonlyMap<Shopper, readonly number[]>;

beforeAll(() => {
  history = createHistory(21);
  const days = new Map<Shopper, number[]>(history.world.customers.map((customer) => [customer, []]));
  for (const sale of history.sales) days.get(sale.shopper)?.push(dayOf(sale.soldAtMs));
  salesByCustomer = days;
});

describe('coming and going', () => {
  it('nobody buys outside the days of being a customer', () => {
    const strays = history.sales.filter(
      ({ shopper, soldAtMs }) =>
        !shopper.hidden.spells.some(({ from, to }) => from <= dayOf(soldAtMs) && dayOf(soldAtMs) <= to),
    );
    expect(strays).toEqual([]);
  });

  it('many have left by the end, and would have bought on had they stayed', () => {
    const { closesOn, opensOn } = history.world.setting;
    const left = history.world.customers.filter(
      (customer) => (customer.hidden.spells.at(-1)?.to ?? 0) < closesOn,
    );
    const share = left.length / history.world.customers.length;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.8);
    // What they bought per day as customers, carried over the days after they left.
    const missed = left.reduce((sum, customer) => {
      const lived = customer.hidden.spells.reduce(
        (days, { from, to }) => days + to - Math.max(from, opensOn) + 1,
        0,
      );
      const rate = (salesByCustomer.get(customer)?.length ?? 0) / lived;
      return sum + rate * (closesOn - (customer.hidden.spells.at(-1)?.to ?? closesOn));
    }, 0);
    expect(missed).toBeGreaterThan(1_000);
  });

  it('some are won back and buy again after three months of silence or more', () => {
    const again = history.world.customers.filter((customer) => {
      const second = customer.hidden.spells[1];
      return second !== undefined && (salesByCustomer.get(customer) ?? []).some((day) => day >= second.from);
    });
    expect(again.length).toBeGreaterThan(30);
    const gaps = again.map(({ hidden }) => (hidden.spells[1]?.from ?? 0) - (hidden.spells[0]?.to ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(90);
  });

  it('newcomers arrive in every quarter, and first buy when they arrive', () => {
    const { opensOn, closesOn } = history.world.setting;
    const quarters = new Array<number>(8).fill(0);
    for (const { hidden } of history.world.customers) {
      const arrival = hidden.spells[0]?.from ?? 0;
      if (arrival < opensOn) continue;
      const quarter = Math.floor(((arrival - opensOn) / (closesOn + 1 - opensOn)) * 8);
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    expect(Math.min(...quarters)).toBeGreaterThan(100);
    const late = history.world.customers
      .filter(({ hidden }) => hidden.buysOnArrival && (hidden.spells[0]?.from ?? 0) >= opensOn)
      .filter((customer) => salesByCustomer.get(customer)?.[0] !== customer.hidden.spells[0]?.from);
    // Only an arrival after the last hour of the story, or a basket that came out empty, has no first purchase.
    expect(late.length).toBeLessThan(10);
  });
});

describe('loyalty', () => {
  const levels: readonly Loyalty[] = ['occasional', 'regular', 'devoted'];

  it('people of each level order as often as their hidden rates say', () => {
    const { world } = history;
    const expected = { occasional: 0, regular: 0, devoted: 0 };
    const seen = { occasional: 0, regular: 0, devoted: 0 };
    for (let day = world.setting.opensOn; day < world.setting.closesOn; day += 1) {
      const factors = demandFactors(world, day);
      for (const shopper of world.customers) {
        if (shopper.hidden.buysOnArrival && shopper.hidden.spells[0]?.from === day) continue;
        expected[shopper.hidden.loyalty] += 1 - Math.exp(-world.pace * ordersMean(shopper, factors, day));
      }
    }
    for (const [customer, days] of salesByCustomer) {
      const { buysOnArrival, loyalty, spells } = customer.hidden;
      const further = days.filter(
        (day) => day < world.setting.closesOn && !(buysOnArrival && day === spells[0]?.from),
      );
      seen[loyalty] += further.length;
    }
    for (const level of levels) {
      // A few baskets come out empty when what is wanted is not on sale: 1 % is allowed for them.
      const allowed = 4 * Math.sqrt(expected[level]) + 0.01 * expected[level];
      expect(Math.abs(seen[level] - expected[level])).toBeLessThan(allowed);
    }
  });

  it('the devoted order more per day than the regular, and these more than the occasional', () => {
    const { opensOn, closesOn } = history.world.setting;
    const rates = levels.map((level) => {
      let days = 0;
      let orders = 0;
      for (const [{ hidden }, sales] of salesByCustomer) {
        if (hidden.loyalty !== level) continue;
        orders += sales.length;
        for (const { from, to } of hidden.spells) {
          days += Math.max(0, Math.min(to, closesOn) - Math.max(from, opensOn) + 1);
        }
      }
      return orders / days;
    });
    const [occasional = 0, regular = 0, devoted = 0] = rates;
    expect(regular / occasional).toBeGreaterThan(1.6);
    expect(devoted / regular).toBeGreaterThan(1.6);
  });
});

describe('taste', () => {
  it('raises the odds of what suits a person far above what appeal alone would sell', () => {
    const { world } = history;
    const appeal = world.products.map((product) => Math.exp(product.hidden.appeal));
    const total = appeal.reduce((sum, weight) => sum + weight, 0);
    const lines = linesOf(history.sales).filter((line) => line.shopper.code !== null);
    let favourites = 0;
    let byAppeal = 0;
    const favouritesOf = new Map<Shopper, { set: ReadonlySet<number>; share: number }>();
    for (const { shopper, product } of lines) {
      let entry = favouritesOf.get(shopper);
      if (entry === undefined) {
        const likings = world.products.map((candidate) => affinity(shopper.hidden, candidate));
        const best = [...likings.keys()].sort((a, b) => (likings[b] ?? 0) - (likings[a] ?? 0)).slice(0, 60);
        entry = {
          set: new Set(best),
          share: best.reduce((sum, index) => sum + (appeal[index] ?? 0), 0) / total,
        };
        favouritesOf.set(shopper, entry);
      }
      if (entry.set.has(product.index)) favourites += 1;
      byAppeal += entry.share;
    }
    expect(byAppeal / lines.length).toBeLessThan(0.35);
    expect(favourites / byAppeal).toBeGreaterThan(2);
  });

  it('leaves something to learn: one half of a person’s purchases tells of the other half', () => {
    // Categories of the first half of a person's lines against those of the second, beside another person's.
    const lines = linesOf(history.sales).filter((line) => line.shopper.code !== null);
    const profiles = new Map<Shopper, { first: number[]; second: number[]; count: number }>();
    for (const { shopper, product } of lines) {
      const empty = () => new Array<number>(history.world.categories.length).fill(0);
      const profile = profiles.get(shopper) ?? { first: empty(), second: empty(), count: 0 };
      const half = profile.count % 2 === 0 ? profile.first : profile.second;
      half[product.category] = (half[product.category] ?? 0) + 1;
      profile.count += 1;
      profiles.set(shopper, profile);
    }
    const known = [...profiles.values()].filter((profile) => profile.count >= 40);
    const cosine = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) /
      (Math.hypot(...a) * Math.hypot(...b));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const own = mean(known.map(({ first, second }) => cosine(first, second)));
    const other = mean(
      known.map(({ first }, index) => cosine(first, known[(index + 1) % known.length]?.second ?? [])),
    );
    expect(known.length).toBeGreaterThan(200);
    expect(own).toBeGreaterThan(0.75);
    expect(other).toBeLessThan(own - 0.2);
  });
});
