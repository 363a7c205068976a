// Prediction intervals: how far the values ahead may be from their forecast.

import { studentFactor } from '../stats/normal-quantile.js';
import type { Backtest } from './backtest.js';
import type { MethodForecast } from './method-forecast.js';

/** The standard deviation of the error at each step ahead, and from how many independent numbers it is known. */
export interface ErrorModel {
  readonly deviations: Float64Array;
  /** Degrees of freedom; Infinity counts the deviation as known. */
  readonly degrees: number;
}

/** With fewer errors a backtest says less about the size of errors than the fit does. */
const fewestBacktestErrors = 12;

/**
 * The error model of a forecast: the variance of one-step errors times the method's spread. The variance is that of
 * the backtest where there is one of size, since errors of forecasts that were made without knowing the values do not
 * flatter the method, with a degree of freedom for each value that was forecast; otherwise that of the residuals,
 * divided by their number less the free parameters. One value alone has no error to learn from: its deviation is taken
 * to be its own size.
 */
export function errorModelOf(
  values: Float64Array,
  forecast: MethodForecast,
  tested: Backtest | undefined,
): ErrorModel {
  const deviationsFor = (variance: number) => forecast.spread.map((spread) => Math.sqrt(variance * spread));
  if (tested !== undefined && tested.errors >= fewestBacktestErrors) {
    return { deviations: deviationsFor(tested.variance), degrees: tested.values };
  }
  let sum = 0;
  let count = 0;
  for (let t = 0; t < values.length; t += 1) {
    const error = (values[t] ?? 0) - (forecast.fitted[t] ?? Number.NaN);
    if (Number.isNaN(error)) continue;
    sum += error * error;
    count += 1;
  }
  if (count === 0) {
    return { deviations: deviationsFor((values[0] ?? 0) ** 2), degrees: Number.POSITIVE_INFINITY };
  }
  const degrees = Math.max(1, count - forecast.freeParameters);
  return { deviations: deviationsFor(sum / degrees), degrees };
}

/**
 * The interval around `mean` that is to hold a share `level` (in (0, 1)) of the values ahead: mean ± Student factor x
 * deviation. Nothing is below `floor`.
 */
export function intervalAt(
  mean: Float64Array,
  model: ErrorModel,
  level: number,
  floor: number,
): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const factor = studentFactor(level, model.degrees);
  return {
    lower: mean.map((value, h) => Math.max(floor, value - factor * (model.deviations[h] ?? 0))),
    upper: mean.map((value, h) => Math.max(floor, value + factor * (model.deviations[h] ?? 0))),
  };
}
