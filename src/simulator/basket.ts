// What a shopper puts into the basket on one visit.

import type { Random } from '../core/random.js';
import { drawExponential, drawIndex, drawPoisson } from '../math/random-variates.js';
import type { Choices } from './choices.js';
import { availability } from './demand.js';
import type { Product, Shopper, ShopWorld } from './world.js';

const linesMax = 30;
/** How often somebody looks for another product when the wanted one is not there, or in the basket already. */
const attemptsMax = 4;

/** Where baskets are filled. */
export interface Shelves {
  readonly world: ShopWorld;
  readonly choices: Choices;
}

export interface BasketItem {
  readonly product: Product;
  readonly quantity: number;
}

/** What a shopper wants of each category on a day of these factors. */
export function wantedOf(shopper: Shopper, factors: Float64Array): Float64Array {
  return factors.map((factor, category) => factor * (shopper.hidden.categoryShares[category] ?? 0));
}

/** Draws one product: a category by the demand of the day, then a product of it by taste and appeal. */
export function drawProduct(
  random: Random,
  shelves: Shelves,
  shopper: Shopper,
  wanted: Float64Array,
): Product | undefined {
  const category = drawIndex(random, wanted);
  const place = drawIndex(random, shelves.choices.weightsOf(shopper, category));
  return shelves.world.products[shelves.world.productsByCategory[category]?.[place] ?? -1];
}

/** Units of one product: geometric beyond the first, times the factor of a trade buyer. */
function drawQuantity(random: Random, world: ShopWorld, shopper: Shopper, product: Product): number {
  const extraUnits = world.categories[product.category]?.extraUnits ?? 0;
  // A Poisson number with an exponentially distributed mean is geometric.
  const units = 1 + drawPoisson(random, drawExponential(random, extraUnits));
  return units * shopper.hidden.unitsFactor;
}

/**
 * Draws a basket of different products: a Poisson number of picks, each by the demand of the day for its category
 * and by taste within it, and now and then what goes with the product picked. It may come out empty.
 */
export function drawBasket(
  random: Random,
  shelves: Shelves,
  shopper: Shopper,
  day: number,
  factors: Float64Array,
): readonly BasketItem[] {
  const { world } = shelves;
  const wanted = wantedOf(shopper, factors);
  const picks = Math.min(linesMax, 1 + drawPoisson(random, shopper.hidden.extraLines));
  const items = new Map<Product, BasketItem>();
  const add = (product: Product | undefined): boolean => {
    if (product === undefined || items.has(product) || items.size >= linesMax) return false;
    if (random.uniform() >= availability(product, day)) return false;
    items.set(product, { product, quantity: drawQuantity(random, world, shopper, product) });
    return true;
  };
  for (let pick = 0; pick < picks; pick += 1) {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const product = drawProduct(random, shelves, shopper, wanted);
      if (!add(product)) continue;
      const complement = product?.hidden.complement ?? null;
      if (complement !== null && random.uniform() < complement.chance)
        add(world.products[complement.product]);
      break;
    }
  }
  return [...items.values()];
}
