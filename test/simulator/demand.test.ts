import { beforeAll, describe, expect, it } from 'vitest';
import { dayOf, weekdayOf } from '../../src/simulator/calendar.js';
import { dailyRhythms } from '../../src/simulator/daily-rhythm.js';
import { seasonFactor, weekRhythms } from '../../src/simulator/demand.js';
import { priceCents } from '../../src/simulator/prices.js';
import { promotionsOfYear } from '../../src/simulator/promotions.js';
import type { Product } from '../../src/simulator/world.js';
import { correlation, createHistory, type History, linesOf } from './history.js';

let history: History;
let lines: ReturnType<typeof linesOf>;

beforeAll(() => {
  history = createHistory(34);
  lines = linesOf(history.sales);
});

/** Lines of a category in each of the weeks since the opening, whole weeks only. */
function weekly(category: number): number[] {
  const { opensOn, closesOn } = history.world.setting;
  const weeks = new Array<number>(Math.floor((closesOn - opensOn) / 7)).fill(0);
  for (const { day, product } of lines) {
    const week = Math.floor((day - opensOn) / 7);
    if (product.category === category && week < weeks.length) weeks[week] = (weeks[week] ?? 0) + 1;
  }
  return weeks;
}

describe('the seasons', () => {
  it('show in the weekly sales of every category that has a strong one', () => {
    const { world } = history;
    const seasonal = [...world.categories.entries()].filter(([, category]) => category.seasonality >= 1);
    expect(seasonal.length).toBeGreaterThanOrEqual(5);
    for (const [index, category] of seasonal) {
      const sold = weekly(index);
      const planted = sold.map((_, week) => seasonFactor(category, world.setting.opensOn + 7 * week + 3));
      expect(correlation(sold, planted), category.name).toBeGreaterThan(0.75);
    }
  });

  it('come round: the second year of a seasonal category looks like its first', () => {
    for (const [index, category] of history.world.categories.entries()) {
      if (category.seasonality < 1) continue;
      const sold = weekly(index);
      expect(correlation(sold.slice(0, 52), sold.slice(52, 104)), category.name).toBeGreaterThan(0.6);
    }
  });

  it('week: weekend categories sell as much more at the weekend as was planted, workday categories less', () => {
    for (const rhythm of ['weekend', 'workdays'] as const) {
      const ofRhythm = lines.filter(
        ({ product }) => history.world.categories[product.category]?.rhythm === rhythm,
      );
      const atWeekend = ofRhythm.filter(({ day }) => weekdayOf(day) >= 5).length / ofRhythm.length;
      const planted = ((weekRhythms[rhythm][5] ?? 0) + (weekRhythms[rhythm][6] ?? 0)) / 7;
      // A basket mixes categories, so the planted share is approached and not met.
      expect(Math.abs(atWeekend - planted), rhythm).toBeLessThan(0.05);
    }
  });

  it('day: people of each daily rhythm buy around its hour', () => {
    for (const [index, rhythm] of dailyRhythms.entries()) {
      const sales = history.sales.filter((sale) => sale.shopper.hidden.dailyRhythm === index);
      const near = sales.filter(({ soldAtMs, shopper }) => {
        const offset = history.world.regions[shopper.region]?.utcOffsetHours ?? 0;
        const hour = ((soldAtMs / 3_600_000 + offset) % 24) - rhythm.peakHour;
        return Math.abs(((hour + 36) % 24) - 12) <= 4;
      });
      // Eight hours of twenty-four would hold a third if the hour did not matter.
      expect(near.length / sales.length, rhythm.name).toBeGreaterThan(0.65);
    }
  });
});

