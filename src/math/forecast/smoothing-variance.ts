// How uncertain an exponential smoothing forecast is at each step ahead.

import type { SmoothingForm, SmoothingState, SmoothingWeights } from './smoothing-model.js';

/** phi + phi^2 + ... + phi^j for j = 0 to `count`: what a slope of 1 adds in j periods. */
function dampedSums(phi: number, count: number): Float64Array {
  const sums = new Float64Array(count + 1);
  for (let j = 1, power = phi; j <= count; j += 1, power *= phi) sums[j] = (sums[j - 1] ?? 0) + power;
  return sums;
}

/**
 * Variance of the error 1 to `horizon` steps ahead as a multiple of the one-step variance, for models with an
 * additive season or none: 1 + sum of c[j]^2 over j < h, c[j] = alpha (1 + beta (phi + ... + phi^j)) + gamma [m | j].
 * R. Hyndman, A. Koehler, J. K. Ord, R. Snyder, "Forecasting with Exponential Smoothing", 2008, section 6.1.
 */
export function additiveSpread(
  form: SmoothingForm,
  { alpha, beta, gamma, phi }: SmoothingWeights,
  horizon: number,
): Float64Array {
  const spread = new Float64Array(horizon).fill(1);
  const sums = dampedSums(phi, horizon);
  for (let h = 1; h < horizon; h += 1) {
    const seasonal = form.season !== 'none' && h % form.period === 0 ? gamma : 0;
    const weight = alpha * (1 + beta * (sums[h] ?? 0)) + seasonal;
    spread[h] = (spread[h - 1] ?? 0) + weight * weight;
  }
  return spread;
}

/**
 * Variance of the value 1 to `horizon` steps ahead under a multiplicative season, with errors that are a share of the
 * forecast: y = f (1 + e), e of variance `relativeVariance`. With u[h] = level + slope (phi + ... + phi^h),
 * c[j] as above without gamma, t[h] = u[h]^2 + s2 (sum over j < h of c[j]^2 t[h-j]) and k = floor((h - 1) / m):
 *
 *     v[h] = season^2 (t[h] (1 + s2) (1 + gamma^2 s2)^k - u[h]^2)
 *
 * The same book, section 6.3 (exact for the first season, a close approximation after it).
 */
export function multiplicativeVariance(
  { alpha, beta, gamma, phi }: SmoothingWeights,
  state: SmoothingState,
  relativeVariance: number,
  horizon: number,
): Float64Array {
  const period = state.season.length;
  const sums = dampedSums(phi, horizon);
  const second = new Float64Array(horizon);
  const variance = new Float64Array(horizon);
  for (let h = 1; h <= horizon; h += 1) {
    const expected = state.level + state.slope * (sums[h] ?? 0);
    let moment = 0;
    for (let j = 1; j < h; j += 1) {
      moment += (alpha * (1 + beta * (sums[j] ?? 0))) ** 2 * (second[h - j - 1] ?? 0);
    }
    second[h - 1] = expected * expected + relativeVariance * moment;
    const seasons = (1 + gamma * gamma * relativeVariance) ** Math.floor((h - 1) / period);
    const index = state.season[(h - 1) % period] ?? 0;
    variance[h - 1] =
      index * index * ((second[h - 1] ?? 0) * (1 + relativeVariance) * seasons - expected * expected);
  }
  return variance;
}
