// What a method would have forecast from earlier points of the same series, against what came.

import type { MethodForecast } from './method-forecast.js';

/** Results of forecasts from several earlier points. */
export interface Backtest {
  /** Mean absolute error of all forecasts. */
  readonly meanAbsoluteError: number;
  /** One-step variance that the errors speak for: the mean of error^2 / spread. */
  readonly variance: number;
  /** How many errors there are. */
  readonly errors: number;
  /** How many values were forecast, from one point or several: the errors of one value are not independent. */
  readonly values: number;
  /** How many points were forecast from. */
  readonly origins: number;
}

/** An earlier point: the first `length` values are known, the next `horizon` are forecast. */
export interface BacktestOrigin {
  readonly length: number;
  readonly horizon: number;
}

/** Points that are forecast from; more cost time and reach back to what may no longer hold. */
const originCount = 4;

/**
 * Where a series of `length` values is forecast from: four points in its last quarter, a quarter of the horizon apart,
 * with horizons of up to a fifth of the series. Empty below 8 values, which leave too little to learn from.
 */
export function backtestOrigins(length: number, horizon: number): BacktestOrigin[] {
  if (length < 8) return [];
  const ahead = Math.min(horizon, Math.floor(length / 5));
  return Array.from({ length: originCount }, (_, j) => {
    const back = Math.ceil(ahead / 2) + j * Math.max(1, Math.round(ahead / 4));
    return { length: length - back, horizon: Math.min(ahead, back) };
  });
}

/** Forecasts from every origin with `method` and measures the errors; undefined without origins. */
export function backtest(
  values: Float64Array,
  origins: readonly BacktestOrigin[],
  method: (train: Float64Array, horizon: number) => MethodForecast,
): Backtest | undefined {
  let absolute = 0;
  let squared = 0;
  let errors = 0;
  let first = values.length;
  let end = 0;
  for (const { length, horizon } of origins) {
    first = Math.min(first, length);
    end = Math.max(end, length + horizon);
    const { mean, spread } = method(values.subarray(0, length), horizon);
    for (let h = 0; h < horizon; h += 1) {
      const error = (values[length + h] ?? 0) - (mean[h] ?? 0);
      absolute += Math.abs(error);
      squared += (error * error) / (spread[h] ?? 1);
      errors += 1;
    }
  }
  if (errors === 0) return undefined;
  return {
    meanAbsoluteError: absolute / errors,
    variance: squared / errors,
    errors,
    values: end - first,
    origins: origins.length,
  };
}
