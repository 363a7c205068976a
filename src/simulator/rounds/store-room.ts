// The store-room of the small shop: stock that demand takes, orders that arrive after a lead time, and what it all costs.

import type { Random } from '../../core/random.js';
import { normalQuantile } from '../../math/stats/normal-quantile.js';

/** An order of one product. */
export interface StockOrder {
  readonly product: number;
  readonly units: number;
}

/** What a store-room went through so far. */
export interface StockFigures {
  /** Units that somebody wanted and that were not there. */
  readonly unitsMissed: number;
  /** How often a product was out of stock when a day ended, of all products and days. */
  readonly stockOuts: number;
  /** Units of all products together that lay there when a day ended, on average. */
  readonly unitsMean: number;
  readonly orders: number;
  /** In the money of the prices: keeping, ordering, and the margin of what was missed. */
  readonly cost: number;
}

export interface StoreRoom {
  /** Takes a unit; false, and counted as missed, where there is none. */
  take(product: number): boolean;
  order(order: StockOrder): void;
  /** Ends a day: counts what lies there, then lets arrive what was ordered `leadDays` days ago. */
  endDay(): void;
  /** Units that lie there. */
  level(product: number): number;
  /** Units that are ordered and have not come. */
  coming(product: number): number;
  figures(): StockFigures;
}

/** Days from an order to its arrival. */
export const leadDays = 7;

/** How often stock is to last until an order arrives, whoever orders. */
export const serviceLevel = 0.95;
/** Days of demand that one order brings beyond the point, whoever orders. */
export const orderDays = 14;

/** To keep a unit for a day costs this share of its price (about a fifth in a year); to miss it, the margin. */
const keepingShare = 0.0005;
const marginShare = 0.3;
const orderCost = 2;

/** A store-room with these units of each product, whose prices are in cents. */
export function createStoreRoom(units: readonly number[], priceCents: readonly number[]): StoreRoom {
  const levels = [...units];
  const coming: (StockOrder & { readonly arrivesOn: number })[] = [];
  let [day, unitsMissed, stockOuts, unitDays, orders, costCents] = [0, 0, 0, 0, 0, 0];
  const add = (product: number, count: number) => {
    levels[product] = (levels[product] ?? 0) + count;
  };
  return {
    take(product) {
      if ((levels[product] ?? 0) > 0) {
        add(product, -1);
        return true;
      }
      unitsMissed += 1;
      costCents += marginShare * (priceCents[product] ?? 0);
      return false;
    },
    order(order) {
      coming.push({ ...order, arrivesOn: day + leadDays });
      orders += 1;
      costCents += 100 * orderCost;
    },
    endDay() {
      for (const [product, level] of levels.entries()) {
        if (level === 0) stockOuts += 1;
        unitDays += level;
        costCents += keepingShare * level * (priceCents[product] ?? 0);
      }
      day += 1;
      while (coming[0] !== undefined && coming[0].arrivesOn <= day) {
        const arrived = coming.shift();
        if (arrived !== undefined) add(arrived.product, arrived.units);
      }
    },
    level: (product) => levels[product] ?? 0,
    coming: (product) =>
      coming.reduce((sum, order) => sum + (order.product === product ? order.units : 0), 0),
    figures: () => ({
      unitsMissed,
      stockOuts,
      unitsMean: day === 0 ? 0 : Math.round((100 * unitDays) / day) / 100,
      orders,
      cost: Math.round(costCents) / 100,
    }),
  };
}

/** A rule that never changes: whenever stock and orders of a product are at the point or below, this much is ordered. */
export interface FixedRule {
  readonly point: readonly number[];
  readonly quantity: readonly number[];
}

/** Of a normal distribution that share lies below so many deviations. */
const safetyDeviations = normalQuantile(serviceLevel);

/**
 * The rule of who looks at the sales of the opening once: with d units a day, order at d L + 1.645 sqrt(d L) for lead time
 * L and the day until the next look (Poisson demand, 95 % of cycles without a stock-out), two weeks' demand at a time.
 */
export function fixRule(dailyUnits: Float64Array): FixedRule {
  const ahead = Array.from(dailyUnits, (units) => units * (leadDays + 1));
  return {
    point: ahead.map((units) => Math.ceil(units + safetyDeviations * Math.sqrt(units))),
    quantity: Array.from(dailyUnits, (units) => Math.max(1, Math.ceil(orderDays * units))),
  };
}

/** What lies there at first: the point of the rule and a part of an order, so that not all products run out together. */
export function firstUnits({ point, quantity }: FixedRule, random: Random): readonly number[] {
  return point.map((units, product) => units + Math.ceil((quantity[product] ?? 0) * random.uniform()));
}

/** The orders that the rule makes when a day has ended. */
export function ordersByRule(
  { point, quantity }: FixedRule,
  room: Pick<StoreRoom, 'level' | 'coming'>,
): readonly StockOrder[] {
  return point.flatMap((units, product) =>
    room.level(product) + room.coming(product) > units ? [] : { product, units: quantity[product] ?? 1 },
  );
}
