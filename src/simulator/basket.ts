// What a shopper puts into the basket on one visit.

import type { Random } from '../core/random.js';
import { drawExponential, drawIndex, drawPoisson } from '../math/random-variates.js';
import { availability } from './demand.js';
import { choiceWeight } from './taste.js';
import type { Product, Shopper, ShopWorld } from './world.js';

const linesMax = 30;
/** How often somebody looks for another product when the wanted one is not there, or in the basket already. */
const attemptsMax = 4;

export interface BasketItem {
  readonly product: Product;
  readonly quantity: number;
}

/** The weight of each product of a category in a shopper's choice. */
function choiceWeights(world: ShopWorld, shopper: Shopper, indexes: readonly number[]): Float64Array {
  const weights = new Float64Array(indexes.length);
  for (let place = 0; place < indexes.length; place += 1) {
    const product = world.products[indexes[place] ?? -1];
    if (product !== undefined) weights[place] = choiceWeight(shopper.hidden, product);
  }
  return weights;
}

/** Draws products for one visit: a category by the demand of the day, then a product of it by taste and appeal. */
function productDrawer(random: Random, world: ShopWorld, shopper: Shopper, factors: Float64Array) {
  const wanted = factors.map((factor, category) => factor * (shopper.hidden.categoryShares[category] ?? 0));
  const weightsOf = new Map<number, Float64Array>();
  return (): Product | undefined => {
    const category = drawIndex(random, wanted);
    const indexes = world.productsByCategory[category] ?? [];
    const weights = weightsOf.get(category) ?? choiceWeights(world, shopper, indexes);
    weightsOf.set(category, weights);
    return world.products[indexes[drawIndex(random, weights)] ?? -1];
  };
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
  world: ShopWorld,
  shopper: Shopper,
  day: number,
  factors: Float64Array,
): readonly BasketItem[] {
  const drawProduct = productDrawer(random, world, shopper, factors);
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
      const product = drawProduct();
      if (!add(product)) continue;
      const complement = product?.hidden.complement ?? null;
      if (complement !== null && random.uniform() < complement.chance)
        add(world.products[complement.product]);
      break;
    }
  }
  return [...items.values()];
}
