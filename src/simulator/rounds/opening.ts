// The shop's opening: the days before the first round, of which all that is known at first is learned.

import type { RoundShop } from './round-shop.js';
import { type Act, visitsOfDay } from './visits.js';

/** More than a month, so that a model can be judged on the last one. */
export const openingDays = 40;

export interface OpeningDay {
  /** From 0. */
  readonly day: number;
  readonly acts: readonly Act[];
}

/** What people do on the days before the first round, when nobody proposes anything. */
export function openingOf(shop: RoundShop): readonly OpeningDay[] {
  return Array.from({ length: openingDays }, (_, day) => ({
    day,
    acts: visitsOfDay(shop, `opening/${day}`, 0, (day + 1) / openingDays),
  }));
}

/** The last days of the opening that say what sells best, as the gateway's own best sellers do. */
const sellingDays = 30;

/**
 * Products by how many customers bought them in the last 30 days of the opening, most first, at a tie by their code: the
 * list that everybody gets from a gateway that has learned nothing.
 */
export function bestSellersOf(shop: RoundShop, opening: readonly OpeningDay[]): readonly number[] {
  const buyers = shop.products.map(() => new Set<number>());
  for (const { day, acts } of opening)
    for (const { type, product, customer } of acts)
      if (day >= openingDays - sellingDays && type === 'purchase') buyers[product]?.add(customer);
  const codeOf = (product: number) => shop.products[product]?.code ?? '';
  return shop.products
    .map(({ index }) => index)
    .sort((a, b) => (buyers[b]?.size ?? 0) - (buyers[a]?.size ?? 0) || (codeOf(a) < codeOf(b) ? -1 : 1));
}

/** The days by which a rule of ordering is set; before them the shop grew. */
const lastDays = 10;

/** Units of each of the shop's products that were bought on one of the last ten days of the opening, on average. */
export function dailyUnitsOf(opening: readonly OpeningDay[], products: number): Float64Array {
  const units = new Float64Array(products);
  for (const { acts } of opening.slice(-lastDays))
    for (const { type, product } of acts) if (type === 'purchase') units[product] = (units[product] ?? 0) + 1;
  return units.map((count) => count / lastDays);
}
