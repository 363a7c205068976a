// Answers forecasts: each item of a batch by the methods as they are.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { checkItems } from '../host/check-items.js';
import type { Handler } from '../host/workshop-contract.js';
import { type ForecastResult, forecastingMethods } from './contract.js';
import { forecastItem } from './forecast-item.js';

/**
 * The version of the methods, which is the model of every answer. It grows by one whenever a change makes any series
 * come out differently.
 */
const methodsVersion = 1;

/**
 * Answers the methods of `forecastingMethods`. Items of another shape and unknown methods are BAD_INPUT. The same item
 * gives the same answer. A batch is worked on item by item, and other work gets its turn in between; there the signal
 * ends it.
 */
export const forecastingHandler: Handler = async (method, items, { signal }) => {
  if (method !== 'forecast') {
    throw new FlywheelError('BAD_INPUT', `There is no method ${method}; forecasting has forecast.`);
  }
  const results: ForecastResult[] = [];
  for (const item of checkItems(forecastingMethods.forecast, items)) {
    if (signal.aborted) throw new FlywheelError('CANCELLED', 'The forecasts were cancelled.');
    results.push(forecastItem(item));
    await setImmediate();
  }
  return { model: `forecasting/${methodsVersion}`, results };
};
