// Draws the people of the simulated shop: tastes, habits, and the days on which they come, leave and come back.

import type { Random } from '../core/random.js';
import { drawDirichlet, drawExponential, drawGamma, drawIndex, drawNormal } from '../math/random-variates.js';
import { categoryShares } from './taste.js';
import { categories } from './vocabulary/categories.js';
import { interestNames, styles } from './vocabulary/interests.js';
import { regions } from './vocabulary/regions.js';
import type { Loyalty, Product, Shopper, ShopSetting, Spell } from './world.js';

/** The share of customers who were there before the opening; the others come evenly over the years. */
const founderShare = 0.4;
const accountOnlyShare = 0.06;
const winBackShare = 0.25;
const tradeShare = 0.03;
const leaningDeviation = 0.25;

interface LoyaltyLevel {
  readonly loyalty: Loyalty;
  readonly share: number;
  /** Mean of the gamma distribution (shape 3) that personal rates are drawn from. */
  readonly ordersPerYear: number;
  /** Scale of a customer's life; with rates of leaving that are gamma distributed its mean is twice this. */
  readonly lifeDays: number;
}

const loyaltyLevels: readonly LoyaltyLevel[] = [
  { loyalty: 'occasional', share: 0.55, ordersPerYear: 5, lifeDays: 170 },
  { loyalty: 'regular', share: 0.33, ordersPerYear: 12, lifeDays: 280 },
  { loyalty: 'devoted', share: 0.12, ordersPerYear: 28, lifeDays: 500 },
];

const loyaltyShares = loyaltyLevels.map((level) => level.share);
const regionShares = regions.map((region) => region.share);
/** Mornings, lunch breaks, evenings, and office hours; see `daily-rhythm.ts`. */
const dailyRhythmShares = [0.25, 0.2, 0.45, 0.1];

/**
 * The life of a customer, from the day of arrival: a stay whose length is exponential with a rate of leaving that
 * is gamma distributed over customers (the Pareto part of Pareto/NBD: D. Schmittlein, D. Morrison, R. Colombo,
 * "Counting Your Customers", Management Science 33(1), 1987); a quarter are won back once, after three months or more.
 */
function drawSpells(random: Random, arrival: number, settledBy: number, lifeDays: number): readonly Spell[] {
  const meanLife = lifeDays / drawGamma(random, 2, 0.5);
  const to = settledBy + Math.ceil(drawExponential(random, meanLife));
  const first = { from: arrival, to };
  const comesBack = random.uniform() < winBackShare;
  const from = to + 90 + Math.ceil(drawExponential(random, 100));
  const second = { from, to: from + Math.ceil(drawExponential(random, 0.7 * meanLife)) };
  return comesBack ? [first, second] : [first];
}

/** The day on which customer `index` arrives; customers beyond the number of the setting arrive after its closing day. */
function arrivalOf(random: Random, setting: ShopSetting, index: number): number {
  const founders = Math.floor(setting.customers * founderShare);
  if (index < founders) return setting.opensOn - 1 - Math.floor(drawExponential(random, 300));
  const days = setting.closesOn + 1 - setting.opensOn;
  return (
    setting.opensOn +
    Math.floor(((index - founders + random.uniform()) / (setting.customers - founders)) * days)
  );
}

/** How much the people of each region lean to each category: a factor around 1 for every pair. */
export function drawLeanings(random: Random): readonly Float64Array[] {
  return regions.map(() =>
    Float64Array.from(categories, () => Math.exp(drawNormal(random, 0, leaningDeviation))),
  );
}

/** What the drawing of people needs to know of the shop. */
export interface ShopperDeps {
  readonly random: Random;
  readonly setting: ShopSetting;
  readonly products: readonly Product[];
  readonly leanings: readonly Float64Array[];
}

function drawHabits(random: Random, deps: ShopperDeps, region: number) {
  const tastes = {
    interests: drawDirichlet(random, interestNames.length, 0.25),
    styles: drawDirichlet(random, styles.length, 0.35),
    budget: drawNormal(random, 0, 1),
  };
  const trade = random.uniform() < tradeShare;
  const leanings = deps.leanings[region] ?? new Float64Array();
  return {
    ...tastes,
    extraLines: drawGamma(random, 2, 1.6),
    unitsFactor: trade ? 4 + random.integer(9) : 1,
    returnProneness: drawGamma(random, 1.2, 1 / 1.2),
    dailyRhythm: trade ? dailyRhythmShares.length - 1 : drawIndex(random, dailyRhythmShares),
    categoryShares: categoryShares(tastes, deps, leanings),
  };
}

/** Draws customer `index`; a pure function of the seed, the setting and the index. */
export function drawCustomer(deps: ShopperDeps, index: number): Shopper {
  const random = deps.random.stream(`customer/${index}`);
  const region = drawIndex(random, regionShares);
  const home = regions[region];
  const level = loyaltyLevels[drawIndex(random, loyaltyShares)];
  if (home === undefined || level === undefined) throw new RangeError('the vocabulary has a gap');
  const given = home.givenNames[random.integer(home.givenNames.length)];
  const family = home.familyNames[random.integer(home.familyNames.length)];
  const arrival = arrivalOf(random, deps.setting, index);
  return {
    index,
    code: `C${100_001 + index}`,
    name: `${given} ${family}`,
    region,
    hidden: {
      ...drawHabits(random, deps, region),
      loyalty: level.loyalty,
      ordersPerYear: drawGamma(random, 3, level.ordersPerYear / 3),
      // Founders have lived up to the opening, so their remaining life is counted from there.
      spells: drawSpells(random, arrival, Math.max(arrival, deps.setting.opensOn), level.lifeDays),
      buysOnArrival: random.uniform() >= accountOnlyShare,
    },
  };
}

/** Draws guest `index`: somebody with tastes like anybody's, who is always about and never gives a code. */
export function drawGuest(deps: ShopperDeps, index: number): Shopper {
  const random = deps.random.stream(`guest/${index}`);
  const region = drawIndex(random, regionShares);
  return {
    index,
    code: null,
    name: null,
    region,
    hidden: {
      ...drawHabits(random, deps, region),
      loyalty: 'occasional',
      // One guest stands for the many who pass by.
      ordersPerYear: 40,
      spells: [{ from: deps.setting.opensOn, to: Number.POSITIVE_INFINITY }],
      buysOnArrival: false,
    },
  };
}
