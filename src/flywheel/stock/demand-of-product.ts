// The demand of a product for the days ahead: what is asked of the forecaster, and how its answer is read.

import { normalQuantile } from '../../math/stats/normal-quantile.js';
import type { PeriodDemand } from '../../math/stock/demand-ahead.js';
import {
  type ForecastItem,
  type ForecastResult,
  levelsByDefault,
  seasons,
} from '../../services/forecasting/contract.js';
import type { ReorderTerms } from './reorder-terms.js';

/** How many of the latest days count: half a year shows level and week, and is forecast in some milliseconds. */
const demandDaysMax = 182;

const weekDays = seasons.DAY;
const fewestWeeks = 4;
const mostWeeks = 52;

/**
 * What is asked of the forecaster: `units` of whole days, the oldest first, as `readProductSeries` reads them; at least
 * one. The day after the last of them is running, so that one day more is asked for than is made use of.
 */
export function demandItem(units: readonly number[], terms: ReorderTerms): ForecastItem {
  const { leadTimeDays, leadTimeDeviationDays, reviewDays, coverDays } = terms;
  const days = leadTimeDays + leadTimeDeviationDays + reviewDays + coverDays;
  // Whole weeks, since the last of them is what is taken to go on.
  const weeks = Math.min(mostWeeks, Math.max(fewestWeeks, Math.ceil(days / weekDays)));
  return {
    values: units.slice(-demandDaysMax),
    period: weekDays,
    horizon: 1 + weeks * weekDays,
    levels: [...levelsByDefault],
  };
}

/**
 * Expected units of each day after the running one and their deviations, and after the last day that was forecast the
 * mean day of its last week. The deviation is that of a normal distribution whose interval reaches as far above the
 * mean as the forecast's; below, intervals are cut at 0.
 */
export function demandOf({ mean, intervals }: ForecastResult): PeriodDemand {
  const [interval] = intervals;
  const factor = normalQuantile((1 + (interval?.level ?? 0)) / 2);
  const means = mean.slice(1).map((units) => Math.max(0, units));
  const deviations = means.map((units, day) => {
    const above = Math.max(0, (interval?.upper[day + 1] ?? units) - units);
    return factor > 0 ? above / factor : 0;
  });
  const week = { means: means.slice(-weekDays), deviations: deviations.slice(-weekDays) };
  if (week.means.length === 0) return { means: new Float64Array(0), deviations: new Float64Array(0) };
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    means: Float64Array.of(...means, meanOf(week.means)),
    deviations: Float64Array.of(...deviations, Math.sqrt(meanOf(week.deviations.map((value) => value ** 2)))),
  };
}
