// One item of a call as its answer.

import { type ForecastRequest, forecastSeries } from '../../math/forecast/forecast-series.js';
import type { ForecastItem, ForecastResult } from './contract.js';

const levelsByDefault = [0.8];

/** Forecasts an item by its method, or by the one that is given. */
export function forecastItem(
  { values, period, horizon, method = 'auto', levels = levelsByDefault, gaps = 'unknown' }: ForecastItem,
  instead?: ForecastRequest['method'],
): ForecastResult {
  const series = Float64Array.from(values, (value) => value ?? Number.NaN);
  const forecast = forecastSeries(series, { period, horizon, method: instead ?? method, levels, gaps });
  return {
    mean: Array.from(forecast.mean),
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: Array.from(lower),
      upper: Array.from(upper),
    })),
    method: forecast.method,
    why: forecast.why,
    notes: [...forecast.notes],
  };
}
