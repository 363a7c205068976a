// What a person would rather have: the law by which hidden tastes become choices.

import { categories } from './vocabulary/categories.js';
import type { Product, Shopper, ShopWorld } from './world.js';

const interestPull = 3.2;
const stylePull = 1.6;
const pricePull = 0.22;

type Tastes = Pick<Shopper['hidden'], 'interests' | 'styles' | 'budget'>;

/**
 * How much more a person likes a product than its plain appeal, as a logarithm of odds:
 *
 *   affinity = 3.2 (interests of person . interests of product) + 1.6 (weight of its style) - 0.22 (tier - budget)^2
 *
 * A difference of 1 between two products makes the choice of one over the other e times as likely
 * (multinomial logit: D. McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", 1974).
 */
export function affinity(tastes: Tastes, product: Product): number {
  const { interests, style, priceTier } = product.hidden;
  let shared = 0;
  // A plain loop: this runs millions of times while a shop is written.
  for (let index = 0; index < interests.length; index += 1) {
    shared += (interests[index] ?? 0) * (tastes.interests[index] ?? 0);
  }
  const stretch = priceTier - tastes.budget;
  return interestPull * shared + stylePull * (tastes.styles[style] ?? 0) - pricePull * stretch * stretch;
}

/** The weight of a product in a person's choice, at level demand: exp(appeal + affinity). */
export function choiceWeight(tastes: Tastes, product: Product): number {
  return Math.exp(product.hidden.appeal + affinity(tastes, product));
}

/** The share of each category in a person's choices, given how much the person's region leans to each; sums to 1. */
export function categoryShares(
  tastes: Tastes,
  catalogue: Pick<ShopWorld, 'products'>,
  leanings: Float64Array,
): Float64Array {
  const shares = new Float64Array(categories.length);
  let total = 0;
  for (const product of catalogue.products) {
    const weight = choiceWeight(tastes, product) * (leanings[product.category] ?? 1);
    shares[product.category] = (shares[product.category] ?? 0) + weight;
    total += weight;
  }
  return shares.map((share) => share / total);
}
