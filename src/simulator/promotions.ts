// The weeks in which the simulated shop lowers prices: a few for each category, and one in November for all.

import { newYear, yearOf } from './calendar.js';
import type { ShopWorld } from './world.js';

export interface Promotion {
  /** Index of `ShopWorld.categories`. */
  readonly category: number;
  /** First and last day, both included. */
  readonly from: number;
  readonly to: number;
  /** The share taken off the price. */
  readonly discount: number;
  /** What demand is multiplied by. */
  readonly uplift: number;
}

const perCategoryAndYear = 3;
const discounts = [0.15, 0.2, 0.25, 0.3];

/** All promotions of a calendar year: a pure function of the seed and the year, for past and future years alike. */
export function promotionsOfYear(
  world: Pick<ShopWorld, 'random' | 'categories'>,
  year: number,
): readonly Promotion[] {
  const random = world.random.stream(`promotions/${year}`);
  const firstDay = newYear(year);
  const november = Date.UTC(year, 10, 23) / 86_400_000;
  return world.categories.flatMap((_, category) => {
    const weeks = Array.from({ length: perCategoryAndYear }, () => {
      const from = firstDay + random.integer(358);
      const discount = discounts[random.integer(discounts.length)] ?? 0.2;
      return { category, from, to: from + 6, discount, uplift: 1 + 4 * discount };
    });
    return [...weeks, { category, from: november, to: november + 6, discount: 0.2, uplift: 1.7 }];
  });
}

/** The promotion that holds for each category on a day: the deepest where several meet, null where none does. */
export function promotionsOfDay(
  world: Pick<ShopWorld, 'random' | 'categories'>,
  day: number,
): readonly (Promotion | null)[] {
  const year = yearOf(day);
  // A week that starts at the end of December runs into January.
  const running = [...promotionsOfYear(world, year - 1), ...promotionsOfYear(world, year)].filter(
    (promotion) => promotion.from <= day && day <= promotion.to,
  );
  return world.categories.map((_, category) =>
    running
      .filter((promotion) => promotion.category === category)
      .reduce<Promotion | null>(
        (best, next) => (best === null || next.discount > best.discount ? next : best),
        null,
      ),
  );
}