describe('promotions', () => {
  it('lower the price and raise the sales of their category', () => {
    const { world } = history;
    const { opensOn, closesOn } = world.setting;
    const counts = world.categories.map((_, index) => {
      const daily = new Map<number, number>();
      for (const { day, product } of lines)
        if (product.category === index) daily.set(day, (daily.get(day) ?? 0) + 1);
      return daily;
    });
    const inRange = [2024, 2025, 2026]
      .flatMap((year) => promotionsOfYear(world, year))
      .filter(({ from, to }) => from - 7 >= opensOn && to + 7 < closesOn);
    let during = 0;
    let around = 0;
    for (const { category, from, to } of inRange) {
      for (let day = from; day <= to; day += 1) {
        during += counts[category]?.get(day) ?? 0;
        // Half of the week before and half of the week after: the same weekdays, the same season.
        around += ((counts[category]?.get(day - 7) ?? 0) + (counts[category]?.get(day + 7) ?? 0)) / 2;
      }
    }
    expect(inRange.length).toBeGreaterThan(80);
    expect(during / around).toBeGreaterThan(1.35);
  });

  it('take their discount off the price of every line', () => {
    const { setting } = history.world;
    const years = [2024, 2025, 2026].map((year) => promotionsOfYear(history.world, year));
    const november = years.flat().filter((promotion) => promotion.uplift === 1.7);
    expect(november.length).toBeGreaterThan(history.world.categories.length);
    const [first] = november;
    const promoted = lines.filter(({ day }) => day >= (first?.from ?? 0) && day <= (first?.to ?? 0));
    expect(promoted.length).toBeGreaterThan(300);
    for (const { product, day, unitPriceCents } of promoted) {
      // Another promotion of the category may be deeper, none is shallower than the one for all.
      const listPrice = priceCents(setting, product, day, null);
      expect(unitPriceCents / listPrice).toBeLessThan(0.81);
    }
  });

  it('are the only reason for a price to fall', () => {
    const byProduct = new Map<Product, Map<number, number>>();
    for (const { product, day, unitPriceCents } of lines) {
      const prices = byProduct.get(product) ?? new Map<number, number>();
      expect(prices.get(day) ?? unitPriceCents).toBe(unitPriceCents);
      byProduct.set(product, prices.set(day, unitPriceCents));
    }
    const promoted = new Set<string>();
    for (const { category, from, to } of [2023, 2024, 2025, 2026].flatMap((year) =>
      promotionsOfYear(history.world, year),
    )) {
      for (let day = from; day <= to; day += 1) promoted.add(`${category} ${day}`);
    }
    let falls = 0;
    for (const [product, prices] of byProduct) {
      let highest = 0;
      for (const [day, price] of [...prices].sort(([one], [other]) => one - other)) {
        if (promoted.has(`${product.category} ${day}`)) continue;
        if (price < highest) falls += 1;
        highest = price;
      }
    }
    expect(falls).toBe(0);
  });
});

describe('products', () => {
  it('sell only while they are on sale; some come and some go in mid-story', () => {
    const strays = lines.filter(
      ({ day, product }) => day < product.hidden.introducedOn || day > product.hidden.discontinuedOn,
    );
    expect(strays).toEqual([]);
    const { products } = history.world;
    expect(products.filter(({ hidden }) => Number.isFinite(hidden.introducedOn)).length).toBeGreaterThan(10);
    expect(products.filter(({ hidden }) => Number.isFinite(hidden.discontinuedOn)).length).toBeGreaterThan(5);
  });

  it('sell in most weeks, but the slow movers only now and then', () => {
    const { opensOn, closesOn } = history.world.setting;
    const weeks = new Map<Product, Set<number>>();
    for (const { day, product } of lines) {
      weeks.set(product, (weeks.get(product) ?? new Set()).add(Math.floor((day - opensOn) / 7)));
    }
    const shareOf = (slow: boolean) => {
      const shares = history.world.products
        .filter(({ hidden }) => hidden.slowMover === slow && !Number.isFinite(hidden.introducedOn))
        .map((product) => (weeks.get(product)?.size ?? 0) / ((closesOn - opensOn) / 7))
        .sort((one, other) => one - other);
      return shares[Math.floor(shares.length / 2)] ?? Number.NaN;
    };
    expect(shareOf(false)).toBeGreaterThan(0.5);
    expect(shareOf(true)).toBeLessThan(0.25);
  });

  it('are bought along with their complement far more often than by chance', () => {
    const { world, sales } = history;
    const baskets = sales.map((sale) => new Set(sale.lines.map((line) => line.product)));
    const basketsWith = new Map<Product, number>();
    for (const basket of baskets) {
      for (const product of basket) basketsWith.set(product, (basketsWith.get(product) ?? 0) + 1);
    }
    let together = 0;
    let byChance = 0;
    for (const basket of baskets) {
      for (const product of basket) {
        const partner = world.products[product.hidden.complement?.product ?? -1];
        if (partner === undefined) continue;
        if (basket.has(partner)) together += 1;
        byChance += (basketsWith.get(partner) ?? 0) / baskets.length;
      }
    }
    expect(together / byChance).toBeGreaterThan(4);
  });

  it('come back more often in categories that were planted so', () => {
    const { world, invoices } = history;
    const returned = linesOf(invoices.filter((invoice) => invoice.kind === 'RETURN'));
    const shares = world.categories.map(
      (_, index) =>
        returned.filter(({ product }) => product.category === index).length /
        lines.filter(({ product }) => product.category === index).length,
    );
    expect(
      correlation(
        shares,
        world.categories.map((category) => category.returnShare),
      ),
    ).toBeGreaterThan(0.8);
  });
});

describe('the whole', () => {
  it('sells on every weekday and grows', () => {
    const { opensOn } = history.world.setting;
    const year = (number: number) =>
      lines.filter(({ day }) => Math.floor((day - opensOn) / 365) === number).length;
    expect(new Set(history.sales.map((sale) => weekdayOf(dayOf(sale.soldAtMs)))).size).toBe(7);
    expect(year(1) / year(0)).toBeGreaterThan(1.02);
    expect(year(1) / year(0)).toBeLessThan(1.5);
  });
});
