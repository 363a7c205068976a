// Classical decomposition into trend and season, and the test whether there is a season at all.

export type DecompositionForm = 'additive' | 'multiplicative';

/**
 * The trend of a series: its centred moving average over one period (for an even period the 2 x m average, whose ends
 * count half). NaN for the half period at each end. `values` is at least `period` + 1 long.
 */
export function centredMovingAverage(values: Float64Array, period: number): Float64Array {
  const trend = new Float64Array(values.length).fill(Number.NaN);
  const half = Math.floor(period / 2);
  const even = period % 2 === 0;
  for (let t = half; t + half < values.length; t += 1) {
    let sum = 0;
    for (let i = t - half; i <= t + half; i += 1) sum += values[i] ?? 0;
    if (even) sum -= ((values[t - half] ?? 0) + (values[t + half] ?? 0)) / 2;
    trend[t] = sum / period;
  }
  return trend;
}

/**
 * Seasonal indices by classical decomposition (e.g. R. Hyndman, G. Athanasopoulos, "Forecasting", 3rd edition 2021,
 * section 3.4): the mean over all seasons of value - trend (value / trend), shifted to mean 0 (scaled to mean 1).
 * Index i belongs to the periods t with t mod `period` = i. Needs two whole seasons; a multiplicative season needs a
 * trend above 0 and leaves out where it is not.
 */
export function seasonalIndices(values: Float64Array, period: number, form: DecompositionForm): Float64Array {
  const trend = centredMovingAverage(values, period);
  const neutral = form === 'additive' ? 0 : 1;
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = 0; t < values.length; t += 1) {
    const level = trend[t] ?? Number.NaN;
    const part =
      form === 'additive' ? (values[t] ?? 0) - level : level > 0 ? (values[t] ?? 0) / level : Number.NaN;
    if (Number.isNaN(part)) continue;
    sums[t % period] = (sums[t % period] ?? 0) + part;
    counts[t % period] = (counts[t % period] ?? 0) + 1;
  }
  const indices = sums.map((sum, i) => ((counts[i] ?? 0) > 0 ? sum / (counts[i] ?? 1) : neutral));
  const mean = indices.reduce((sum, index) => sum + index, 0) / period;
  if (form === 'additive') return indices.map((index) => index - mean);
  return mean > 0 ? indices.map((index) => index / mean) : indices.fill(1);
}

/** The autocorrelations of lags 1 to `lags`; all 0 for a constant series. */
export function autocorrelations(values: Float64Array, lags: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const result = new Float64Array(lags);
  if (variance <= 0) return result;
  for (let lag = 1; lag <= lags; lag += 1) {
    let sum = 0;
    for (let t = lag; t < values.length; t += 1)
      sum += ((values[t] ?? 0) - mean) * ((values[t - lag] ?? 0) - mean);
    result[lag - 1] = sum / variance;
  }
  return result;
}

/**
 * Whether a season of `period` shows at the 10 % level: |r_m| > 1.645 sqrt((1 + 2 sum of r_i^2, i < m) / n), the test
 * of the M competitions (S. Makridakis et al., "The M4 Competition", Int. J. Forecasting 36, 2020). At least three
 * whole seasons are needed to see one; a shorter series, or period 1, has none.
 */
export function isSeasonal(values: Float64Array, period: number): boolean {
  if (period < 2 || values.length < 3 * period) return false;
  const correlations = autocorrelations(values, period);
  let sum = 1;
  for (let lag = 1; lag < period; lag += 1) sum += 2 * (correlations[lag - 1] ?? 0) ** 2;
  return Math.abs(correlations[period - 1] ?? 0) > 1.645 * Math.sqrt(sum / values.length);
}

/**
 * How much of what is not trend is season: 1 - var(rest) / var(season + rest), at least 0. X. Wang, K. Smith,
 * R. Hyndman, Data Mining and Knowledge Discovery 13, 2006. Noise gives about one over the number of seasons. 0 for
 * fewer than three seasons.
 */
export function seasonalStrength(values: Float64Array, period: number): number {
  if (period < 2 || values.length < 3 * period) return 0;
  const trend = centredMovingAverage(values, period);
  const indices = seasonalIndices(values, period, 'additive');
  let whole = 0;
  let rest = 0;
  for (let t = 0; t < values.length; t += 1) {
    const detrended = (values[t] ?? 0) - (trend[t] ?? 0);
    if (Number.isNaN(detrended)) continue;
    whole += detrended ** 2;
    rest += (detrended - (indices[t % period] ?? 0)) ** 2;
  }
  return whole > 0 ? Math.max(0, 1 - rest / whole) : 0;
}

/** Strength from which a series counts as seasonal by itself (R. Hyndman's `nsdiffs` takes the same). */
const clearStrength = 0.64;

/**
 * Whether a season shows in either way: the test of autocorrelation sees a season under much noise, but not a smooth
 * one whose neighbours are alike; its strength shows that.
 */
export function showsSeason(values: Float64Array, period: number): boolean {
  return isSeasonal(values, period) || seasonalStrength(values, period) > clearStrength;
}
