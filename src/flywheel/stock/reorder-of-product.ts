// Whether a product is to be ordered, enough, or too much: its stock against what is expected to be sold.

import type { PeriodDemand } from '../../math/stock/demand-ahead.js';
import { adviseReorder, type ReorderAdvice } from '../../math/stock/reorder-advice.js';
import type { ForecastResult } from '../../services/forecasting/contract.js';
import { unitPeriodsMax } from '../../warehouse/service-reads/product-series.js';
import { demandOf } from './demand-of-product.js';
import { formulaOf } from './reorder-formula.js';
import type { ReorderTerms } from './reorder-terms.js';

/** What is believed to be there: the last count less what was sold since. */
export interface KnownStock {
  /** Units that were counted. */
  readonly counted: number;
  readonly countedAt: Date;
  /** Units sold after the count, less those that came back. */
  readonly soldSince: number;
}

export type ReorderStatus = 'ORDER_NOW' | 'ENOUGH' | 'OVERSTOCK' | 'UNKNOWN';

export interface ProductReorder {
  readonly status: ReorderStatus;
  /** One sentence that says why. */
  readonly reason: string;
  readonly terms: ReorderTerms;
  readonly onOrder: number;
  /** Null while it was never counted. */
  readonly stock: KnownStock | null;
  /** Null while nothing is known of demand. */
  readonly demand: PeriodDemand | null;
  /** Null without demand. Without stock, only what does not depend on it counts. */
  readonly advice: ReorderAdvice | null;
  /** How the point and the order were worked out, in words and figures; null without demand. */
  readonly formula: string | null;
}

export interface ReorderQuestion {
  readonly stock: KnownStock | null;
  /** Null for a product that was not sold. */
  readonly forecast: ForecastResult | null;
  readonly terms: ReorderTerms;
  /** Units that were ordered and have not come. */
  readonly onOrder: number;
}

/** Units that are believed to be there; below 0 when more was sold than was counted. */
export function onHandOf({ counted, soldSince }: KnownStock): number {
  return counted - soldSince;
}

/** The advice of `adviseReorder` by days; pure, and the same for who asks and for what is decided without asking. */
export function reorderOf({ stock, forecast, terms, onOrder }: ReorderQuestion): ProductReorder {
  const common = { terms, onOrder, stock };
  if (forecast === null) {
    return { ...common, ...unknown(notSold), demand: null, advice: null, formula: null };
  }
  const demand = demandOf(forecast);
  const advice = adviseReorder({
    demand,
    leadTime: { mean: terms.leadTimeDays, deviation: terms.leadTimeDeviationDays },
    reviewPeriods: terms.reviewDays,
    cyclePeriods: terms.coverDays,
    serviceLevel: terms.serviceLevel,
    onHand: stock === null ? 0 : onHandOf(stock),
    onOrder,
    minimumOrder: terms.minimumOrder,
    packSize: terms.orderMultiple,
    daysPerPeriod: 1,
    daysAllowed: terms.overstockDays,
  });
  const formula = formulaOf(advice, terms, stock !== null);
  const answer = stock === null ? unknown(notCounted) : standing(advice, terms);
  return { ...common, ...answer, demand, advice, formula };
}

type Standing = Pick<ProductReorder, 'status' | 'reason'>;

const notSold = `It was not sold in the last ${unitPeriodsMax} days of the shop, so nothing is known of its demand.`;
const notCounted =
  'Its stock was never counted: send an event of the type stock, or load a file of stock levels.';

function unknown(reason: string): Standing {
  return { status: 'UNKNOWN', reason };
}

function standing(
  { position, reorderPoint, orderQuantity, cover }: ReorderAdvice,
  terms: ReorderTerms,
): Standing {
  const there = `${units(position)} in stock and on order`;
  if (orderQuantity > 0) {
    const reason = `${there}, which is not above the reorder point of ${units(reorderPoint)}.`;
    return { status: 'ORDER_NOW', reason };
  }
  if (cover !== undefined && cover.unitsTooMany > 0) {
    const lasting = Number.isFinite(cover.days)
      ? `last ${round(cover.days)} days`
      : 'are not expected to be sold';
    const allowed = `${round(cover.unitsTooMany)} more than the ${terms.overstockDays} days that are allowed ask for`;
    return { status: 'OVERSTOCK', reason: `The units in stock ${lasting}: ${allowed}.` };
  }
  return {
    status: 'ENOUGH',
    reason: `${there}: nothing has to be ordered at a reorder point of ${units(reorderPoint)}.`,
  };
}

function units(value: number): string {
  return `${round(value)} ${value === 1 ? 'unit' : 'units'}`;
}

/** Two decimals at most. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
