// The reorder advice of a product, from its stock, its sales and what the forecaster answers.

import { demandItem } from '../src/flywheel/stock/demand-of-product.js';
import { type ProductReorder, reorderOf } from '../src/flywheel/stock/reorder-of-product.js';
import { checkTerms, type ReorderTerms } from '../src/flywheel/stock/reorder-terms.js';
import { lastValueForecast } from '../src/services/forecasting/baseline-contract.js';
import type { ForecastResult } from '../src/services/forecasting/contract.js';
import type { GatewayContext } from './context.js';
import type { Served } from './service-calls.js';

/** The result is the forecast that the advice rests on; null where the product was not sold. */
export interface ServedReorder extends Served<ForecastResult> {
  readonly reorder: ProductReorder;
  /** When the first day begins that is looked ahead to; null while the shop has sold nothing. */
  readonly from: Date | null;
}

/** What is asked for; what is left out is as it is configured. */
export type AskedTerms = { readonly [Name in keyof ReorderTerms]?: ReorderTerms[Name] | null | undefined };

/** Every term, those that are asked for before those that are configured. Fails with BAD_INPUT where one cannot be. */
export function termsOf(asked: AskedTerms, configured: ReorderTerms): ReorderTerms {
  return checkTerms({
    serviceLevel: asked.serviceLevel ?? configured.serviceLevel,
    leadTimeDays: asked.leadTimeDays ?? configured.leadTimeDays,
    leadTimeDeviationDays: asked.leadTimeDeviationDays ?? configured.leadTimeDeviationDays,
    reviewDays: asked.reviewDays ?? configured.reviewDays,
    coverDays: asked.coverDays ?? configured.coverDays,
    minimumOrder: asked.minimumOrder ?? configured.minimumOrder,
    orderMultiple: asked.orderMultiple ?? configured.orderMultiple,
    overstockDays: asked.overstockDays ?? configured.overstockDays,
  });
}

const dayMs = 86_400_000;

/** Those of many products are read and forecast together. */
export async function reorderAnswer(
  code: string,
  terms: ReorderTerms,
  onOrder: number,
  context: GatewayContext,
): Promise<ServedReorder> {
  const [stock, { units, next }] = await Promise.all([
    context.stock(code),
    context.productUnits(code, 'DAY'),
  ]);
  // The day that runs is left out, and so is what is forecast of it.
  const from = next === null ? null : new Date(next.getTime() + dayMs);
  if (units.length === 0) {
    const reorder = reorderOf({ stock, forecast: null, terms, onOrder });
    return { reorder, from, result: null, model: null, degraded: false };
  }
  const item = demandItem(units, terms);
  const served = await context.calls.forecast(item);
  const answered = served.result === null ? { ...served, model: null, degraded: true } : served;
  const result = served.result ?? lastValueForecast(item);
  return { ...answered, result, from, reorder: reorderOf({ stock, forecast: result, terms, onOrder }) };
}
