// How much each category is wanted on a day, beside a day without season: season, week, growth, promotion, luck.

import { drawNormal } from '../math/random-variates.js';
import { circularSwell } from '../math/von-mises.js';
import { daysPerYear, newYear, weekdayOf, yearOf } from './calendar.js';
import { promotionsOfDay } from './promotions.js';
import type { Category, Rhythm } from './vocabulary/categories.js';
import type { Product, ShopWorld } from './world.js';

/** Demand from Monday to Sunday; each row has a mean of 1. */
export const weekRhythms: Readonly<Record<Rhythm, readonly number[]>> = {
  workdays: [1.2, 1.2, 1.15, 1.15, 1, 0.6, 0.7],
  weekend: [0.85, 0.75, 0.75, 0.8, 0.95, 1.45, 1.45],
  even: [1.05, 1, 1, 1, 1, 0.95, 1],
};

const shockDeviation = 0.08;
const rampUpDays = 30;

/** The yearly season of a category on a day: 1 on average over the year. */
export function seasonFactor(category: Pick<Category, 'peakDay' | 'seasonality'>, day: number): number {
  const dayOfYear = day - newYear(yearOf(day)) + 1;
  return circularSwell((2 * Math.PI * (dayOfYear - category.peakDay)) / daysPerYear, category.seasonality);
}

/**
 * The demand of each category on a day, in the order of the world's categories:
 *
 *   season x weekday x (1 + growth)^(years since the opening) x uplift of a promotion x shock of the day
 *
 * The shock is log-normal with mean 1 and the same for all categories (weather, a mention on the radio).
 * A pure function of the world and the day, for days of the past and of the future.
 */
export function demandFactors(
  world: Pick<ShopWorld, 'random' | 'categories' | 'setting'>,
  day: number,
): Float64Array {
  const shock = drawNormal(world.random.stream(`shock/${day}`), -(shockDeviation ** 2) / 2, shockDeviation);
  const years = (day - world.setting.opensOn) / daysPerYear;
  const promotions = promotionsOfDay(world, day);
  return Float64Array.from(world.categories, (category, index) => {
    const weekday = weekRhythms[category.rhythm][weekdayOf(day)] ?? 1;
    const growth = (1 + category.growthPerYear) ** years;
    return (
      seasonFactor(category, day) * weekday * growth * (promotions[index]?.uplift ?? 1) * Math.exp(shock)
    );
  });
}

/** How far a product is on sale: 0 before it is introduced and after its last day, rising over a month to 1. */
export function availability(product: Product, day: number): number {
  const { introducedOn, discontinuedOn } = product.hidden;
  if (day < introducedOn || day > discontinuedOn) return 0;
  return Math.min(1, (day - introducedOn + 1) / rampUpDays);
}
