// How well a reorder point serves: how often stock lasts, how many units are short, what share is served at once.

import type { DemandDistribution } from './count-distribution.js';

export interface ServiceFigures {
  /** P(D <= s): the chance that stock lasts from one order until it arrives. */
  readonly cycleService: number;
  /** Units of one cycle's order, and so of the demand of one cycle, in the mean. */
  readonly orderSize: number;
  /** Expected units short when the order arrives: E[max(0, D - s)]; of a normal demand deviation x G((s - mean) / deviation). */
  readonly shortAtArrival: number;
  /** Of these, units that were short already when the order before arrived: E[max(0, D - s - Q)]; mostly next to none. */
  readonly shortBefore: number;
  /** Expected units of one cycle that are not served at once: the difference. */
  readonly shortPerCycle: number;
  /** The share of demand that is served at once: 1 - shortPerCycle / orderSize. */
  readonly fillRate: number;
}

/**
 * The service of reorder point s and order size Q > 0, with the demand D over the time that stock must last after an
 * order is due: fill rate = 1 - (E[max(0, D - s)] - E[max(0, D - s - Q)]) / Q, which is exact for orders of one size, a
 * stock that is always watched, and buyers who wait (Axsäter, "Inventory Control", chapter 5). The form of Silver, Pyke
 * & Peterson (chapter 7), 1 - deviation x G(k) / Q, leaves the second term out, which can take it below 0.
 */
export function serviceFigures(
  distribution: DemandDistribution,
  reorderPoint: number,
  orderSize: number,
): ServiceFigures {
  const shortAtArrival = distribution.excess(reorderPoint);
  const shortBefore = distribution.excess(reorderPoint + orderSize);
  // Rounding could take it a hair outside of what it can be.
  const shortPerCycle = Math.min(orderSize, Math.max(0, shortAtArrival - shortBefore));
  return {
    cycleService: distribution.atMost(reorderPoint),
    orderSize,
    shortAtArrival,
    shortBefore,
    shortPerCycle,
    fillRate: 1 - shortPerCycle / orderSize,
  };
}
