// Reads the weekly units of the best-selling products, and scores forecasts of them.

import { readFileSync } from 'node:fs';
import { type Accuracy, scoreSeries, summariseScores } from '../../src/math/forecast/accuracy.js';
import { type ForecastRequest, forecastMany } from '../../src/math/forecast/forecast-series.js';

const horizon = 8;
const level = 0.8;

export function readWeeklyUnits(path: string): readonly (readonly number[])[] {
  const parsed: { readonly units: readonly (readonly number[])[] } = JSON.parse(readFileSync(path, 'utf8'));
  return parsed.units;
}

/** Forecasts eight weeks of every product from its first `known` weeks, and scores them all together. */
export function scoreWeeklyUnits(
  units: readonly (readonly number[])[],
  known: number,
  method: ForecastRequest['method'],
): Accuracy {
  const trains = units.map((weeks) => Float64Array.from(weeks.slice(0, known)));
  const forecasts = forecastMany(trains, { horizon, period: 1, levels: [level], method, gaps: 'zero' });
  const scores = trains.map((train, index) => {
    const actual = Float64Array.from((units[index] ?? []).slice(known, known + horizon));
    const { mean, intervals } = forecasts[index] ?? { mean: new Float64Array(0), intervals: [] };
    const { lower = mean, upper = mean } = intervals[0] ?? {};
    return scoreSeries(train, actual, { mean, lower, upper }, level, 1);
  });
  return summariseScores(scores);
}
