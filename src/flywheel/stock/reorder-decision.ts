// The decision to order goods of a product, with all that it was worked out from.

import { type Decision, withId } from '../../events/decision.js';
import type { ReorderAdvice } from '../../math/stock/reorder-advice.js';
import type { KnownStock, ProductReorder } from './reorder-of-product.js';

/** What made the decision, and how. */
const cause = 'stock';
const policy = 'reorder-point';

export interface ReorderSubject {
  /** The code of the product. */
  readonly product: string;
  readonly stock: KnownStock;
  readonly reorder: ProductReorder;
  readonly advice: ReorderAdvice;
  /** The model that forecast the demand. */
  readonly model: string | null;
  /** The decision to order before this one; null for none. It makes two crossings two decisions. */
  readonly after: string | null;
}

/** How far the log was known, and its clock. */
export interface KnownWorld {
  readonly position: string;
  readonly nowMs: number;
}

export function reorderDecision(subject: ReorderSubject, { position, nowMs }: KnownWorld): Decision {
  const { product, model, advice } = subject;
  return withId({
    kind: 'REORDER',
    customer: null,
    product,
    cause,
    policy,
    policyPropensity: 1,
    model,
    experiment: null,
    arm: null,
    candidates: 1,
    position,
    details: detailsOf(subject),
    decidedAtMs: nowMs,
    slots: [
      {
        product,
        choice: `ORDER ${advice.orderQuantity}`,
        score: advice.orderQuantity,
        propensity: 1,
        features: null,
      },
    ],
  });
}

function detailsOf({ stock, reorder, advice, after }: ReorderSubject) {
  const { protectedDemand, service, cover } = advice;
  return {
    after,
    orderQuantity: advice.orderQuantity,
    reorderPoint: advice.reorderPoint,
    orderUpTo: advice.orderUpTo,
    onHand: advice.request.onHand,
    counted: stock.counted,
    countedAt: stock.countedAt.toISOString(),
    soldSince: stock.soldSince,
    demand: protectedDemand.mean,
    demandDeviation: protectedDemand.deviation,
    cycleDemand: advice.cycleDemand,
    safetyStock: advice.safetyStock,
    distribution: advice.distribution,
    expectedService: service?.cycleService ?? null,
    daysOfStock: cover !== undefined && Number.isFinite(cover.days) ? cover.days : null,
    terms: { ...reorder.terms },
    formula: reorder.formula,
    reason: reorder.reason,
  };
}
