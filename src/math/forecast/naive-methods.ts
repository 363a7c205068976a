// The methods that need no fitting: last value, last season, mean.

import type { MethodForecast } from './method-forecast.js';

/** The last value again and again. Errors add up as in a random walk: variance grows with h. */
export function forecastNaive(values: Float64Array, horizon: number): MethodForecast {
  return forecastSeasonalNaive(values, 1, horizon);
}

/**
 * Each period as one season before. The variance grows by one with every season ahead. Needs at least one whole
 * season; the first season has no fitted values.
 */
export function forecastSeasonalNaive(values: Float64Array, period: number, horizon: number): MethodForecast {
  const n = values.length;
  return {
    mean: Float64Array.from({ length: horizon }, (_, h) => values[n - period + (h % period)] ?? 0),
    fitted: values.map((_, t) => (t < period ? Number.NaN : (values[t - period] ?? 0))),
    spread: Float64Array.from({ length: horizon }, (_, h) => Math.floor(h / period) + 1),
    freeParameters: 0,
    parameters: {},
  };
}

/** The mean of all values; its own uncertainty adds 1 / n to the variance. */
export function forecastMean(values: Float64Array, horizon: number): MethodForecast {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return {
    mean: new Float64Array(horizon).fill(mean),
    fitted: new Float64Array(n).fill(mean),
    spread: new Float64Array(horizon).fill(1 + 1 / n),
    freeParameters: 1,
    parameters: {},
  };
}
