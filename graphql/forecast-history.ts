// What a forecast of a metric is made from: a report of it, cut to the periods that are whole.

import { systemClock } from '../src/core/clock.js';
import { FlywheelError } from '../src/core/errors.js';
import { type PeriodGrain, periodMsMin, zoneOf } from '../src/metrics/grain.js';
import { type Periods, periodsOf } from '../src/metrics/periods.js';
import { type Report, type ReportParts, type ReportRequest, reportRowsMax } from '../src/metrics/report.js';
import type { Condition } from '../src/warehouse/read/condition.js';
import { aheadHoursMax } from '../src/warehouse/service-reads/believed-facts.js';
import type { GatewayContext } from './context.js';
import { isFirstPartial } from './forecast-first-period.js';

/** How many hours or minutes are looked back where nothing is said; longer periods are few enough to take all of them. */
export const shortPeriodsMax = 2_000;

export interface HistoryRequest {
  readonly metric: string;
  readonly grain: PeriodGrain;
  readonly timeZone: string;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly filter: Condition | null;
}

export interface HistoryPoint {
  /** When the period begins. */
  readonly at: Date;
  /** Null where the metric has no value in it. */
  readonly value: number | null;
}

export interface History {
  /** Whole periods without a gap between them, the oldest first; one of them at least has a value. */
  readonly points: readonly HistoryPoint[];
  /** Where the period begins that follows. */
  readonly next: Date;
  /** The period that was left out because the newest fact fell into it. */
  readonly open: Date | null;
  /** The first period, if the facts begin in its midst; it is left out unless it is the only one with a value. */
  readonly partial: Date | null;
  /** A fact that a clock dated so far ahead that the history ends before it. */
  readonly future: Date | null;
}

type Ask = (part: keyof ReportParts, more?: Partial<ReportRequest>) => Promise<Report>;

/** Whole periods: the first one, if that is known yet, and the first one that no longer counts. */
interface Range {
  readonly from: Date | null;
  readonly to: Date;
}

/**
 * Reads the whole periods of the range. The period of the newest fact is whole only if `to` says that the range ends
 * with it; one that `from` or `to` cuts never is. Without `from`, one that the facts begin in the midst of is not whole
 * either, but taken if there is no other. Fails with BAD_INPUT when there is nothing in any whole period, with
 * LIMIT_EXCEEDED when they are too many, and as reports do.
 */
export async function readHistory(request: HistoryRequest, context: GatewayContext): Promise<History> {
  const { metric, grain, timeZone, filter } = request;
  const periods = periodsOf(grain, zoneOf(timeZone));
  const ask: Ask = (part, more = {}) => {
    const parts = { rows: false, totals: false, freshness: false, [part]: true };
    const { scope, onAbandon } = context;
    const asked = { metrics: [metric], timeZone, filter, ...more };
    return context.reports.report(asked, scope, { parts, onAbandon });
  };
  const { newest, future } = await newestBelieved(grain, ask);
  if (newest === null) {
    throw new FlywheelError(
      'BAD_INPUT',
      `There is nothing to forecast ${metric} from: the warehouse holds no facts of it yet.`,
    );
  }
  const { open, ...range } = wholePeriods(request, periods, newest);
  const from = range.from ?? (await firstOfShort(grain, periods, range.to, ask));
  if (from !== null && from >= range.to) throw nothingWhole(request, open);
  const filled = { from, to: range.to, grain, fill: true };
  const { rows } = await ask('rows', filled).catch((error: unknown) => {
    throw isTooLong(error) ? tooLong(grain) : error;
  });
  const points = rows.flatMap(({ at, values: [first] }) => {
    const value = first?.value ?? null;
    return at === null ? [] : [{ at, value: value === null ? null : Number(value) }];
  });
  if (points.every(({ value }) => value === null)) throw nothingWhole(request, open);
  const partial = request.from === null && points[0] ? await partialFirst(points[0].at) : null;
  const rest = points.slice(1);
  const isEnough = rest.some(({ value }) => value !== null);
  return {
    points: partial !== null && isEnough ? rest : points,
    next: range.to,
    open,
    partial,
    future: open && future,
  };

  async function partialFirst(first: Date): Promise<Date | null> {
    const hasRows = async (matching: Condition | null, start: Date, end: Date) => {
      const days = await ask('rows', { filter: matching, from: start, to: end, grain: 'DAY', first: 1 });
      return days.rows.length > 0;
    };
    const isPartial = await isFirstPartial(grain, first, periods.next(first), {
      hasAny: (start, end) => hasRows(null, start, end),
      hasMatching: (start, end) => hasRows(filter, start, end),
    });
    return isPartial ? first : null;
  }
}

/**
 * The newest fact, or the period of the newest that is believed where one is dated so far ahead that its clock was wrong:
 * nothing is known of the time between.
 */
async function newestBelieved(
  grain: PeriodGrain,
  ask: Ask,
): Promise<{ readonly newest: Date | null; readonly future: Date | null }> {
  const { newest } = (await ask('freshness')).freshness;
  const to = new Date(systemClock.nowMs() + aheadHoursMax * 3_600_000);
  if (newest === null || newest <= to) return { newest, future: null };
  const latest = [{ at: true, direction: 'DESC' }] as const;
  const { rows } = await ask('rows', { filter: null, to, grain, orderBy: latest, first: 1 });
  return { newest: rows[0]?.at ?? null, future: newest };
}

/** The range cut to whole periods, and the period of the newest fact where it is cut off. */
function wholePeriods(
  { from, to }: HistoryRequest,
  periods: Periods,
  newest: Date,
): Range & { readonly open: Date | null } {
  const last = periods.holding(newest);
  const asked = to && periods.holding(to);
  const end = asked && asked <= periods.next(last) ? { to: asked, open: null } : { to: last, open: last };
  const first = from && periods.holding(from);
  return { ...end, from: from && first && first < from ? periods.next(first) : first };
}

/**
 * Short periods would go back for years: their range begins with the first of the latest ones that a fact is found in.
 * Null for the others, which a report fills from their first fact on.
 */
async function firstOfShort(grain: PeriodGrain, periods: Periods, to: Date, ask: Ask): Promise<Date | null> {
  if (grain !== 'HOUR' && grain !== 'MINUTE') return null;
  const from = periods.holding(new Date(to.getTime() - shortPeriodsMax * periodMsMin[grain]));
  const { rows } = await ask('rows', { from, to, grain, first: 1 });
  return rows[0]?.at ?? to;
}

function nothingWhole({ metric, grain, from, to, filter }: HistoryRequest, open: Date | null): FlywheelError {
  const period = grain.toLowerCase();
  const range = from || to ? ' of the range' : '';
  const matching = filter ? ' that the filter matches' : '';
  const unfinished =
    open === null ? '' : ` The ${period} that begins at ${open.toISOString()} is not over yet.`;
  return new FlywheelError(
    'BAD_INPUT',
    `There is nothing to forecast ${metric} from: it has no value${matching} in a whole ${period}${range}.${unfinished} Take a shorter \`grain\`, another range or another filter.`,
  );
}

function isTooLong(error: unknown): boolean {
  return error instanceof FlywheelError && error.code === 'LIMIT_EXCEEDED';
}

function tooLong(grain: PeriodGrain): FlywheelError {
  return new FlywheelError(
    'LIMIT_EXCEEDED',
    `A forecast is made from ${reportRowsMax} periods at most, and there are more of the grain ${grain}; take a longer \`grain\` or a later \`from\`.`,
    { details: { limit: reportRowsMax } },
  );
}
