import { describe, expect, it } from 'vitest';
import { answersTo } from '../../../src/simulator/rounds/answers.js';
import {
  bestSellersOf,
  dailyUnitsOf,
  openingDays,
  openingOf,
} from '../../../src/simulator/rounds/opening.js';
import { drawRoundShop, likingOf, roundShopBounds } from '../../../src/simulator/rounds/round-shop.js';
import { fixTruth, slotsPerList } from '../../../src/simulator/rounds/truth.js';
import { visitsOfDay } from '../../../src/simulator/rounds/visits.js';

const setting = { seed: 1, customers: 300, products: 80 };

function opened(seed: number, products = 80) {
  const shop = drawRoundShop({ ...setting, seed, products });
  const opening = openingOf(shop);
  const floor = bestSellersOf(shop, opening);
  return { shop, opening, floor, truth: fixTruth(shop, floor) };
}

describe('the small shop', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(openingOf(drawRoundShop(setting))).toEqual(openingOf(drawRoundShop(setting)));
    expect(drawRoundShop(setting)).not.toEqual(drawRoundShop({ ...setting, seed: 2 }));
  });

  it.each([...roundShopBounds.products, 97])(
    'has as many products as asked for, each with its own code: %d',
    (count) => {
      for (let seed = 1; seed <= 10; seed += 1) {
        const { products, categories } = drawRoundShop({ ...setting, customers: 50, seed, products: count });
        expect(products.map(({ index }) => index)).toEqual([...products.keys()]);
        expect(new Set(products.map(({ code }) => code)).size).toBe(count);
        expect(new Set(products.map(({ name, category }) => `${category} ${name}`)).size).toBe(count);
        expect(new Set(products.map(({ category }) => category)).size).toBe(categories.length);
      }
    },
  );

  it('has most of its people change, by one fashion: the next category becomes the first', () => {
    const { customers, categories } = drawRoundShop(setting);
    const firstOf = (weights: Float64Array) => weights.indexOf(Math.max(...weights));
    const moved = customers.filter(({ hidden: { tastes } }) => tastes[0] !== tastes[1]);
    expect(moved.length / customers.length).toBeGreaterThan(0.5);
    expect(moved.length / customers.length).toBeLessThan(0.75);
    const steps = moved.map(({ hidden: { tastes } }) => {
      const [before, after] = tastes;
      return (firstOf(after.weights) - firstOf(before.weights) + categories.length) % categories.length;
    });
    // Weights are drawn with a spread, so that now and then the second favourite stands first.
    expect(steps.filter((step) => step === 1 || step === 2).length / steps.length).toBeGreaterThan(0.8);
  });

  it('lets people come by themselves to what they love, never while lists are shown', () => {
    const { shop } = opened(1);
    const acts = visitsOfDay(shop, 'a day', 0);
    const liking = (of: readonly { customer: number; product: number }[]) =>
      of.reduce((sum, { customer, product }) => {
        const [person, thing] = [shop.customers[customer], shop.products[product]];
        return person && thing ? sum + likingOf(person, thing, 0) / of.length : Number.NaN;
      }, 0);
    const anybodys = acts.map(({ product }, at) => ({ product, customer: (at * 7) % setting.customers }));
    expect(liking(acts)).toBeGreaterThan(1.5 * liking(anybodys));
    expect(acts.filter(({ at }) => at > 0.35 && at < 0.8)).toEqual([]);
    expect(acts.filter(({ at }) => at < 0 || at > 0.95)).toEqual([]);
    expect(acts.map(({ at }) => at)).toEqual(acts.map(({ at }) => at).sort((a, b) => a - b));
  });

  it('grows during the opening, and what sold best then is its floor', () => {
    const { shop, opening, floor } = opened(3);
    expect(opening).toHaveLength(openingDays);
    const actsIn = (from: number, until: number) =>
      opening.slice(from, until).reduce((sum, { acts }) => sum + acts.length, 0);
    expect(actsIn(0, 10)).toBeLessThan(0.5 * actsIn(30, 40));
    const units = dailyUnitsOf(opening, shop.products.length);
    const [first = 0] = floor;
    const last = floor[floor.length - 1] ?? 0;
    expect(units[first] ?? 0).toBeGreaterThan(3 * (units[last] ?? 0));
    expect([...floor].sort((a, b) => a - b)).toEqual([...shop.products.keys()]);
  });
});

describe('the truth', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'has a floor of 5 to 8 % and a best policy of twice to three times that, before and after the drift: seed %d',
    (seed) => {
      for (const products of roundShopBounds.products) {
        const { truth } = opened(seed, products);
        for (const { floor, best } of [truth.before, truth.after]) {
          expect(floor).toBeGreaterThan(0.05);
          expect(floor).toBeLessThan(0.08);
          expect(best / floor).toBeGreaterThan(2);
          expect(best / floor).toBeLessThan(3);
        }
      }
    },
  );

  it('is the mean of the chances of every slot', () => {
    const { shop, floor, truth } = opened(2);
    const list = floor.slice(0, slotsPerList);
    let [sum, best] = [0, 0];
    for (const customer of shop.customers) {
      const chances = shop.products.map((product) => truth.chanceOf(customer, product, 1));
      for (const place of list) sum += chances[place] ?? Number.NaN;
      const sorted = [...chances].sort((a, b) => b - a).slice(0, slotsPerList);
      best += sorted.reduce((total, chance) => total + chance, 0);
    }
    const slots = shop.customers.length * slotsPerList;
    expect(truth.after.floor).toBeCloseTo(sum / slots, 12);
    expect(truth.after.best).toBeCloseTo(best / slots, 12);
  });

  it('is what people do: they answer as often as it says, and the same product the same in every list', () => {
    const { shop, floor, truth } = opened(1);
    const list = floor.slice(0, slotsPerList);
    let [answered, named] = [0, 0];
    const rounds = 20;
    for (let round = 1; round <= rounds; round += 1)
      for (const { index } of shop.customers) {
        const answers = answersTo(shop, truth, { customer: index, products: list }, round, 0);
        answered += answers.length;
        named += answers.filter(({ namesDecision }) => namesDecision).length;
      }
    const slots = rounds * shop.customers.length * slotsPerList;
    // Four standard deviations of a binomial share.
    const tolerance = 4 * Math.sqrt((truth.before.floor * (1 - truth.before.floor)) / slots);
    expect(Math.abs(answered / slots - truth.before.floor)).toBeLessThan(tolerance);
    expect(named / answered).toBeGreaterThan(0.5);
    expect(named / answered).toBeLessThan(0.7);

    const alone = shop.customers.flatMap(({ index }) =>
      answersTo(shop, truth, { customer: index, products: [list[2] ?? 0] }, 1, 0).map((answer) => ({
        index,
        answer,
      })),
    );
    const among = shop.customers.flatMap(({ index }) =>
      answersTo(shop, truth, { customer: index, products: [null, ...list] }, 1, 0)
        .filter(({ product }) => product === list[2])
        .map((answer) => ({ index, answer })),
    );
    expect(alone.length).toBeGreaterThan(5);
    expect(alone).toEqual(among);
  });
});
