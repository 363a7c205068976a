// Forecasts one series or many: preparation, method, intervals, and what there is to say about it.

import { FlywheelError } from '../../core/errors.js';
import { forecastAuto } from './auto-forecast.js';
import { countOpen, findClosedPeriods, withClosed, withoutClosed } from './closed-periods.js';
import { errorModelOf, intervalAt } from './intervals.js';
import type { MethodForecast } from './method-forecast.js';
import { type ForecastMethod, methodRules, servingMethod } from './methods.js';
import { describeValues, type ForecastNote, type GapMeaning, prepareSeries } from './prepare-series.js';
import { showsSeason } from './seasonal-decomposition.js';

export interface ForecastRequest {
  /** Periods ahead, 1 or more. */
  readonly horizon: number;
  /** Periods of one season, for instance 7 for days or 12 for months; 1 for none. */
  readonly period: number;
  /** Shares of the values ahead that the intervals are to hold, each in (0, 1). */
  readonly levels: readonly number[];
  readonly method: ForecastMethod | 'auto';
  readonly gaps: GapMeaning;
}

export interface ForecastInterval {
  readonly level: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The forecast of one series, as plain data. */
export interface SeriesForecast {
  /** For 1 to `horizon` periods after the end of the series. Never below 0 where the series never was. */
  readonly mean: Float64Array;
  /** One for each level, in the order asked. */
  readonly intervals: readonly ForecastInterval[];
  /** The method or combination that was used, in words. */
  readonly method: string;
  /** One sentence that says why this one. */
  readonly why: string;
  /** Weights that were estimated, by name; empty for a combination. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly notes: readonly ForecastNote[];
}

/**
 * Forecasts `series`, its oldest value first and NaN where a period has none. AUTO leaves out zeros before the first
 * value, very old values, and periods of a season that are always 0. A named method takes the series as it stands;
 * where it cannot serve it, a simpler one does and a note says so. An empty series is forecast as 0. Deterministic.
 */
export function forecastSeries(series: Float64Array, request: ForecastRequest): SeriesForecast {
  assertRequest(request);
  const auto = request.method === 'auto';
  const { values: all, behind, notes } = prepareSeries(series, request.gaps, auto);
  if (all.length === 0) return emptyForecast(request, [...notes, ...describeValues(all)]);
  const memory = auto ? Math.max(longestMemory.values, longestMemory.seasons * request.period) : all.length;
  const values = all.subarray(Math.max(0, all.length - memory));
  const ahead = request.horizon + behind;
  const closed = auto ? findClosedPeriods(values, request.period) : undefined;
  const known = closed === undefined ? values : withoutClosed(values, closed);
  const horizon = closed === undefined ? ahead : countOpen(closed, values.length, ahead);
  const shown = (open: Float64Array) =>
    (closed === undefined ? open : withClosed(open, closed, values.length, ahead)).slice(behind);
  const period = request.period - (closed?.filter((each) => each).length ?? 0);
  const { forecast, method, why, tested, remarks } = choose(known, { ...request, period }, horizon);
  const model = errorModelOf(known, forecast, tested);
  const floor = values.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
  const below = forecast.mean.some((value) => value < floor);
  return {
    mean: shown(forecast.mean.map((value) => Math.max(floor, value))),
    intervals: request.levels.map((level) => {
      const { lower, upper } = intervalAt(forecast.mean, model, level, floor);
      return { level, lower: shown(lower), upper: shown(upper) };
    }),
    method,
    why,
    parameters: forecast.parameters,
    notes: [
      ...notes,
      ...(values.length < all.length ? [oldNote(values.length, all.length)] : []),
      ...(closed === undefined ? [] : [closedNote(request.period, request.period - period)]),
      ...describeValues(known),
      ...remarks,
      ...(below ? [clipped] : []),
    ],
  };
}

/** AUTO looks back no further than the longer of both: older values say little, and every one of them takes time. */
const longestMemory = { values: 500, seasons: 10 } as const;

function oldNote(used: number, all: number): ForecastNote {
  return { code: 'OLD_LEFT_OUT', message: `Only the last ${used} of ${all} values were used.` };
}

const clipped: ForecastNote = {
  code: 'CLIPPED',
  message: 'The forecast fell below 0, where this series never was, and is 0 there.',
};

function closedNote(period: number, closed: number): ForecastNote {
  return {
    code: 'CLOSED_PERIODS',
    message: `${closed} of every ${period} periods ${closed === 1 ? 'is' : 'are'} always 0; ${closed === 1 ? 'it is' : 'they are'} forecast as 0 and left out of the rest.`,
  };
}

/**
 * Forecasts many series with one request, in their order. `onProgress` hears the share that is done after each series;
 * what it throws ends the work.
 */
export function forecastMany(
  series: readonly Float64Array[],
  request: ForecastRequest,
  onProgress?: (share: number) => void,
): SeriesForecast[] {
  return series.map((each, index) => {
    const forecast = forecastSeries(each, request);
    onProgress?.((index + 1) / series.length);
    return forecast;
  });
}

interface Choice {
  readonly forecast: MethodForecast;
  readonly method: string;
  readonly why: string;
  readonly tested: Parameters<typeof errorModelOf>[2];
  readonly remarks: readonly ForecastNote[];
}

function choose(values: Float64Array, { method: asked, period }: ForecastRequest, horizon: number): Choice {
  if (asked === 'auto') {
    const { forecast, title, why, backtest } = forecastAuto(values, period, horizon);
    return { forecast, method: title, why, tested: backtest, remarks: seasonNotes(values, period) };
  }
  const { method, reason } = servingMethod(asked, values, period);
  const { title, run } = methodRules[method];
  const forecast = run(values, period, horizon);
  if (reason === undefined) {
    return { forecast, method: title, why: 'It was asked for.', tested: undefined, remarks: [] };
  }
  const message = `${methodRules[asked].title} was asked for, but ${reason}; ${title} is used instead.`;
  const remark: ForecastNote = {
    code: 'METHOD_REPLACED',
    message: message.charAt(0).toUpperCase() + message.slice(1),
  };
  return { forecast, method: title, why: remark.message, tested: undefined, remarks: [remark] };
}

function seasonNotes(values: Float64Array, period: number): ForecastNote[] {
  if (period < 2 || showsSeason(values, period)) return [];
  if (values.length < 3 * period) {
    return [
      {
        code: 'SEASON_UNSEEN',
        message: `A season of ${period} periods cannot be told from ${values.length} values; it takes ${3 * period}.`,
      },
    ];
  }
  return [{ code: 'SEASON_NOT_SHOWN', message: `No season of ${period} periods shows; none is used.` }];
}

function emptyForecast(request: ForecastRequest, notes: readonly ForecastNote[]): SeriesForecast {
  const zeros = () => new Float64Array(request.horizon);
  return {
    mean: zeros(),
    intervals: request.levels.map((level) => ({ level, lower: zeros(), upper: zeros() })),
    method: 'nothing',
    why: 'There is nothing to forecast from.',
    parameters: {},
    notes,
  };
}

function assertRequest({ horizon, period, levels }: ForecastRequest): void {
  if (!Number.isInteger(horizon) || horizon < 1) {
    throw new FlywheelError('BAD_INPUT', `horizon is ${horizon}; give a whole number of periods, 1 or more.`);
  }
  if (!Number.isInteger(period) || period < 1) {
    throw new FlywheelError('BAD_INPUT', `period is ${period}; give the periods of one season, 1 for none.`);
  }
  for (const level of levels) {
    if (!(level > 0 && level < 1)) {
      throw new FlywheelError('BAD_INPUT', `level is ${level}; give a share between 0 and 1, such as 0.8.`);
    }
  }
}
