// Time in PostgreSQL: periods of a grain in a time zone, what came a period earlier, and the rows of an empty calendar.

import { type RawBuilder, sql } from 'kysely';
import { type CalendarGrain, type Grain, isCalendarGrain, type PeriodGrain, type Zone } from './grain.js';
import type { Comparison } from './report.js';

export type Sql = RawBuilder<unknown>;

/** A range of instants; an end that is null is open. */
export interface Range {
  readonly from: Sql | null;
  readonly to: Sql | null;
}

const steps: Readonly<Record<PeriodGrain, string>> = {
  SECOND: '1 second',
  MINUTE: '1 minute',
  HOUR: '1 hour',
  DAY: '1 day',
  WEEK: '7 days',
  MONTH: '1 month',
  QUARTER: '3 months',
  YEAR: '1 year',
};

const units: Readonly<Record<PeriodGrain, string>> = {
  SECOND: 'second',
  MINUTE: 'minute',
  HOUR: 'hour',
  DAY: 'day',
  WEEK: 'week',
  MONTH: 'month',
  QUARTER: 'quarter',
  YEAR: 'year',
};

function interval(text: string): Sql {
  return sql`interval ${sql.lit(text)}`;
}

function unitOf(grain: PeriodGrain): Sql {
  return sql.lit(units[grain]);
}

/** The instant as local time. */
export function localOf(instant: Sql, zone: Zone): Sql {
  return zone.utc ? sql`(${instant} at time zone 'UTC')` : sql`(${instant} at time zone ${zone.name}::text)`;
}

/**
 * The first instant that bears this local time. PostgreSQL takes the second of two where a clock is
 * turned back, but a day that begins twice begins the first time.
 */
export function instantOf(local: Sql, zone: Zone): Sql {
  if (zone.utc) return sql`(${local} at time zone 'UTC')`;
  const name = sql`${zone.name}::text`;
  const later = sql`(${local} at time zone ${name})`;
  const earlier = sql`(${later} - interval '1 hour')`;
  return sql`(case when ${earlier} at time zone ${name} = ${local} then ${earlier} else ${later} end)`;
}

const bins = {
  SECOND: '1 second',
  MINUTE: '1 minute',
  QUARTER_HOUR: '15 minutes',
  HOUR: '1 hour',
  DAY: '1 day',
} as const;

/** Lengths of time that UTC is made of. */
export type BinLength = keyof typeof bins;

/** The start of the length of time, in UTC, that the instant lies in. */
export function binOf(instant: Sql, length: BinLength): Sql {
  return sql`date_bin(${interval(bins[length])}, ${instant}, timestamptz '2000-01-01 00:00:00Z')`;
}

/**
 * What names the period of a calendar grain: its local start, so that calendars add up. Shorter periods
 * are named by the instant they begin at, so that an hour that comes twice stays two hours.
 */
export function periodOf(grain: CalendarGrain, local: Sql): Sql {
  return sql`date_trunc(${unitOf(grain)}, ${local})`;
}

/** When a period begins. */
export function periodStart(grain: PeriodGrain, period: Sql, zone: Zone): Sql {
  return isCalendarGrain(grain) ? instantOf(period, zone) : period;
}

/** How far back a comparison looks from a period; a year before an ISO week is 52 weeks. */
function stepBack(grain: PeriodGrain, comparison: Comparison): Sql {
  if (comparison === 'PREVIOUS_PERIOD') return interval(steps[grain]);
  return interval(grain === 'WEEK' ? '364 days' : '1 year');
}

/** The period that a period is compared with. */
export function earlierPeriod(grain: PeriodGrain, period: Sql, comparison: Comparison, zone: Zone): Sql {
  const back = stepBack(grain, comparison);
  if (isCalendarGrain(grain) || comparison === 'PREVIOUS_PERIOD') return sql`(${period} - ${back})`;
  return instantOf(sql`(${localOf(period, zone)} - ${back})`, zone);
}

