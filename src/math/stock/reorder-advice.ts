// When to order and how much, from a forecast: every number on the way is given, so that it can be shown and checked.

import { chooseDistribution, type DistributionName } from './choose-distribution.js';
import type { DemandDistribution } from './count-distribution.js';
import { assertDemandAhead, demandBetween, type PeriodDemand } from './demand-ahead.js';
import {
  assertLeadTime,
  demandOverLeadTime,
  type LeadTime,
  type LeadTimeDemand,
} from './lead-time-demand.js';
import { allowedOrder, type OrderTerms, orderNow, type StockPosition, wholeUnits } from './order-quantity.js';
import { type ServiceFigures, serviceOfLooks, serviceOfOrderSize } from './service-figures.js';
import { type CoverLimits, type StockCover, stockCover } from './stock-cover.js';

export interface ReorderRequest extends StockPosition, OrderTerms, CoverLimits {
  /** The forecast, from now on. */
  readonly demand: PeriodDemand;
  /** In periods of the forecast. */
  readonly leadTime: LeadTime;
  /** Periods from one look at the stock to the next; 0 when it is always watched. */
  readonly reviewPeriods: number;
  /** Periods that an order is to last beyond the reorder point; 0 orders up to that point at each look. */
  readonly cyclePeriods: number;
  /** The chance that stock is to last until an order arrives, in (0, 1). */
  readonly serviceLevel: number;
}

export interface ReorderAdvice {
  /** What was asked, as it was asked. */
  readonly request: ReorderRequest;
  /** Whether anything is known of demand. Without, only what is promised and not there is ordered. */
  readonly demandKnown: boolean;
  /** Lead time (mean) and review period together: how long stock must last after an order may be due. */
  readonly protectedPeriods: number;
  /** Demand over that time. */
  readonly protectedDemand: LeadTimeDemand;
  readonly distribution: DistributionName;
  /** One sentence that says why this distribution. */
  readonly why: string;
  /** Safety stock in deviations of that demand; of a normal one the quantile z of the service level. */
  readonly safetyFactor: number;
  /** safetyFactor x deviation. Below 0 where less than the mean serves often enough. */
  readonly safetyStock: number;
  /** s: mean + safety stock, rounded up to whole units. An order is due when the position is no higher. */
  readonly reorderPoint: number;
  /** Expected demand of the cycle's periods after those protected. */
  readonly cycleDemand: number;
  /** S: mean + safety stock + demand of the cycle, rounded up to whole units. */
  readonly orderUpTo: number;
  /** On hand and on order together. */
  readonly position: number;
  /** Units to order now; 0 while the position is above the reorder point. */
  readonly orderQuantity: number;
  /** What the reorder point achieves; undefined without demand known. */
  readonly service: ServiceFigures | undefined;
  /** How long stock lasts and what is too much; undefined without demand known. */
  readonly cover: StockCover | undefined;
}

/**
 * Reorder advice of the (R, s, S) policy (Silver, Pyke & Peterson, "Inventory Management and Production Planning and
 * Scheduling", chapter 7): stock is looked at every R = `reviewPeriods`, and when the position is at s or below, it is
 * ordered up to S. After a look that finds it just above s, the next arrival is R + L away, so that s is the quantile
 * `serviceLevel` of the demand over lead time and review period, and S the demand of `cyclePeriods` more. With R = 0
 * this is a stock that is always watched, with cycle 0 the order-up-to policy (R, S); with both above 0 service is a
 * little better than asked. Throws RangeError for numbers that are out of their range. Pure and deterministic.
 */
export function adviseReorder(request: ReorderRequest): ReorderAdvice {
  assertRequest(request);
  const { demand, leadTime, reviewPeriods, cyclePeriods, onHand, onOrder } = request;
  const demandKnown = demand.means.length > 0;
  const protectedPeriods = leadTime.mean + reviewPeriods;
  const protectedDemand = demandOverLeadTime(demand, leadTime, reviewPeriods);
  const { name, why, distribution } = chooseDistribution(protectedDemand);
  // Below 0 only where less service than that of no stock at all is asked.
  const level = Math.max(0, distribution.quantile(request.serviceLevel));
  const safetyStock = level - protectedDemand.mean;
  const cycleDemand = demandBetween(demand, protectedPeriods, protectedPeriods + cyclePeriods).mean;
  const reorderPoint = wholeUnits(level);
  const orderUpTo = wholeUnits(level + cycleDemand);
  const position = onHand + onOrder;
  return {
    request,
    demandKnown,
    protectedPeriods,
    protectedDemand,
    distribution: name,
    why: demandKnown ? why : 'Nothing is known of demand.',
    safetyFactor: protectedDemand.deviation > 0 ? safetyStock / protectedDemand.deviation : 0,
    safetyStock,
    reorderPoint,
    cycleDemand,
    orderUpTo,
    position,
    orderQuantity: orderNow(position, reorderPoint, orderUpTo, request),
    service: demandKnown ? serviceOf(request, distribution, reorderPoint) : undefined,
    cover: demandKnown ? stockCover(demand, onHand, onOrder, orderUpTo, request) : undefined,
  };
}

/**
 * The service of a reorder point. Units of one order in the mean: demand of the time from one order to the next, which
 * is a multiple of R, since orders are due at looks only; or the least order that the terms allow where that is more,
 * which then is due less often.
 */
function serviceOf(
  request: ReorderRequest,
  distribution: DemandDistribution,
  reorderPoint: number,
): ServiceFigures {
  const { demand, leadTime, reviewPeriods, cyclePeriods, packSize } = request;
  const looks = reviewPeriods > 0 ? Math.max(1, wholeUnits(cyclePeriods / reviewPeriods)) : 0;
  const between = reviewPeriods > 0 ? reviewPeriods * looks : cyclePeriods;
  const { mean } = demandBetween(demand, leadTime.mean, leadTime.mean + between);
  const least = allowedOrder(Math.min(1, packSize), request);
  const upToAtEachLook = reviewPeriods > 0 && cyclePeriods === 0 && mean > 0 && least <= Math.max(1, mean);
  // Where the least order is more than what was sold since the last look, stock is not always lifted to S alone.
  if (upToAtEachLook) {
    const beforeReview = chooseDistribution(demandOverLeadTime(demand, leadTime)).distribution;
    return serviceOfLooks(distribution, beforeReview, reorderPoint, mean);
  }
  return serviceOfOrderSize(distribution, reorderPoint, Math.max(mean, least));
}

function assertRequest(request: ReorderRequest): void {
  assertDemandAhead(request.demand);
  assertLeadTime(request.leadTime);
  for (const name of ['reviewPeriods', 'cyclePeriods', 'onOrder', 'minimumOrder', 'daysAllowed'] as const) {
    if (!(request[name] >= 0 && request[name] < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be a finite number of 0 or more, not ${request[name]}.`);
    }
  }
  for (const name of ['packSize', 'daysPerPeriod'] as const) {
    if (!(request[name] > 0 && request[name] < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be a finite number above 0, not ${request[name]}.`);
    }
  }
  if (!Number.isFinite(request.onHand)) {
    throw new RangeError(`onHand must be a finite number, not ${request.onHand}.`);
  }
  if (!(request.serviceLevel > 0 && request.serviceLevel < 1)) {
    throw new RangeError(`serviceLevel must lie between 0 and 1, not ${request.serviceLevel}.`);
  }
}
