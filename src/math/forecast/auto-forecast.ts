// Chooses how to forecast a series, or combines, and says why.

import { type Backtest, backtest, backtestOrigins } from './backtest.js';
import { combineForecasts, forecastOnLogarithms } from './combination.js';
import {
  fitSmoothing,
  longestModelledSeason,
  observationsNeeded,
  type SmoothingFit,
} from './fit-smoothing.js';
import { forecastCrostonOptimised } from './intermittent.js';
import type { MethodForecast } from './method-forecast.js';
import { forecastMean, forecastNaive } from './naive-methods.js';
import { removeSeason, restoreSeason, withoutSeason } from './seasonal-adjustment.js';
import { showsSeason } from './seasonal-decomposition.js';
import { forecastBySmoothing, forecastFromFit } from './smoothing-forecast.js';
import type { SeasonForm, SmoothingForm, TrendForm } from './smoothing-model.js';
import { forecastDynamicTheta, forecastTheta } from './theta.js';

export interface AutoForecast {
  readonly forecast: MethodForecast;
  /** What was chosen, in words: a combination or one model. */
  readonly title: string;
  /** One sentence that says what was chosen and what spoke for it. */
  readonly why: string;
  /** What the choice would have forecast earlier; undefined for a series too short to look back. */
  readonly backtest: Backtest | undefined;
}

/**
 * What one model must show to be taken alone. A criterion that is 6 lower is a likelihood twenty times as high
 * (K. Burnham, D. Anderson, "Model Selection and Multimodel Inference", 2002, section 2.6), and the errors of forecasts
 * made earlier must be a tenth less. With less than both, choosing one model costs more than it brings on short series:
 * the best of a backtest is mostly the luckiest.
 */
const singleModel = { criterionGap: 6, errorShare: 0.9 } as const;

/** Below this many values nothing is estimated. */
const fewestForCombination = 5;

const simple: SmoothingForm = { trend: 'none', season: 'none', period: 1 };

/**
 * Forecasts `values` (finite, at least one) over `horizon` periods. Rests on a combination of simple methods that err
 * in different ways (see `combineForecasts`), of the series without its season where one shows. A trend or seasonal
 * model is taken instead only where the information criterion and the backtest both clearly speak for it.
 */
export function forecastAuto(values: Float64Array, period: number, horizon: number): AutoForecast {
  if (values.every((value) => value === values[0])) {
    return {
      forecast: forecastNaive(values, horizon),
      title: 'the last value',
      why: values.length === 1 ? 'The last value: there is only one.' : 'The last value: all are the same.',
      backtest: undefined,
    };
  }
  if (values.length < fewestForCombination) return forecastFew(values, horizon);
  const seasonal = showsSeason(values, period);
  const combine = combinationOf(seasonal ? period : 1);
  const origins = backtestOrigins(values.length, horizon);
  const combined = backtest(values, origins, combine.run);
  const rival = rivalOf(values, seasonal ? period : 1);
  const tested =
    rival === undefined ? undefined : backtest(values, origins, (train, ahead) => refit(rival, train, ahead));
  const chosen = rival !== undefined && tested !== undefined && combined !== undefined;
  if (chosen && tested.meanAbsoluteError < singleModel.errorShare * combined.meanAbsoluteError) {
    const title = titleOf(rival.fit.form);
    return {
      forecast: forecastFromFit(rival.fit, values, horizon),
      title,
      why: `${capitalised(title)}: ${rival.evidence}, and ${earlier(tested)} erred by ${amount(tested)} on average, where the combination of simple methods erred by ${amount(combined)}.`,
      backtest: tested,
    };
  }
  return {
    forecast: combine.run(values, horizon),
    title: combine.title,
    why: whyCombined(combine.title, combined, rival, tested),
    backtest: combined,
  };
}

function forecastFew(values: Float64Array, horizon: number): AutoForecast {
  return {
    forecast: combineForecasts([forecastNaive(values, horizon), forecastMean(values, horizon)]),
    title: 'the middle of the last value and the mean',
    why: `The middle of the last value and the mean: ${values.length} values are too few to estimate anything from.`,
    backtest: undefined,
  };
}

type Method = (values: Float64Array, horizon: number) => MethodForecast;

