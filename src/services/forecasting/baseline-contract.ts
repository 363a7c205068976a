// The stated baseline of a forecast, which whoever waited in vain answers by itself: the last value, without any fitting.

import { describeValues } from '../../math/forecast/prepare-series.js';
import { studentFactor } from '../../math/stats/normal-quantile.js';
import { type ForecastItem, type ForecastResult, levelsByDefault } from './contract.js';

/**
 * The last known value again and again. The variance of the steps from value to value, which are seen in one pass, adds
 * up with every period ahead, as in a random walk; one value alone is taken to deviate by its own size. Nothing is below
 * 0 where the series never was. 0 for a series without a value.
 */
export function lastValueForecast({
  values,
  horizon,
  levels = [...levelsByDefault],
  gaps = 'unknown',
}: ForecastItem): ForecastResult {
  const { last, behind, variance, degrees, floor } = walk(values, gaps === 'zero');
  const deviations = Array.from({ length: horizon }, (_, step) => Math.sqrt(variance * (behind + step + 1)));
  return {
    mean: Array(horizon).fill(last ?? 0),
    intervals: levels.map((level) => {
      const factor = studentFactor(level, degrees);
      return {
        level,
        lower: deviations.map((deviation) => Math.max(floor, (last ?? 0) - factor * deviation)),
        upper: deviations.map((deviation) => Math.max(floor, (last ?? 0) + factor * deviation)),
      };
    }),
    method: 'the last value',
    why: 'The last value: no forecast came in time.',
    notes: last === undefined ? describeValues(new Float64Array(0)) : [],
  };
}

interface Walk {
  readonly last: number | undefined;
  /** Periods at the end that are not known. */
  readonly behind: number;
  /** Of one step. */
  readonly variance: number;
  readonly degrees: number;
  readonly floor: number;
}

function walk(values: ForecastItem['values'], isGapZero: boolean): Walk {
  let last: number | undefined;
  let least = 0;
  let behind = 0;
  let steps = 0;
  let sum = 0;
  for (const given of values) {
    // What is missing before the first value is no gap.
    const value = given ?? (isGapZero && last !== undefined ? 0 : null);
    if (value === null) {
      behind += 1;
      continue;
    }
    if (last !== undefined) {
      sum += (value - last) ** 2 / (behind + 1);
      steps += 1;
    }
    least = Math.min(least, value);
    last = value;
    behind = 0;
  }
  return {
    last,
    behind: last === undefined ? 0 : behind,
    variance: steps > 0 ? sum / steps : (last ?? 0) ** 2,
    degrees: steps > 0 ? steps : Number.POSITIVE_INFINITY,
    floor: least < 0 ? Number.NEGATIVE_INFINITY : 0,
  };
}
