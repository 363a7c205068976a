// The Theta method: a line and a smoothed level, half of each; and its forms with an optimised theta.

import { minimiseScalar } from '../optimise/minimise-scalar.js';
import type { MethodForecast } from './method-forecast.js';
import { errorsFromFirst } from './simple-smoothing.js';

/** Weights of the level that are tried; below .01 it would never move, at 1 it is the last value. */
const alphaRange = { least: 0.01, most: 0.9999, starts: 12, tolerance: 1e-7 } as const;

/** The dynamic form needs a level that moves a little, or its growing line and the level cannot be told apart. */
const dynamicAlphaRange = { least: 0.1, most: 0.99, starts: 8, tolerance: 1e-6 } as const;

/**
 * The standard Theta method (V. Assimakopoulos, K. Nikolopoulos, Int. J. Forecasting 16, 2000) in the form of
 * R. Hyndman, B. Billah (Int. J. Forecasting 19, 2003): simple smoothing from l[0] = y[1] with the alpha of least
 * squared errors, plus half the slope b of the least-squares line:
 *
 *     f[h] = level + b / 2 (h - 1 + 1 / alpha - (1 - alpha)^n / alpha)
 *
 * Error variance: sigma^2 (1 + (h - 1) alpha^2), that of the smoothing. Values without a season; at least 2.
 */
export function forecastTheta(values: Float64Array, horizon: number): MethodForecast {
  const n = values.length;
  const { least, most, starts, tolerance } = alphaRange;
  const alpha = minimiseScalar((weight) => errorsFromFirst(values, weight), least, most, starts, tolerance).x;
  const half = lineSlope(values) / 2;
  const drift = (t: number) => (1 - (1 - alpha) ** t) / alpha;
  const fitted = new Float64Array(n).fill(Number.NaN);
  let level = values[0] ?? 0;
  for (let t = 1; t < n; t += 1) {
    fitted[t] = level + half * drift(t);
    level += alpha * ((values[t] ?? 0) - level);
  }
  return {
    mean: Float64Array.from({ length: horizon }, (_, h) => level + half * (h + drift(n))),
    fitted,
    spread: levelSpread(alpha, horizon),
    freeParameters: 2,
    parameters: { alpha, slope: 2 * half },
  };
}

/** Slope of the least-squares line through a series. */
export function lineSlope(values: Float64Array): number {
  const n = values.length;
  const middle = (n - 1) / 2;
  let sum = 0;
  for (let t = 0; t < n; t += 1) sum += (t - middle) * (values[t] ?? 0);
  return n > 1 ? sum / ((n * (n * n - 1)) / 12) : 0;
}

/** 1 + (h - 1) alpha^2: how the variance of a smoothed level grows. */
export function levelSpread(alpha: number, horizon: number): Float64Array {
  return Float64Array.from({ length: horizon }, (_, h) => 1 + h * alpha * alpha);
}

/**
 * The dynamic optimised Theta method (J. Fiorucci, T. Pellegrini, F. Louzada, F. Petropoulos, A. Koehler, Int. J.
 * Forecasting 32, 2016): the line of the first t values, a[t] + b[t] t, is drawn anew with each value,
 *
 *     f[t] = l[t-1] + (1 - 1 / theta) ((1 - alpha)^(t-1) a[t-1] + (1 - (1 - alpha)^t) / alpha b[t-1])
 *     l[t] = alpha y[t] + (1 - alpha) l[t-1]
 *
 * For a given alpha the forecasts are linear in l[0] and in w = 1 - 1 / theta, so that both are solved exactly
 * (0 <= w < 1) and only alpha is searched. With w = 0 it is simple smoothing. At least 3 values without a season.
 */
export function forecastDynamicTheta(values: Float64Array, horizon: number): MethodForecast {
  const n = values.length;
  const lines = growingLines(values);
  const solution = { initial: 0, weight: 0 };
  const { least, most, starts, tolerance } = dynamicAlphaRange;
  const evaluate = (alpha: number) => solveDynamic(values, lines, alpha, solution);
  const alpha = minimiseScalar(evaluate, least, most, starts, tolerance).x;
  evaluate(alpha);
  const { initial, weight } = solution;
  const fitted = new Float64Array(n);
  let level = initial;
  let power = 1;
  const line = (t: number) =>
    weight *
    (power * (lines.intercept[t] ?? 0) + ((1 - power * (1 - alpha)) / alpha) * (lines.slope[t] ?? 0));
  for (let t = 0; t < n; t += 1) {
    fitted[t] = level + line(t);
    level += alpha * ((values[t] ?? 0) - level);
    power *= 1 - alpha;
  }
  // Ahead of the data the level follows the forecasts and the line stays that of all values.
  const mean = new Float64Array(horizon);
  for (let h = 0; h < horizon; h += 1) {
    const value = level + line(n);
    mean[h] = value;
    level += alpha * (value - level);
    power *= 1 - alpha;
  }
  return {
    mean,
    fitted,
    spread: levelSpread(alpha, horizon),
    freeParameters: 3,
    parameters: { alpha, theta: 1 / (1 - weight) },
  };
}

interface GrowingLines {
  /** Of the least-squares line through the first t values (t = 1 is the first period), at index t. */
  readonly intercept: Float64Array;
  readonly slope: Float64Array;
}

function growingLines(values: Float64Array): GrowingLines {
  const n = values.length;
  const intercept = new Float64Array(n + 1);
  const slope = new Float64Array(n + 1);
  let mean = 0;
  for (let t = 1; t <= n; t += 1) {
    const distance = (values[t - 1] ?? 0) - mean;
    const before = slope[t - 1] ?? 0;
    mean += distance / t;
    slope[t] = t === 1 ? 0 : ((t - 2) * before + (6 * distance) / t) / (t + 1);
    intercept[t] = mean - ((t + 1) / 2) * (slope[t] ?? 0);
  }
  return { intercept, slope };
}

/** The least sum of squares for one alpha; leaves the initial level and the weight of the line in `solution`. */
function solveDynamic(
  values: Float64Array,
  lines: GrowingLines,
  alpha: number,
  solution: { initial: number; weight: number },
): number {
  let level = 0;
  let power = 1;
  // Sums of products of the columns: p (share of the initial level), g (the line), r (what remains of the value).
  let [pp, pg, gg, pr, gr, rr] = [0, 0, 0, 0, 0, 0];
  for (let t = 0; t < values.length; t += 1) {
    const value = values[t] ?? 0;
    const line =
      power * (lines.intercept[t] ?? 0) + ((1 - power * (1 - alpha)) / alpha) * (lines.slope[t] ?? 0);
    const rest = value - level;
    pp += power * power;
    pg += power * line;
    gg += line * line;
    pr += power * rest;
    gr += line * rest;
    rr += rest * rest;
    level += alpha * (value - level);
    power *= 1 - alpha;
  }
  const determinant = pp * gg - pg * pg;
  const free = determinant > 1e-12 * pp * gg ? (pp * gr - pg * pr) / determinant : 0;
  const weight = Math.min(Math.max(free, 0), largestLineWeight);
  const initial = (pr - weight * pg) / pp;
  solution.initial = initial;
  solution.weight = weight;
  return (
    rr -
    2 * initial * pr -
    2 * weight * gr +
    initial * initial * pp +
    2 * initial * weight * pg +
    weight * weight * gg
  );
}

/** Theta is finite: 1 - 1 / theta below 1. */
const largestLineWeight = 1 - 1e-6;
