// The way to a reorder point and an order, in words and figures, so that anybody can check it.

import type { ReorderAdvice } from '../../math/stock/reorder-advice.js';
import type { ReorderTerms } from './reorder-terms.js';

/** Sentences, one for each step; the order is left out where the stock is not known. */
export function formulaOf(advice: ReorderAdvice, terms: ReorderTerms, isStockKnown: boolean): string {
  const { protectedDemand, protectedPeriods, safetyStock, safetyFactor, reorderPoint } = advice;
  const { cycleDemand, orderUpTo, position, orderQuantity } = advice;
  const { mean, deviation, varianceOfDemand, varianceOfLeadTime } = protectedDemand;
  const steps = [
    `Demand of ${shown(protectedPeriods)} days (lead time ${shown(terms.leadTimeDays)} + review ${shown(terms.reviewDays)}) = ${shown(mean)} units.`,
    `Its deviation = √(variance of demand ${shown(varianceOfDemand)} + variance from the uncertain lead time ${shown(varianceOfLeadTime)}) = ${shown(deviation)} units.`,
    `Safety stock = quantile ${terms.serviceLevel} of that demand − its mean = ${shown(safetyStock)} units (${shown(safetyFactor)} × deviation).`,
    `Reorder point = demand + safety stock, rounded up = ${reorderPoint} units.`,
    `Order up to demand + safety stock + demand of the next ${shown(terms.coverDays)} days (${shown(cycleDemand)}), rounded up = ${orderUpTo} units.`,
  ];
  if (isStockKnown) steps.push(orderStep(position, reorderPoint, orderUpTo, orderQuantity, terms));
  return steps.join(' ');
}

function orderStep(
  position: number,
  reorderPoint: number,
  orderUpTo: number,
  quantity: number,
  { minimumOrder, orderMultiple }: ReorderTerms,
): string {
  if (position > reorderPoint)
    return `Order = 0, since ${shown(position)} in stock and on order are above the point.`;
  return `Order = ${orderUpTo} − ${shown(position)} in stock and on order, at least ${shown(minimumOrder)}, in multiples of ${shown(orderMultiple)} = ${shown(quantity)} units.`;
}

/** Four digits, in plain figures. */
function shown(value: number): string {
  return String(Number(value.toPrecision(Math.abs(value) >= 1_000 ? 7 : 4)));
}
