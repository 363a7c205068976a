// The small shop that lives through rounds: what it sells, who comes, and the tastes that nothing but its people know.

import { createRandom, type Random } from '../../core/random.js';
import { drawNormal } from '../../math/random-variates.js';
import { normalQuantile } from '../../math/stats/normal-quantile.js';
import { type Category, categories } from '../vocabulary/categories.js';

/** Together these determine everything about a shop. */
export interface RoundShopSetting {
  readonly seed: number;
  readonly customers: number;
  readonly products: number;
}

export interface RoundProduct {
  readonly index: number;
  readonly code: string;
  readonly name: string;
  readonly description: string;
  /** Index of `RoundShop.categories`. */
  readonly category: number;
  readonly priceCents: number;
  readonly hidden: {
    /** How much everybody likes it, whatever their taste: about 1, and twice as much is liked twice as often. */
    readonly appeal: number;
  };
}

/** What one person likes at one time. */
export interface Taste {
  /** What each category is worth to the person, about 1 on average. */
  readonly weights: Float64Array;
  /** Indexes of a few products that the person likes in particular. */
  readonly liked: ReadonlySet<number>;
}

export interface RoundCustomer {
  readonly index: number;
  readonly hidden: {
    /** Before and after the drift; the same object twice for whoever does not change. */
    readonly tastes: readonly [before: Taste, after: Taste];
    /** How likely the person looks around by themselves on a day. */
    readonly visitChance: number;
    /** The first day on which the person may come, as a share of the opening. */
    readonly arrival: number;
  };
}

/** 0 before tastes drift, 1 after. */
export type Phase = 0 | 1;

export interface RoundShop {
  readonly setting: RoundShopSetting;
  readonly random: Random;
  readonly categories: readonly string[];
  readonly products: readonly RoundProduct[];
  readonly customers: readonly RoundCustomer[];
}

/** The least and the most of each. */
export const roundShopBounds = {
  customers: [50, 5_000],
  products: [60, 100],
} as const;

const categoryCount = 8;
const appealDeviation = 0.4;
const firstWeight = 2.9;
const secondWeight = 2;
const formerWeight = 1.2;
const otherWeight = 0.3;
const weightDeviation = 0.2;
const likedCount = 4;
const likedFactor = 1.4;
const driftingShare = 0.6;
/** Below 1: more people come late in the opening than early. */
const arrivalPower = 0.4;
const visitChances = { least: 0.45, spread: 0.3 } as const;

/** A list in an order of chance: R. A. Fisher, F. Yates, by Durstenfeld's algorithm (CACM 7, 1964). */
function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  const list = [...items];
  for (let left = list.length; left > 1; left -= 1) {
    const [taken] = list.splice(random.integer(left), 1);
    if (taken !== undefined) list.push(taken);
  }
  return list;
}

/** Products of one category, each an article in a variant of its own. */
function drawShelf(random: Random, category: Category, place: number, first: number, count: number) {
  const kinds = category.articles.flatMap(([article, price, variants]) =>
    (category.variants[variants] ?? []).map((variant) => ({ article, price, variant })),
  );
  // Each category has its darlings and its shelf-warmers in the same measure: the normal distribution's quantiles.
  const ranks = shuffled(
    random,
    Array.from({ length: count }, (_, rank) => rank),
  );
  return shuffled(random, kinds)
    .slice(0, count)
    .map(({ article, price, variant }, at): RoundProduct => {
      const use = category.uses[random.integer(category.uses.length)] ?? '';
      const detail = category.details[random.integer(category.details.length)] ?? '';
      return {
        index: first + at,
        code: `${category.prefix}-${101 + at}`,
        name: `${variant} ${article}`,
        description: `${variant} ${article.toLowerCase()}. ${use}. ${detail}.`,
        category: place,
        priceCents: Math.round(100 * price),
        hidden: { appeal: Math.exp(appealDeviation * normalQuantile(((ranks[at] ?? 0) + 0.5) / count)) },
      };
    });
}

function drawProducts(random: Random, kinds: readonly Category[], count: number): readonly RoundProduct[] {
  const products: RoundProduct[] = [];
  for (const [place, category] of kinds.entries()) {
    const size =
      Math.floor((count * (place + 1)) / kinds.length) - Math.floor((count * place) / kinds.length);
    products.push(...drawShelf(random.stream(category.prefix), category, place, products.length, size));
  }
  return products;
}

/** Categories that a person cares for; `former` is what was first before tastes drifted. */
interface Passions {
  readonly first: number;
  readonly second: number;
  readonly former?: number;
}

function usualWeight(category: number, { first, second, former }: Passions): number {
  if (category === first) return firstWeight;
  if (category === second) return secondWeight;
  return category === former ? formerWeight : otherWeight;
}

function drawTaste(random: Random, passions: Passions, products: readonly RoundProduct[]): Taste {
  const weights = Float64Array.from({ length: categoryCount }, (_, category) => {
    return usualWeight(category, passions) * Math.exp(drawNormal(random, 0, weightDeviation));
  });
  const { first, second } = passions;
  const near = products.filter(({ category }) => category === first || category === second);
  const liked = shuffled(random, near).slice(0, likedCount);
  return { weights, liked: new Set(liked.map(({ index }) => index)) };
}

function drawCustomer(random: Random, index: number, products: readonly RoundProduct[]): RoundCustomer {
  const [first = 0, second = 1] = shuffled(
    random,
    Array.from({ length: categoryCount }, (_, category) => category),
  );
  const before = drawTaste(random, { first, second }, products);
  // A fashion: who loved one category comes to love the next.
  const next = [1, 2].map((step) => (first + step) % categoryCount).find((place) => place !== second) ?? 0;
  const drifts = random.uniform() < driftingShare;
  const after = drifts ? drawTaste(random, { first: next, second, former: first }, products) : before;
  const visitChance = visitChances.least + visitChances.spread * random.uniform();
  return {
    index,
    hidden: { tastes: [before, after], visitChance, arrival: random.uniform() ** arrivalPower },
  };
}

/** Draws the shop; the same setting gives the same shop. */
export function drawRoundShop(setting: RoundShopSetting): RoundShop {
  const random = createRandom(setting.seed).stream('rounds');
  const kinds = shuffled(random.stream('categories'), categories).slice(0, categoryCount);
  const products = drawProducts(random.stream('products'), kinds, setting.products);
  const customers = Array.from({ length: setting.customers }, (_, index) =>
    drawCustomer(random.stream(`customer/${index}`), index, products),
  );
  return { setting, random, categories: kinds.map(({ name }) => name), products, customers };
}

/**
 * How much a person likes a product at one time, by taste and appeal alone:
 *   appeal of the product x weight of its category x 1.4 where the person likes it in particular.
 */
export function likingOf(customer: RoundCustomer, product: RoundProduct, phase: Phase): number {
  const { weights, liked } = customer.hidden.tastes[phase];
  const particular = liked.has(product.index) ? likedFactor : 1;
  return product.hidden.appeal * (weights[product.category] ?? 0) * particular;
}
