// What one person does on a visit to the simulated shop, step by step.

import type { Random } from '../core/random.js';
import { drawExponential, drawNormal, drawPoisson } from '../math/random-variates.js';
import { type BasketItem, drawBasket, drawProduct, type Shelves, wantedOf } from './basket.js';
import { dayOf } from './calendar.js';
import { availability } from './demand.js';
import { priceCents } from './prices.js';
import { promotionsOfDay } from './promotions.js';
import { affinity } from './taste.js';
import { reviewOpenings, reviewRemarks } from './vocabulary/reviews.js';
import type { Product, Shopper, ShopWorld } from './world.js';

/** No act comes later than this after the beginning of its visit. */
export const visitMsMax = 1_200_000;

const buyerShare = 0.085;
const searchShare = 0.25;
const clickShare = 0.5;
const abandonedShare = 0.12;
const ratingShare = 0.35;
const returnShare = 0.05;
const looksBeyondFirst = 2.6;
const stepSecondsMean = 9;
const stepSecondsMax = 60;

/** A line of a purchase or a return. */
export interface VisitLine extends BasketItem {
  readonly unitPriceCents: number;
}

export type VisitAct = { readonly atMs: number } & (
  | { readonly type: 'view' | 'click'; readonly product: Product }
  | { readonly type: 'add_to_cart'; readonly product: Product; readonly quantity: number }
  | { readonly type: 'search'; readonly text: string }
  | { readonly type: 'purchase' | 'return'; readonly lines: readonly VisitLine[] }
  | { readonly type: 'rating'; readonly product: Product; readonly stars: number; readonly text: string }
);

export interface Visit {
  readonly shopper: Shopper;
  readonly startMs: number;
  /** Demand of each category on the day of the visit. */
  readonly factors: Float64Array;
}

function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[random.integer(items.length)];
}

/** Words of the product's name, as people type them. */
function searchText(random: Random, product: Product): string {
  const words = product.name.toLowerCase().split(' ');
  return (random.uniform() < 0.5 ? words.slice(-2) : words.slice(-1)).join(' ');
}

/** One to five: the more the product is to a person's taste, the more. */
function drawStars(random: Random, shopper: Shopper, product: Product): number {
  return Math.min(
    5,
    Math.max(1, Math.round(drawNormal(random, 2.6 + 0.6 * affinity(shopper.hidden, product), 0.9))),
  );
}

function reviewText(random: Random, product: Product, stars: number): string {
  const article = product.name.split(' ').slice(-1).join().toLowerCase();
  const opening = pick(random, reviewOpenings[stars - 1] ?? []) ?? '';
  const remark = pick(random, reviewRemarks[stars - 1] ?? []) ?? '';
  return random.uniform() < 0.4 ? opening : `${opening} ${remark.replace('{article}', article)}`;
}

/** A line at the price of the day, less a promotion. */
function priced(world: ShopWorld, day: number): (item: BasketItem) => VisitLine {
  const promotions = promotionsOfDay(world, day);
  return (item) => ({
    ...item,
    unitPriceCents: priceCents(world.setting, item.product, day, promotions[item.product.category] ?? null),
  });
}

/** Different products that are on sale, as many as the person looks at without buying. */
function drawLooks(
  random: Random,
  shelves: Shelves,
  { shopper, startMs, factors }: Visit,
): readonly Product[] {
  const wanted = wantedOf(shopper, factors);
  const looks = new Set<Product>();
  for (let left = 1 + drawPoisson(random, looksBeyondFirst); left > 0; left -= 1) {
    const product = drawProduct(random, shelves, shopper, wanted);
    if (product !== undefined && random.uniform() < availability(product, dayOf(startMs))) looks.add(product);
  }
  return [...looks];
}

/**
 * The acts of a visit in order of time. Most people look around; some fill a basket as they do in the shop's past and
 * buy it. What takes days there (a rating, a return) takes minutes here, so that it can be watched.
 */
export function drawVisit(random: Random, shelves: Shelves, visit: Visit): readonly VisitAct[] {
  const { shopper, startMs, factors } = visit;
  const day = dayOf(startMs);
  const acts: VisitAct[] = [];
  let nowMs = startMs;
  const later = (secondsMean = stepSecondsMean, secondsMax = stepSecondsMax) => {
    nowMs += Math.round(1000 * Math.min(secondsMax, 0.5 + drawExponential(random, secondsMean)));
    return nowMs;
  };
  const look = (product: Product) => {
    if (random.uniform() < clickShare) acts.push({ atMs: later(), type: 'click', product });
    acts.push({ atMs: later(), type: 'view', product });
  };

  const isBuyer = random.uniform() < buyerShare;
  const basket = isBuyer ? drawBasket(random, shelves, shopper, day, factors) : [];
  const looks = drawLooks(random, shelves, visit);
  const sought = basket[0]?.product ?? looks[0];
  if (sought !== undefined && random.uniform() < searchShare)
    acts.push({ atMs: nowMs, type: 'search', text: searchText(random, sought) });
  for (const product of looks) {
    look(product);
    if (random.uniform() < abandonedShare)
      acts.push({ atMs: later(), type: 'add_to_cart', product, quantity: 1 });
  }
  for (const item of basket) {
    look(item.product);
    acts.push({ atMs: later(), type: 'add_to_cart', ...item });
  }
  const lines = basket.map(priced(shelves.world, day));
  const best = pick(random, lines);
  if (best === undefined) return acts;
  acts.push({ atMs: later(), type: 'purchase', lines });
  if (random.uniform() < ratingShare) {
    const stars = drawStars(random, shopper, best.product);
    const text = reviewText(random, best.product, stars);
    acts.push({ atMs: later(60, 240), type: 'rating', product: best.product, stars, text });
  }
  if (random.uniform() < returnShare * shopper.hidden.returnProneness)
    acts.push({ atMs: later(90, 300), type: 'return', lines: [best] });
  return acts.filter(({ atMs }) => atMs < startMs + visitMsMax);
}