/**
 * The range that a range is compared with. With a grain both ends move back by what each period moves.
 * The grain ALL takes the same range a year earlier, or the range of the same length (in whole months,
 * days and hours) that ends where this one begins; it needs both ends, else there is none.
 */
export function earlierRange(grain: Grain, range: Range, comparison: Comparison, zone: Zone): Range | null {
  const { from, to } = range;
  const move = (end: Sql | null, back: Sql) => end && instantOf(sql`(${localOf(end, zone)} - ${back})`, zone);
  if (grain !== 'ALL') {
    const back = stepBack(grain, comparison);
    if (isCalendarGrain(grain) || comparison === 'PREVIOUS_YEAR')
      return { from: move(from, back), to: move(to, back) };
    return { from: from && sql`(${from} - ${back})`, to: to && sql`(${to} - ${back})` };
  }
  if (!from || !to) return null;
  if (comparison === 'PREVIOUS_YEAR')
    return { from: move(from, interval('1 year')), to: move(to, interval('1 year')) };
  return { from: move(from, sql`age(${localOf(to, zone)}, ${localOf(from, zone)})`), to: from };
}

/**
 * A query of one row: the periods of a grain between two instants as two arrays, `starts` (instants)
 * and `locals`. A fact's period is then found by binary search, which costs a fraction of asking the
 * time zone for every row.
 */
export function sliceArrays(grain: CalendarGrain, first: Sql, last: Sql, zone: Zone): Sql {
  const slices = sql`select distinct on (starts) starts, local from (${periodRows(grain, first, last, zone)}) as p order by starts, local desc`;
  return sql`select array_agg(starts order by starts) as starts, array_agg(local order by starts) as locals from (${slices}) as s`;
}

/**
 * A query of the periods that touch the two instants and all between them: `starts` and `local`. With a
 * limit it stops soon after it.
 */
function periodRows(grain: PeriodGrain, first: Sql, last: Sql, zone: Zone, limit: number | null = null): Sql {
  // In the select list a series is made row by row, so that the limit holds while it is made.
  const series = (from: Sql, to: Sql, step: Sql, perPeriod: number) => {
    const most = limit === null ? sql`` : sql` limit ${sql.lit((limit + 2) * perPeriod)}`;
    return sql`(select generate_series(${from}, ${to}, ${step}) as t${most}) as g`;
  };
  const step = interval(steps[grain]);
  if (isCalendarGrain(grain)) {
    const from = sql`date_trunc(${unitOf(grain)}, ${localOf(first, zone)})`;
    return sql`select ${instantOf(sql`g.t`, zone)} as starts, g.t as local from ${series(from, localOf(last, zone), step, 1)}`;
  }
  if (zone.utc || grain !== 'HOUR') {
    const from = sql`date_trunc(${unitOf(grain)}, ${first}, 'UTC')`;
    return sql`select g.t as starts, ${localOf(sql`g.t`, zone)} as local from ${series(from, last, step, 1)}`;
  }
  // Hours begin at quarters of UTC's hours where a zone is off by 30 or 45 minutes.
  const name = sql`${zone.name}::text`;
  const quarters = series(sql`date_trunc('hour', ${first}, ${name})`, last, interval('15 minutes'), 4);
  const hours = sql`select distinct date_trunc('hour', g.t, ${name}) as starts from ${quarters}`;
  return sql`select h.starts, ${localOf(sql`h.starts`, zone)} as local from (${hours}) as h`;
}

/** A query of the periods (as `periodOf` names them) from one to another; it stops one past the limit. */
export function periodSeries(grain: PeriodGrain, first: Sql, last: Sql, zone: Zone, limit: number): Sql {
  const column = isCalendarGrain(grain) ? sql`local` : sql`starts`;
  const rows = sql`select distinct on (starts) ${column} as _p from (${periodRows(grain, first, last, zone, limit)}) as r order by starts, local desc`;
  return sql`select _p from (${rows}) as s limit ${sql.lit(limit + 1)}`;
}
