// One item of a call as its answer.

import {
  type ForecastRequest,
  forecastSeries,
  type SeriesForecast,
} from '../../math/forecast/forecast-series.js';
import { type ForecastItem, type ForecastResult, levelsByDefault } from './contract.js';

/**
 * Forecasts an item by its method. Where a forecast comes to more than a number can hold,
 * which a season that multiplies can, the last value is answered, and why.
 */
export function forecastItem({
  values,
  period,
  horizon,
  method = 'auto',
  levels = [...levelsByDefault],
  gaps = 'unknown',
}: ForecastItem): ForecastResult {
  const series = Float64Array.from(values, (value) => value ?? Number.NaN);
  const forecastBy = (name: ForecastRequest['method']) =>
    forecastSeries(series, { period, horizon, method: name, levels, gaps });
  const forecast = forecastBy(method);
  if (isWithinNumbers(forecast)) return plain(forecast);
  const why = `The last value: the forecast by ${forecast.method} is more than a number can hold.`;
  return { ...plain(forecastBy('naive')), why };
}

function isWithinNumbers({ mean, intervals }: SeriesForecast): boolean {
  return [mean, ...intervals.flatMap(({ lower, upper }) => [lower, upper])].every((numbers) =>
    numbers.every(Number.isFinite),
  );
}

function plain({ mean, intervals, method, why, notes }: SeriesForecast): ForecastResult {
  return {
    mean: Array.from(mean),
    intervals: intervals.map(({ level, lower, upper }) => ({
      level,
      lower: Array.from(lower),
      upper: Array.from(upper),
    })),
    method,
    why,
    notes: [...notes],
  };
}
