// What a forecast is made of, from the history and from what the service answers.

import type { PeriodGrain } from '../src/metrics/grain.js';
import { lastValueForecast } from '../src/services/forecasting/baseline-contract.js';
import type { ForecastItem, ForecastResult } from '../src/services/forecasting/contract.js';
import type { GatewayContext } from './context.js';
import type { History, HistoryPoint } from './forecast-history.js';
import type { Served } from './service-calls.js';

export type Note = ForecastResult['notes'][number];

export interface Interval {
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Point {
  readonly at: Date;
  readonly value: number;
  readonly intervals: readonly Interval[];
}

/** What is forecast, and what was answered. */
export interface Forecast extends Served<ForecastResult> {
  readonly result: ForecastResult;
  readonly metric: string | null;
  readonly grain: PeriodGrain;
  readonly history: readonly HistoryPoint[];
  /** When the periods begin that are forecast. */
  readonly ahead: readonly Date[];
  /** What there is to say of the history. */
  readonly remarks: readonly Note[];
}

/** Asks the service how the history goes on; where it knows nothing, the baseline is answered, and degraded. */
export async function forecastOf(
  asked: Pick<Forecast, 'metric' | 'grain' | 'history' | 'ahead' | 'remarks'>,
  item: Omit<ForecastItem, 'values'>,
  { calls }: GatewayContext,
): Promise<Forecast> {
  const whole = { ...item, values: asked.history.map(({ value }) => value) };
  const { result, ...served } = await calls.forecast(whole);
  if (result !== null) return { ...asked, ...served, result };
  return { ...asked, result: lastValueForecast(whole), model: null, degraded: true };
}

/** Says that a period was taken to be unfinished. */
export function openNote(grain: PeriodGrain, open: Date | null): Note[] {
  if (open === null) return [];
  const message = `The newest fact fell into the ${grain.toLowerCase()} that begins at ${open.toISOString()}, which may go on and is forecast too; if it is over, give its end as \`to\`.`;
  return [{ code: 'PERIOD_OPEN', message }];
}

/** Says that a fact is dated where nothing can have happened yet. */
export function futureNote(future: Date | null): Note[] {
  if (future === null) return [];
  const message = `A fact is dated ${future.toISOString()}, more than a day ahead of now: the clock that dated it was wrong. Such facts are left out; the history ends with the newest of the others.`;
  return [{ code: 'FUTURE_FACTS', message }];
}

/** Says that the facts begin in the midst of the first period, and whether it counts. */
export function partialNote(
  grain: PeriodGrain,
  { partial, points }: Pick<History, 'partial' | 'points'>,
): Note[] {
  if (partial === null) return [];
  const counts = points[0]?.at.getTime() === partial.getTime();
  const fate = counts
    ? 'it counts all the same, since there is no other'
    : 'it is left out. If nothing happened in it before, give its beginning as `from`';
  const message = `The facts begin in the midst of the ${grain.toLowerCase()} that begins at ${partial.toISOString()}: ${fate}.`;
  return [{ code: 'FIRST_PERIOD_PARTIAL', message }];
}

/** The periods ahead, as far as the service answered for them. */
export function pointsOf({ ahead, result: { mean, intervals } }: Forecast): Point[] {
  return mean.flatMap((value, step) => {
    const at = ahead[step];
    if (at === undefined) return [];
    const here = intervals.flatMap(({ level, lower, upper }) => {
      const [low, high] = [lower[step], upper[step]];
      return low === undefined || high === undefined ? [] : [{ level, lower: low, upper: high }];
    });
    return [{ at, value, intervals: here }];
  });
}

/** Says where intervals were cut, which else reach as far below as above. */
export function floorNotes({ mean, intervals }: ForecastResult): Note[] {
  const ends = intervals.some(({ lower }) => lower.some((low, step) => low === 0 && (mean[step] ?? 0) > 0));
  const message = 'Intervals end at 0, since the series was never below.';
  return ends ? [{ code: 'INTERVAL_CUT', message }] : [];
}
