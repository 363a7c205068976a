// Makes a series ready for forecasting, and says what was done to it.

import { FlywheelError } from '../../core/errors.js';

/** What the user should know about a series or its forecast. */
export interface ForecastNote {
  readonly code: ForecastNoteCode;
  /** A sentence for people. */
  readonly message: string;
}

export type ForecastNoteCode =
  | 'EMPTY'
  | 'ONE_VALUE'
  | 'SHORT'
  | 'GAPS_FILLED'
  | 'ENDS_EARLY'
  | 'LATE_START'
  | 'OLD_LEFT_OUT'
  | 'INTERMITTENT'
  | 'CONSTANT'
  | 'CLOSED_PERIODS'
  | 'SEASON_UNSEEN'
  | 'SEASON_NOT_SHOWN'
  | 'METHOD_REPLACED'
  | 'CLIPPED';

/** What a missing period means: an unknown value, or that nothing happened. */
export type GapMeaning = 'unknown' | 'zero';

export interface PreparedSeries {
  /** Without missing values. */
  readonly values: Float64Array;
  /** Missing periods at the end: the forecast begins after them. */
  readonly behind: number;
  readonly notes: readonly ForecastNote[];
}

/** Leading zeros are cut off, but not so far that fewer values than this are left: what a combination needs. */
const keptValues = 5;

/** Below this many values neither a backtest nor a share of zeros says anything. */
const fewValues = 8;

/**
 * Fills the missing periods (NaN) of `series`. Those before the first value are left out. `unknown` ones between
 * values are put on the line between their neighbours, and at the end they are left to the forecast; `zero` ones are 0.
 * With `lateStart` a run of zeros at the start is left out too: a product that was not yet sold had no demand to learn
 * from. Values that are not finite, other than NaN, are refused.
 */
export function prepareSeries(series: Float64Array, gaps: GapMeaning, lateStart: boolean): PreparedSeries {
  const notes: ForecastNote[] = [];
  const first = series.findIndex((value) => !Number.isNaN(value));
  const behind = gaps === 'unknown' && first >= 0 ? missingAtEnd(series) : 0;
  const known = first < 0 ? new Float64Array(0) : series.slice(first, series.length - behind);
  if (known.some((value) => !Number.isFinite(value) && !Number.isNaN(value))) {
    throw new FlywheelError(
      'BAD_INPUT',
      'A series must consist of finite numbers; NaN marks a missing period.',
    );
  }
  const filled = fillGaps(known, gaps);
  if (filled > 0) {
    const how = gaps === 'zero' ? 'counted as 0' : 'put on the line between known neighbours';
    notes.push({
      code: 'GAPS_FILLED',
      message: `${filled} of ${known.length} periods had no value and ${filled === 1 ? 'was' : 'were'} ${how}.`,
    });
  }
  if (behind > 0) {
    notes.push({
      code: 'ENDS_EARLY',
      message: `The last ${behind === 1 ? 'period has' : `${behind} periods have`} no value; the forecast looks past ${behind === 1 ? 'it' : 'them'} and is less certain for it.`,
    });
  }
  const zeros = lateStart ? leadingZeros(known) : 0;
  if (zeros > 0) {
    notes.push({
      code: 'LATE_START',
      message: `The first ${zeros === 1 ? 'period is' : `${zeros} periods are`} 0 and ${zeros === 1 ? 'was' : 'were'} left out, as before the first sale.`,
    });
  }
  const values = known.subarray(zeros);
  return { values, behind, notes };
}

function missingAtEnd(series: Float64Array): number {
  let count = 0;
  while (Number.isNaN(series[series.length - 1 - count])) count += 1;
  return count;
}

/** Fills NaN in place and returns how many there were; the first value, and for a line the last too, is known. */
function fillGaps(values: Float64Array, gaps: GapMeaning): number {
  let filled = 0;
  let before = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (Number.isNaN(values[t])) {
      filled += 1;
      if (gaps === 'zero') values[t] = 0;
      continue;
    }
    const step = ((values[t] ?? 0) - (values[before] ?? 0)) / (t - before);
    for (let gap = before + 1; gap < t && gaps === 'unknown'; gap += 1) {
      values[gap] = (values[before] ?? 0) + step * (gap - before);
    }
    before = t;
  }
  return filled;
}

function leadingZeros(values: Float64Array): number {
  const first = values.findIndex((value) => value !== 0);
  if (first <= 0 || values.some((value) => value < 0)) return 0;
  return Math.max(0, Math.min(first, values.length - keptValues));
}

/** Notes on what the prepared values are like: how many, how many zeros, whether they change. */
export function describeValues(values: Float64Array): ForecastNote[] {
  const count = values.length;
  const first = values[0];
  if (first === undefined) {
    return [
      { code: 'EMPTY', message: 'The series has no value at all; 0 is forecast, which nothing supports.' },
    ];
  }
  const notes: ForecastNote[] = [];
  if (count === 1) {
    notes.push({
      code: 'ONE_VALUE',
      message: 'There is one value only; its interval takes the spread to be as large as the value.',
    });
  } else if (count < fewValues) {
    notes.push({ code: 'SHORT', message: `There are ${count} values only; expect little of the forecast.` });
  }
  if (count > 1 && values.every((value) => value === first)) {
    notes.push({
      code: 'CONSTANT',
      message: `Every value is ${first}; so is the forecast, without any spread.`,
    });
    return notes;
  }
  const zeros = values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
  if (zeros >= count / 4 && count >= fewValues) {
    const share = Math.round((100 * zeros) / count);
    notes.push({
      code: 'INTERMITTENT',
      message: `${share} % of the periods are 0: the forecast is a mean per period, not the size of the next demand.`,
    });
  }
  return notes;
}
