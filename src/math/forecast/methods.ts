// Every single forecasting method by name: what it needs, and how it runs.

import { longestModelledSeason, observationsNeeded } from './fit-smoothing.js';
import { forecastCroston, forecastCrostonOptimised, forecastSba, forecastTsb } from './intermittent.js';
import type { MethodForecast } from './method-forecast.js';
import { forecastMean, forecastNaive, forecastSeasonalNaive } from './naive-methods.js';
import { adjustSeason, restoreSeason } from './seasonal-adjustment.js';
import { forecastBySmoothing } from './smoothing-forecast.js';
import type { SeasonForm, SmoothingForm, TrendForm } from './smoothing-model.js';
import { forecastDynamicTheta, forecastTheta } from './theta.js';

export const forecastMethods = [
  'naive',
  'seasonal-naive',
  'naive2',
  'mean',
  'ses',
  'holt',
  'damped',
  'holt-winters-additive',
  'holt-winters-multiplicative',
  'theta',
  'optimised-theta',
  'croston',
  'croston-optimised',
  'sba',
  'tsb',
] as const;

export type ForecastMethod = (typeof forecastMethods)[number];

interface MethodRule {
  /** As a person would say it, in the middle of a sentence. */
  readonly title: string;
  /** Fewest values that it can be fitted to. */
  needs(period: number): number;
  /** Why it cannot serve these values however many there are; undefined if it can. */
  refuses?(values: Float64Array, period: number): string | undefined;
  /** The method that serves where this one cannot. */
  readonly fallback: ForecastMethod;
  run(values: Float64Array, period: number, horizon: number): MethodForecast;
}

/** Weights of TSB where none are searched: those that Teunter, Syntetos and Babai found to be sound. */
const tsbWeights = { size: 0.1, chance: 0.1 } as const;

/** Values times periods of a season that a seasonal model is fitted to: a tenth of a second, or twenty years of days. */
const seasonalWorkMax = 50_000;

function formOf(trend: TrendForm, season: SeasonForm, period: number): SmoothingForm {
  return { trend, season, period: season === 'none' ? 1 : period };
}

function smoothing(
  title: string,
  trend: TrendForm,
  season: SeasonForm,
  fallback: ForecastMethod,
): MethodRule {
  return {
    title,
    fallback,
    needs: (period) => observationsNeeded(formOf(trend, season, period)),
    refuses(values, period) {
      if (season === 'none') return undefined;
      if (period < 2) return 'it needs a season of at least 2 periods';
      if (period > longestModelledSeason) {
        return `it takes seasons of ${longestModelledSeason} periods at most and this one has ${period}`;
      }
      const most = Math.floor(seasonalWorkMax / period);
      if (values.length > most) {
        return `with a season of ${period} periods it takes ${most} values at most and there are ${values.length}`;
      }
      const zero = season === 'multiplicative' && values.some((value) => value <= 0);
      return zero ? 'a season that multiplies needs values above 0' : undefined;
    },
    run: (values, period, horizon) => forecastBySmoothing(formOf(trend, season, period), values, horizon),
  };
}

/** A method without a season of its own, run on the series without its season where one shows. */
function adjusted(
  title: string,
  needs: number,
  run: (values: Float64Array, horizon: number) => MethodForecast,
): MethodRule {
  return {
    title,
    fallback: 'naive',
    needs: () => needs,
    run(values, period, horizon) {
      const adjustment = adjustSeason(values, period);
      return restoreSeason(adjustment, run(adjustment.adjusted, horizon));
    },
  };
}

function intermittent(
  title: string,
  run: (values: Float64Array, horizon: number) => MethodForecast,
): MethodRule {
  return {
    title,
    fallback: 'ses',
    needs: () => 2,
    refuses: (values) =>
      values.some((value) => value < 0) ? 'demand is never below 0, and this series is' : undefined,
    run: (values, _, horizon) => run(values, horizon),
  };
}

export const methodRules: Readonly<Record<ForecastMethod, MethodRule>> = {
  naive: {
    title: 'the last value',
    fallback: 'naive',
    needs: () => 1,
    run: (values, _, horizon) => forecastNaive(values, horizon),
  },
  'seasonal-naive': {
    title: 'the last season',
    fallback: 'naive',
    needs: (period) => period,
    run: forecastSeasonalNaive,
  },
  naive2: adjusted('the last value without its season', 1, forecastNaive),
  mean: {
    title: 'the mean of all values',
    fallback: 'naive',
    needs: () => 1,
    run: (values, _, horizon) => forecastMean(values, horizon),
  },
  ses: smoothing('simple exponential smoothing', 'none', 'none', 'naive'),
  holt: smoothing("Holt's linear trend", 'additive', 'none', 'ses'),
  damped: smoothing('a damped trend', 'damped', 'none', 'ses'),
  'holt-winters-additive': smoothing('Holt-Winters with an additive season', 'additive', 'additive', 'holt'),
  'holt-winters-multiplicative': smoothing(
    'Holt-Winters with a multiplicative season',
    'additive',
    'multiplicative',
    'holt-winters-additive',
  ),
  theta: adjusted('the Theta method', 2, forecastTheta),
  'optimised-theta': adjusted('the optimised Theta method', 3, forecastDynamicTheta),
  croston: intermittent("Croston's method", forecastCroston),
  'croston-optimised': intermittent("Croston's method with optimised weights", forecastCrostonOptimised),
  sba: intermittent('the Syntetos-Boylan approximation', forecastSba),
  tsb: intermittent('the Teunter-Syntetos-Babai method', (values, horizon) =>
    forecastTsb(values, horizon, tsbWeights.size, tsbWeights.chance),
  ),
};

/** The method that serves `values` when `asked` was wanted, and why it is another where it is. */
export function servingMethod(
  asked: ForecastMethod,
  values: Float64Array,
  period: number,
): { readonly method: ForecastMethod; readonly reason?: string } {
  const rule = methodRules[asked];
  const needed = rule.needs(period);
  const refusal =
    values.length < needed
      ? `it needs ${needed} values and there ${values.length === 1 ? 'is' : 'are'} ${values.length}`
      : rule.refuses?.(values, period);
  if (refusal === undefined) return { method: asked };
  return { method: servingMethod(rule.fallback, values, period).method, reason: refusal };
}
