// What lies in the simulated shop's store-room on the closing day.

import { drawGamma } from '../math/random-variates.js';
import type { Product, ShopWorld } from './world.js';

const coverDaysMean = 30;
const soldOutShare = 0.03;
const overstockShare = 0.06;
const overstockFactor = 6;

export interface StockLevel {
  readonly product: Product;
  readonly quantity: number;
}

/**
 * Stock for so many days of the units that each product sold per day of late: gamma-distributed cover with a mean of
 * a month, a few products sold out, a few bought in excess, and remainders of what is no longer sold. Products that are still to come have none.
 */
export function stockLevels(world: ShopWorld, unitsPerDay: Float64Array): readonly StockLevel[] {
  const { closesOn } = world.setting;
  return world.products
    .filter((product) => product.hidden.introducedOn <= closesOn)
    .map((product) => {
      const random = world.random.stream(`stock/${product.index}`);
      const fate = random.uniform();
      const coverDays = drawGamma(random, 2, coverDaysMean / 2);
      if (fate < soldOutShare) return { product, quantity: 0 };
      if (product.hidden.discontinuedOn < closesOn) return { product, quantity: random.integer(6) };
      const factor = fate < soldOutShare + overstockShare ? overstockFactor : 1;
      return { product, quantity: Math.round(factor * coverDays * (unitsPerDay[product.index] ?? 0)) };
    });
}
