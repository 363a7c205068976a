// The store-rooms of the rounds are compared fairly: who orders alike fares alike.

import { describe, expect, it } from 'vitest';
import type { AskOrders, OrderTerms } from '../../../src/cli/simulate-rounds/reorder-orders.js';
import { openStores } from '../../../src/cli/simulate-rounds/stores.js';
import { dailyUnitsOf, openingOf } from '../../../src/simulator/rounds/opening.js';
import { drawRoundShop } from '../../../src/simulator/rounds/round-shop.js';
import { fixRule } from '../../../src/simulator/rounds/store-room.js';
import { visitsOfDay } from '../../../src/simulator/rounds/visits.js';

const dayMs = 86_400_000;
const shop = drawRoundShop({ seed: 3, customers: 300, products: 60 });
const dailyUnits = dailyUnitsOf(openingOf(shop), shop.products.length);

/** Lives through twenty days with these orders. */
async function live(askOrders: AskOrders, roundMs = dayMs) {
  const stores = openStores(shop, { dailyUnits, askOrders, roundMs });
  for (let day = 1; day <= 20; day += 1) {
    const bought = visitsOfDay(shop, `day/${day}`, 0).filter(({ type }) => type === 'purchase');
    stores.sell(bought.map(({ product }) => shop.products[product]?.code ?? ''));
    counts = stores.counts(0);
    await stores.endDay();
  }
  return stores.figures();
}

let counts: readonly { readonly product?: string; readonly units?: number }[] = [];

describe('the store-rooms of the rounds', () => {
  it('fare alike where the gateway advises what the fixed rule orders', async () => {
    const { point, quantity } = fixRule(dailyUnits);
    const { gateway, fixedRule } = await live(async (products) =>
      products.flatMap(({ code, onOrder }, place) => {
        const level = counts.find(({ product }) => product === code)?.units ?? 0;
        const isDue = level + onOrder <= (point[place] ?? 0);
        return isDue ? { code, units: quantity[place] ?? 0 } : [];
      }),
    );
    expect(gateway.orders).toBeGreaterThan(20);
    expect(gateway).toEqual(fixedRule);
  });

  it('ask for the terms of the fixed rule, in days of the gateway', async () => {
    const asked: OrderTerms[] = [];
    const askOrders: AskOrders = async (_products, terms) => {
      asked.push(terms);
      return [];
    };
    const { gateway, fixedRule } = await live(askOrders);
    expect(asked[0]).toEqual({ serviceLevel: 0.95, leadTimeDays: 7, reviewDays: 1, coverDays: 14 });
    expect(gateway.orders).toBe(0);
    expect(gateway.unitsMissed).toBeGreaterThan(fixedRule.unitsMissed);
    await live(askOrders, dayMs / 2);
    expect(asked.at(-1)).toEqual({ serviceLevel: 0.95, leadTimeDays: 3.5, reviewDays: 0.5, coverDays: 7 });
  });
});
