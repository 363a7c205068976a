// How long a stock lasts, and how much of it is too much.

import { demandBetween, type PeriodDemand, periodsCovered } from './demand-ahead.js';

export interface StockCover {
  /** Days that the units on hand last when each period takes its mean; Infinity where they are never sold. */
  readonly days: number;
  /** The same with the units on order. */
  readonly daysWithOrders: number;
  /** What may be on hand: demand of the days allowed, or the order-up-to level where that is more. */
  readonly allowedUnits: number;
  /** Units on hand beyond it, 0 or more. */
  readonly unitsTooMany: number;
  /** Days that stock lasts beyond those allowed, where units are too many; else 0. */
  readonly daysTooMany: number;
}

/** How long a stock may last, and how long periods are, in days. */
export interface CoverLimits {
  readonly daysPerPeriod: number;
  readonly daysAllowed: number;
}

/**
 * Walks the forecast until the stock is gone, and compares with what is allowed. Only what is on hand counts as too
 * much, since orders may be called off; stock up to `orderUpTo` never does, since the same advice asks for it.
 */
export function stockCover(
  demand: PeriodDemand,
  onHand: number,
  onOrder: number,
  orderUpTo: number,
  limits: CoverLimits,
): StockCover {
  const days = periodsCovered(demand, onHand) * limits.daysPerPeriod;
  const ofDays = demandBetween(demand, 0, limits.daysAllowed / limits.daysPerPeriod).mean;
  const allowedUnits = Math.max(ofDays, orderUpTo);
  const unitsTooMany = Math.max(0, onHand - allowedUnits);
  return {
    days,
    daysWithOrders: periodsCovered(demand, onHand + onOrder) * limits.daysPerPeriod,
    allowedUnits,
    unitsTooMany,
    daysTooMany: unitsTooMany > 0 ? Math.max(0, days - limits.daysAllowed) : 0,
  };
}