const simpleSmoothing: Method = (values, horizon) => forecastBySmoothing(simple, values, horizon);

/** Members for demand: smooth and intermittent views of it, on its own scale and on that of its ratios. */
const demandMembers: readonly Method[] = [
  simpleSmoothing,
  forecastDynamicTheta,
  forecastCrostonOptimised,
  (values, horizon) => forecastOnLogarithms(simpleSmoothing, values, horizon),
  (values, horizon) => forecastOnLogarithms(forecastDynamicTheta, values, horizon),
];

/** Members for a series that may be negative. */
const anyMembers: readonly Method[] = [simpleSmoothing, forecastDynamicTheta, forecastTheta];

/** The combination, with a season of `period` taken out first; 1 for none. */
function combinationOf(period: number): { readonly title: string; readonly run: Method } {
  const title = 'a combination of simple methods';
  return {
    title: period > 1 ? `${title} on the series without its season of ${period} periods` : title,
    run(values, horizon) {
      const adjustment = period > 1 ? removeSeason(values, period) : withoutSeason(values);
      const members = adjustment.adjusted.every((value) => value >= 0) ? demandMembers : anyMembers;
      const forecasts = members.map((member) => member(adjustment.adjusted, horizon));
      return restoreSeason(adjustment, combineForecasts(forecasts));
    },
  };
}

/** The one model that might do better than the combination, with what the whole series says for it. */
interface Rival {
  readonly fit: SmoothingFit;
  readonly evidence: string;
}

function rivalOf(values: Float64Array, period: number): Rival | undefined {
  const season: readonly SeasonForm[] = values.every((value) => value > 0)
    ? ['additive', 'multiplicative']
    : ['additive'];
  if (period > longestModelledSeason) return undefined;
  const forms = (period > 1 ? season : (['none'] as const)).flatMap((each) =>
    (['additive', 'damped'] as const).map((trend: TrendForm) => ({ trend, season: each, period })),
  );
  const fits = forms
    .filter((form) => values.length >= observationsNeeded(form))
    .map((form) => fitSmoothing(form, values));
  const [first, ...others] = fits;
  if (first === undefined) return undefined;
  const best = others.reduce((least, fit) => (fit.aicc < least.aicc ? fit : least), first);
  if (!Number.isFinite(best.aicc)) return undefined;
  if (period > 1) return { fit: best, evidence: 'it has the least AICc of the seasonal models' };
  const gap = fitSmoothing(simple, values).aicc - best.aicc;
  if (gap < singleModel.criterionGap) return undefined;
  return { fit: best, evidence: `its AICc is ${gap.toFixed(1)} below that of simple smoothing` };
}

/** The rival as it would have been fitted earlier; a form that the earlier values do not allow gives the last value. */
function refit(rival: Rival, train: Float64Array, horizon: number): MethodForecast {
  const { form, parameters } = rival.fit;
  if (train.length < observationsNeeded(form)) return forecastNaive(train, horizon);
  return forecastFromFit(fitSmoothing(form, train, parameters), train, horizon);
}

function titleOf(form: SmoothingForm): string {
  const trend = form.trend === 'damped' ? 'a damped trend' : 'a linear trend';
  return form.season === 'none'
    ? `${trend} (${form.trend === 'damped' ? 'damped Holt' : 'Holt'})`
    : `Holt-Winters with ${trend} and ${form.season === 'additive' ? 'an additive' : 'a multiplicative'} season of ${form.period} periods`;
}

function whyCombined(
  title: string,
  combined: Backtest | undefined,
  rival: Rival | undefined,
  tested: Backtest | undefined,
): string {
  const start = capitalised(title);
  if (combined === undefined) return `${start}: there are too few values to compare models.`;
  if (rival === undefined || tested === undefined) {
    return `${start}: no trend speaks clearly from the series, and ${earlier(combined)} erred by ${amount(combined)} on average.`;
  }
  return `${start}: ${earlier(combined)} erred by ${amount(combined)} on average, and ${titleOf(rival.fit.form)} was not clearly better with ${amount(tested)}.`;
}

function earlier(result: Backtest): string {
  return `forecasts from ${result.origins} earlier points`;
}

function amount(result: Backtest): string {
  return String(Number(result.meanAbsoluteError.toPrecision(3)));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
