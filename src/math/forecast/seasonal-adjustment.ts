// Takes a season out of a series before it is forecast, and puts it back into the forecast.

import type { MethodForecast } from './method-forecast.js';
import { type DecompositionForm, isSeasonal, seasonalIndices } from './seasonal-decomposition.js';

/** A series without its season, and what was taken out. */
export interface SeasonalAdjustment {
  readonly form: DecompositionForm | 'none';
  /** Index of the first period of the series first; empty without a season. */
  readonly indices: Float64Array;
  readonly adjusted: Float64Array;
}

/** Takes out the season of `period` if one shows (see `isSeasonal`): as a factor where all values are above 0. */
export function adjustSeason(values: Float64Array, period: number): SeasonalAdjustment {
  return isSeasonal(values, period) ? removeSeason(values, period) : withoutSeason(values);
}

export function withoutSeason(values: Float64Array): SeasonalAdjustment {
  return { form: 'none', indices: new Float64Array(0), adjusted: values };
}

/** Takes out the season of `period` whether it shows or not; at least two whole seasons. */
export function removeSeason(values: Float64Array, period: number): SeasonalAdjustment {
  const form = values.every((value) => value > 0) ? 'multiplicative' : 'additive';
  const indices = seasonalIndices(values, period, form);
  const adjusted = values.map((value, t) => {
    const index = indices[t % period] ?? 0;
    return form === 'additive' ? value - index : value / index;
  });
  return { form, indices, adjusted };
}

/** The forecast of the adjusted series as one of the series itself. A factor scales the error of its period too. */
export function restoreSeason(
  { form, indices }: SeasonalAdjustment,
  forecast: MethodForecast,
): MethodForecast {
  if (form === 'none') return forecast;
  const period = indices.length;
  const known = forecast.fitted.length;
  const indexAt = (t: number) => indices[t % period] ?? 0;
  const put = (value: number, index: number) => (form === 'additive' ? value + index : value * index);
  const square = indices.reduce((sum, index) => sum + index * index, 0) / period;
  return {
    ...forecast,
    mean: forecast.mean.map((value, h) => put(value, indexAt(known + h))),
    fitted: forecast.fitted.map((value, t) => put(value, indexAt(t))),
    spread:
      form === 'additive'
        ? forecast.spread
        : forecast.spread.map((value, h) => (value * indexAt(known + h) ** 2) / square),
    freeParameters: forecast.freeParameters + period - 1,
  };
}
