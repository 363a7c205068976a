// Remembers how people weigh the products of a category, because they come back to the same shelves.

import { choiceWeight } from './taste.js';
import type { Shopper, ShopWorld } from './world.js';

/** Weights that are kept at once, 32 MB of them; a shop of the usual size needs a quarter. */
const keptMax = 4_000_000;

export interface Choices {
  /** The weight of each product of a category in a shopper's choice, in the order of `productsByCategory`. */
  weightsOf(shopper: Shopper, category: number): Float64Array;
}

export function createChoices(world: Pick<ShopWorld, 'products' | 'productsByCategory'>): Choices {
  const known = new Map<Shopper, Map<number, Float64Array>>();
  let kept = 0;

  function weigh(shopper: Shopper, category: number): Float64Array {
    const indexes = world.productsByCategory[category] ?? [];
    const weights = new Float64Array(indexes.length);
    for (let place = 0; place < indexes.length; place += 1) {
      const product = world.products[indexes[place] ?? -1];
      if (product !== undefined) weights[place] = choiceWeight(shopper.hidden, product);
    }
    return weights;
  }

  return {
    weightsOf(shopper, category) {
      const remembered = known.get(shopper)?.get(category);
      if (remembered !== undefined) return remembered;
      const weights = weigh(shopper, category);
      if (kept + weights.length > keptMax) {
        known.clear();
        kept = 0;
      }
      const ofShopper = known.get(shopper) ?? new Map<number, Float64Array>();
      known.set(shopper, ofShopper.set(category, weights));
      kept += weights.length;
      return weights;
    },
  };
}
