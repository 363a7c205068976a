// Demand that comes now and then: sizes and waiting times, or sizes and chances, are smoothed apart.

import { FlywheelError } from '../../core/errors.js';
import { minimiseScalar } from '../optimise/minimise-scalar.js';
import type { MethodForecast } from './method-forecast.js';
import { errorsFromFirst } from './simple-smoothing.js';

/** The weight that Croston, Syntetos and Boylan use when none is given. */
const crostonWeight = 0.1;

/** Weights that `forecastCrostonOptimised` chooses from: the range that the literature holds sensible. */
const weightRange = { least: 0.1, most: 0.3, starts: 4, tolerance: 1e-6 } as const;

/**
 * Croston's method (J. D. Croston, Operational Research Quarterly 23, 1972): sizes of demand and periods between
 * demands are smoothed with one weight, each from its first value, and updated with a demand only; forecast = size /
 * interval for every period ahead. The first interval is that from the start of the series. A series without any
 * demand is forecast as 0.
 */
export function forecastCroston(
  values: Float64Array,
  horizon: number,
  alpha = crostonWeight,
): MethodForecast {
  return croston(values, horizon, alpha, alpha, 1);
}

/**
 * Croston with the Syntetos-Boylan correction of its bias: times 1 - alpha / 2 (A. Syntetos, J. Boylan,
 * Int. J. Forecasting 21, 2005).
 */
export function forecastSba(values: Float64Array, horizon: number, alpha = crostonWeight): MethodForecast {
  return croston(values, horizon, alpha, alpha, 1 - alpha / 2);
}

/** Croston with a weight for sizes and one for intervals, each of least squared one-step errors in [.1, .3]. */
export function forecastCrostonOptimised(values: Float64Array, horizon: number): MethodForecast {
  const { sizes, intervals } = demandsOf(values);
  return croston(values, horizon, bestWeight(sizes), bestWeight(intervals), 1);
}

/**
 * The Teunter-Syntetos-Babai method (European J. Operational Research 214, 2011): size times chance of a demand. The
 * size is updated with a demand only (weight `sizeWeight`), the chance in every period (`chanceWeight`), so that the
 * forecast sinks while nothing is sold. Both start at their first value. Weights in (0, 1].
 */
export function forecastTsb(
  values: Float64Array,
  horizon: number,
  sizeWeight: number,
  chanceWeight: number,
): MethodForecast {
  assertDemand(values);
  const fitted = new Float64Array(values.length).fill(Number.NaN);
  let size = values.find((value) => value > 0) ?? 0;
  let chance = (values[0] ?? 0) > 0 ? 1 : 0;
  for (let t = 0; t < values.length; t += 1) {
    const value = values[t] ?? 0;
    if (t > 0) fitted[t] = size * chance;
    if (value > 0) size += sizeWeight * (value - size);
    chance += chanceWeight * ((value > 0 ? 1 : 0) - chance);
  }
  return {
    mean: new Float64Array(horizon).fill(size * chance),
    fitted,
    spread: new Float64Array(horizon).fill(1),
    freeParameters: 1,
    parameters: { sizeWeight, chanceWeight },
  };
}

function croston(
  values: Float64Array,
  horizon: number,
  sizeWeight: number,
  intervalWeight: number,
  correction: number,
): MethodForecast {
  assertDemand(values);
  const fitted = new Float64Array(values.length).fill(Number.NaN);
  let size = 0;
  let interval = 0;
  let waited = 0;
  for (let t = 0; t < values.length; t += 1) {
    const value = values[t] ?? 0;
    if (interval > 0) fitted[t] = (correction * size) / interval;
    waited += 1;
    if (value <= 0) continue;
    size = interval > 0 ? size + sizeWeight * (value - size) : value;
    interval = interval > 0 ? interval + intervalWeight * (waited - interval) : waited;
    waited = 0;
  }
  return {
    mean: new Float64Array(horizon).fill(interval > 0 ? (correction * size) / interval : 0),
    fitted,
    spread: new Float64Array(horizon).fill(1),
    freeParameters: 1,
    parameters: { sizeWeight, intervalWeight },
  };
}

/** The sizes of all demands, and the periods from each to the one before (the first: from the start). */
function demandsOf(values: Float64Array): { readonly sizes: Float64Array; readonly intervals: Float64Array } {
  const sizes: number[] = [];
  const intervals: number[] = [];
  let last = -1;
  values.forEach((value, t) => {
    if (value <= 0) return;
    sizes.push(value);
    intervals.push(t - last);
    last = t;
  });
  return { sizes: Float64Array.from(sizes), intervals: Float64Array.from(intervals) };
}

function bestWeight(values: Float64Array): number {
  const { least, most, starts, tolerance } = weightRange;
  return minimiseScalar((weight) => errorsFromFirst(values, weight), least, most, starts, tolerance).x;
}

function assertDemand(values: Float64Array): void {
  if (values.some((value) => value < 0)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'This method forecasts demand, which is never below 0; choose another method for a series with negative values.',
    );
  }
}
