// How well a reorder point serves: how often stock lasts, how many units are short, what share is served at once.

import type { DemandDistribution } from './count-distribution.js';

export interface ServiceFigures {
  /** P(D <= s): the chance that stock lasts from one order until it arrives. */
  readonly cycleService: number;
  /** Units of one cycle's order, and so of the demand of one cycle, in the mean. */
  readonly orderSize: number;
  /** Expected units short when the order arrives: E[max(0, D - s)]; of a normal demand deviation x G((s - mean) / deviation). */
  readonly shortAtArrival: number;
  /** Of these, units that were short already when the order before arrived; mostly next to none. */
  readonly shortBefore: number;
  /** Expected units of one cycle that are not served at once: the difference. */
  readonly shortPerCycle: number;
  /** The share of demand that is served at once: 1 - shortPerCycle / orderSize. */
  readonly fillRate: number;
}

/**
 * The service of orders of one size Q > 0 that are made when the position reaches s, with D the demand over the time
 * that s must last: fill rate = 1 - (E[max(0, D - s)] - E[max(0, D - s - Q)]) / Q. Exact for single sales, a stock that
 * is always watched, and buyers who wait (Axsäter, "Inventory Control", chapter 5); sales of many units at once, which
 * leap over s, make it worse than this where Q is not large beside them. The form of Silver, Pyke & Peterson (chapter
 * 7), 1 - deviation x G(k) / Q, leaves the second term out, which can take it below 0.
 */
export function serviceOfOrderSize(
  demand: DemandDistribution,
  reorderPoint: number,
  orderSize: number,
): ServiceFigures {
  return figures(demand, reorderPoint, orderSize, demand.excess(reorderPoint + orderSize));
}

/**
 * The service of orders up to S at each look, with demand over lead time and review period, and that over the lead time
 * alone, after which the order before arrived: fill rate = 1 - (E[max(0, D(L+R) - S)] - E[max(0, D(L) - S)]) / (d R).
 * Exact for any demand of buyers who wait (Axsäter, chapter 5; Silver, Pyke & Peterson, chapter 7). `orderSize` is d R.
 */
export function serviceOfLooks(
  demand: DemandDistribution,
  beforeReview: DemandDistribution,
  orderUpTo: number,
  orderSize: number,
): ServiceFigures {
  return figures(demand, orderUpTo, orderSize, beforeReview.excess(orderUpTo));
}

function figures(
  demand: DemandDistribution,
  level: number,
  orderSize: number,
  shortBefore: number,
): ServiceFigures {
  const shortAtArrival = demand.excess(level);
  // Rounding could take it a hair outside of what it can be.
  const shortPerCycle = Math.min(orderSize, Math.max(0, shortAtArrival - shortBefore));
  return {
    cycleService: demand.atMost(level),
    orderSize,
    shortAtArrival,
    shortBefore,
    shortPerCycle,
    fillRate: 1 - shortPerCycle / orderSize,
  };
}
