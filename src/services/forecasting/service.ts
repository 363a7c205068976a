// Answers forecasts: each item of a batch by the methods as they are.

import { FlywheelError } from '../../core/errors.js';
import { checkItems } from '../host/check-items.js';
import type { Reply } from '../host/service-contract.js';
import { type ForecastResult, forecastingMethods } from './contract.js';
import { forecastItem } from './forecast-item.js';

/**
 * The version of the methods, which is the model of every answer. It grows by one whenever a change makes any series
 * come out differently.
 */
export const methodsVersion = 1;

/**
 * Makes the handler of the methods of `forecastingMethods`. Items of a wrong shape and other methods are BAD_INPUT. The
 * same item gives the same answer. A batch is worked on item by item, and other work gets its turn in between; the
 * signal ends it there with CANCELLED.
 */
export function createForecastingService() {
  return async (method: string, items: readonly unknown[], signal?: AbortSignal): Promise<Reply> => {
    if (method !== 'forecast') {
      throw new FlywheelError('BAD_INPUT', `forecasting has no method ${method}; it has forecast.`);
    }
    const results: ForecastResult[] = [];
    for (const item of checkItems(forecastingMethods.forecast, items)) {
      if (signal?.aborted === true) throw new FlywheelError('CANCELLED', 'The forecasts were cancelled.');
      results.push(forecastItem(item));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { model: `forecasting/${methodsVersion}`, results };
  };
}
