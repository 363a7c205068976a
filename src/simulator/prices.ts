// What a product costs on a day.

import { newYear, yearOf } from './calendar.js';
import { shelfPriceCents } from './products.js';
import type { Promotion } from './promotions.js';
import type { Product, ShopSetting } from './world.js';

const priceListDay = 31;

/** New price lists since the opening: one each 1 February. */
function priceLists(setting: Pick<ShopSetting, 'opensOn'>, day: number): number {
  const lists = (of: number) => yearOf(of) + (of - newYear(yearOf(of)) >= priceListDay ? 1 : 0);
  return lists(day) - lists(setting.opensOn);
}

/** The price of one unit in whole cents: the list price of the year, less the promotion that holds. */
export function priceCents(
  setting: Pick<ShopSetting, 'opensOn'>,
  product: Product,
  day: number,
  promotion: Promotion | null,
): number {
  const rises = (1 + product.hidden.inflationPerYear) ** priceLists(setting, day);
  const listPrice = shelfPriceCents(product.hidden.priceCents * rises);
  return promotion === null ? listPrice : Math.round(listPrice * (1 - promotion.discount));
}
