// The methods of forecasting as the API names and explains them.

import { type ForecastMethodName, forecastMethodNames } from '../src/services/forecasting/contract.js';
import { builder } from './builder.js';

const descriptions: Readonly<Record<ForecastMethodName, string>> = {
  auto: 'Tries several methods on the past, takes the best one or the mean of the best, and says why.',
  naive: 'The last value goes on. Plain, and hard to beat where nothing repeats.',
  'seasonal-naive': 'The last season comes again, such as the same month of last year.',
  naive2: 'The last value goes on, after the season was taken out; then the season is put back.',
  mean: 'The mean of all values.',
  ses: 'Simple exponential smoothing: a level that follows the latest values; no trend, no season.',
  holt: "Holt's method: a level and a trend that goes on as it is.",
  damped: 'As HOLT, with a trend that levels off; safer than HOLT for a long way ahead.',
  'holt-winters-additive':
    'Level, trend and a season that adds the same amount each time. Needs two whole seasons.',
  'holt-winters-multiplicative':
    'Level, trend and a season that grows with the level. Needs two whole seasons of values above 0.',
  theta:
    'The Theta method: half the trend of the past, on top of exponential smoothing. A strong all-rounder.',
  'optimised-theta': 'As THETA, with the share of the trend fitted to the past.',
  croston:
    "Croston's method for things that sell now and then: the mean size of a sale over the mean wait for one.",
  'croston-optimised': 'As CROSTON, with weights fitted to the past.',
  sba: 'As CROSTON, less what it is known to forecast too high (Syntetos and Boylan).',
  tsb: 'For things that sell now and then and may go out of fashion: each period without a sale lowers it.',
};

/** Which method forecasts; its values are the names that the service goes by. */
export const forecastMethod = builder.enumType('ForecastMethod', {
  description: 'How a series is forecast.',
  values: Object.fromEntries(
    forecastMethodNames.map((name) => [
      name.toUpperCase().replaceAll('-', '_'),
      { value: name, description: descriptions[name] },
    ]),
  ),
});
