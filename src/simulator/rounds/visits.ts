// What people of the small shop do by themselves: they look around, and some buy, by their own taste.

import type { Random } from '../../core/random.js';
import { drawIndex } from '../../math/random-variates.js';
import { likingOf, type Phase, type RoundCustomer, type RoundShop } from './round-shop.js';

/** An act of a person: `at` is its moment as a share of the day, from 0 to 1. */
export interface Act {
  readonly customer: number;
  readonly product: number;
  readonly type: 'view' | 'click' | 'add_to_cart' | 'purchase';
  readonly at: number;
}

/** When people come by themselves: not while proposals are shown, so that nobody answers one by chance. */
const visitingTimes = [
  { from: 0.02, until: 0.3 },
  { from: 0.85, until: 0.93 },
] as const;

/** Who comes by themselves looks for what they love: a product that is liked twice as much is looked at four times as often. */
const choosiness = 2;
const looksMax = 2;
const clickShare = 0.3;
const buyShare = 0.35;
/** The time between two acts, as a share of the day. */
const actGap = 0.001;

/** The acts of one visit, in order. */
function drawVisit(random: Random, shop: RoundShop, customer: RoundCustomer, phase: Phase): readonly Act[] {
  const likings = Float64Array.from(
    shop.products,
    (product) => likingOf(customer, product, phase) ** choosiness,
  );
  const acts: Act[] = [];
  const { from, until } = visitingTimes[random.integer(visitingTimes.length)] ?? visitingTimes[0];
  let at = from + (until - from) * random.uniform();
  const act = (type: Act['type'], product: number) => {
    acts.push({ customer: customer.index, product, type, at });
    at += actGap;
  };
  for (let left = 1 + random.integer(looksMax); left > 0; left -= 1) {
    const product = drawIndex(random, likings);
    act('view', product);
    if (random.uniform() < clickShare) act('click', product);
  }
  const [first] = acts;
  if (first !== undefined && random.uniform() < buyShare) act('purchase', first.product);
  return acts;
}

/**
 * All that people do by themselves on a day, in order of time. `name` tells the day from every other of the shop; only
 * those come who have arrived at this share of the opening, and with 1 everybody.
 */
export function visitsOfDay(shop: RoundShop, name: string, phase: Phase, arrived = 1): readonly Act[] {
  const acts = shop.customers.flatMap((customer) => {
    const random = shop.random.stream(`visits/${name}/${customer.index}`);
    return customer.hidden.arrival <= arrived && random.uniform() < customer.hidden.visitChance
      ? drawVisit(random, shop, customer, phase)
      : [];
  });
  return acts.sort((a, b) => a.at - b.at || a.customer - b.customer);
}
