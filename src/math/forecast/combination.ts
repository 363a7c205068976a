// Several forecasts made into one, and forecasts made on the logarithms of a series.

import type { MethodForecast } from './method-forecast.js';

/** On logarithms a forecast may not leave the largest value that was seen by more than a factor of e. */
const largestLogarithmicStep = 1;

/**
 * The mean of several forecasts at each period after the highest and the lowest are left out: the middle of up to
 * four, the mean of the inner ones of more. V. R. R. Jose, R. L. Winkler, "Simple robust averages of forecasts",
 * Int. J. Forecasting 24, 2008. Spread and free parameters are the means of theirs.
 */
export function combineForecasts(forecasts: readonly MethodForecast[]): MethodForecast {
  const count = forecasts.length;
  const inner = new Float64Array(count);
  const combine = (pick: (forecast: MethodForecast) => Float64Array) => {
    const result = new Float64Array(forecasts[0] === undefined ? 0 : pick(forecasts[0]).length);
    for (let t = 0; t < result.length; t += 1) {
      let known = 0;
      for (const forecast of forecasts) {
        const value = pick(forecast)[t] ?? Number.NaN;
        if (!Number.isNaN(value)) inner[known++] = value;
      }
      result[t] = innerMean(inner.subarray(0, known));
    }
    return result;
  };
  const spread = forecasts.reduce(
    (sums, forecast) => sums.map((sum, h) => sum + (forecast.spread[h] ?? 0) / count),
    new Float64Array(forecasts[0]?.spread.length ?? 0),
  );
  return {
    mean: combine((forecast) => forecast.mean),
    fitted: combine((forecast) => forecast.fitted),
    spread,
    freeParameters: forecasts.reduce((sum, forecast) => sum + forecast.freeParameters, 0) / count,
    parameters: {},
  };
}

/** The mean of what is left when as many of the lowest as of the highest are gone (NaN of none); sorts `values` in place. */
function innerMean(values: Float64Array): number {
  if (values.length === 0) return Number.NaN;
  values.sort();
  const left = values.length < 5 ? Math.floor((values.length - 1) / 2) : 1;
  let sum = 0;
  for (let i = left; i < values.length - left; i += 1) sum += values[i] ?? 0;
  return sum / (values.length - 2 * left);
}

/**
 * The forecast that `method` makes of log(1 + y), as one of y. It is the median of the values ahead, not their mean:
 * lower where errors are skewed, and nearer in absolute terms. Values of 0 and above.
 */
export function forecastOnLogarithms(
  method: (values: Float64Array, horizon: number) => MethodForecast,
  values: Float64Array,
  horizon: number,
): MethodForecast {
  const logarithms = values.map(Math.log1p);
  const ceiling = logarithms.reduce((most, value) => Math.max(most, value), 0) + largestLogarithmicStep;
  const forecast = method(logarithms, horizon);
  const back = (value: number) => Math.expm1(Math.min(value, ceiling));
  return { ...forecast, mean: forecast.mean.map(back), fitted: forecast.fitted.map(back) };
}
