// What people of the small shop do with the products that are proposed to them.

import type { Phase, RoundShop } from './round-shop.js';
import type { Truth } from './truth.js';

/** A list that was proposed to a person, and shown. */
export interface ShownList {
  readonly customer: number;
  /** By index; null where the shop has no such product, which nobody answers. */
  readonly products: readonly (number | null)[];
}

/** What a person does about a shown product: to answer is to click; some go on. */
export interface Answer {
  readonly product: number;
  readonly isCarted: boolean;
  readonly isBought: boolean;
  /** Whether the events say which decision they belong to, as those of a shop that passes it on do. */
  readonly namesDecision: boolean;
  /** How long after the list was shown, as a share of the time in which people answer. */
  readonly delay: number;
}

const cartShare = 0.4;
const buyShare = 0.25;
const namedShare = 0.6;

/**
 * The answers to a shown list, in the order of its slots. Whether a person answers a product in a round is drawn from a
 * source of that person, round and product alone: who is shown the same gives the same answer, whatever else was shown.
 */
export function answersTo(
  shop: RoundShop,
  truth: Pick<Truth, 'chanceOf'>,
  { customer, products }: ShownList,
  round: number,
  phase: Phase,
): readonly Answer[] {
  const person = shop.customers[customer];
  return products.flatMap((place) => {
    const product = place === null ? undefined : shop.products[place];
    if (person === undefined || product === undefined) return [];
    const random = shop.random.stream(`answers/${round}/${customer}/${product.index}`);
    if (random.uniform() >= truth.chanceOf(person, product, phase)) return [];
    const isBought = random.uniform() < buyShare;
    const isCarted = isBought || random.uniform() < cartShare;
    const namesDecision = random.uniform() < namedShare;
    return { product: product.index, isCarted, isBought, namesDecision, delay: random.uniform() };
  });
}
