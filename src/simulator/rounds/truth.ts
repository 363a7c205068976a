// The truth about the shop, worked out from the hidden tastes and not sampled: how likely each answer is, what the floor
// and the best possible policy get.

import { topK } from '../../math/ranking/top-k.js';
import { likingOf, type Phase, type RoundCustomer, type RoundProduct, type RoundShop } from './round-shop.js';

/** How many products are proposed to a person at once. */
export const slotsPerList = 5;

/** The share of the floor's slots that is answered, as the shop is set up. */
const floorRate = 0.065;
/** Nobody answers more surely than this. */
const chanceMax = 0.6;

/** Rates are shares of the shown slots that are answered. */
export interface PhaseTruth {
  /** The best sellers of the opening, shown to everybody. */
  readonly floor: number;
  /** The five products that each person likes most, shown to that person: no policy can do better. */
  readonly best: number;
}

export interface Truth {
  readonly before: PhaseTruth;
  readonly after: PhaseTruth;
  /** The share of slots that a person would answer in a list of these products; a slot that stays empty is not answered. */
  rateOf(customer: RoundCustomer, products: readonly number[], phase: Phase): number;
  /** The same for the best list of that person. */
  bestRateOf(customer: RoundCustomer, phase: Phase): number;
  /** How likely a person answers a product that is shown, in whatever slot. */
  chanceOf(customer: RoundCustomer, product: RoundProduct, phase: Phase): number;
}

/**
 * Fixes the truth of a shop whose floor shows `floor`, indexes of products. The chance of an answer is the liking times a
 * level, at most 0.6; the level is such that the floor gets 6.5 % before tastes drift (where the bound binds, a hair less).
 */
export function fixTruth(shop: RoundShop, floor: readonly number[]): Truth {
  const list = floor.slice(0, slotsPerList);
  const meanOf = (rate: (customer: RoundCustomer) => number) =>
    shop.customers.reduce((sum, customer) => sum + rate(customer), 0) / shop.customers.length;
  const productsOf = (places: readonly number[]) => places.flatMap((place) => shop.products[place] ?? []);
  const floorLiking = meanOf(
    (customer) =>
      productsOf(list).reduce((sum, product) => sum + likingOf(customer, product, 0), 0) / slotsPerList,
  );
  const level = floorRate / floorLiking;

  const chanceOf: Truth['chanceOf'] = (customer, product, phase) =>
    Math.min(chanceMax, level * likingOf(customer, product, phase));
  const rateOf: Truth['rateOf'] = (customer, products, phase) =>
    productsOf(products)
      .slice(0, slotsPerList)
      .reduce((sum, product) => sum + chanceOf(customer, product, phase), 0) / slotsPerList;
  const best = ([0, 1] as const).map((phase) =>
    shop.customers.map((customer) => {
      const chances = Float64Array.from(shop.products, (product) => chanceOf(customer, product, phase));
      return rateOf(customer, Array.from(topK(chances, slotsPerList).indices), phase);
    }),
  );
  const bestRateOf: Truth['bestRateOf'] = ({ index }, phase) => best[phase]?.[index] ?? 0;
  const truthOf = (phase: Phase): PhaseTruth => ({
    floor: meanOf((customer) => rateOf(customer, list, phase)),
    best: meanOf((customer) => bestRateOf(customer, phase)),
  });
  return { before: truthOf(0), after: truthOf(1), rateOf, bestRateOf, chanceOf };
}
