// Reports computed the slow and obvious way, fact by fact in exact integers, to hold PostgreSQL's against.

import type { Grain } from '../../src/metrics/grain.js';
import type { MetricValue, ReportRow } from '../../src/metrics/report.js';
import {
  type CalendarGrain,
  hourOf,
  instantMs,
  localMs,
  monthsEarlier,
  truncate,
  weekdayOf,
} from './local-time.js';

export interface Fact {
  readonly source: string;
  readonly invoice: string;
  readonly line: number;
  readonly kind: 'SALE' | 'RETURN' | 'ADJUSTMENT';
  readonly product: string;
  readonly productName: string | null;
  readonly category: string | null;
  readonly customer: string | null;
  readonly segment: string | null;
  readonly region: string | null;
  /** In ten-thousandths. */
  readonly amount: bigint;
  readonly quantity: bigint;
  readonly at: number;
}

export interface OracleRequest {
  readonly metrics: readonly string[];
  readonly by: readonly string[];
  readonly grain: Grain;
  readonly timeZone: string;
  /** Local midnights, with the one from which the range of the same length just before begins. */
  readonly range: { readonly from: number; readonly to: number; readonly before: number } | null;
  readonly filter: ((fact: Fact) => boolean) | null;
  readonly having: { readonly metric: string; readonly atLeast: number } | null;
  readonly orderBy: { readonly metric: string; readonly descending: boolean } | null;
  readonly first: number | null;
  readonly fill: boolean;
  readonly compare: 'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR' | null;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const isCalendar = (grain: Grain): grain is CalendarGrain =>
  ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'].includes(grain);

/** A fraction of integers; null is a division by zero. */
type Value = readonly [bigint, bigint] | null;

function sum(facts: readonly Fact[], of: (fact: Fact) => bigint): Value {
  return [facts.reduce((total, fact) => total + of(fact), 0n), 10_000n];
}

function distinct(facts: readonly Fact[], of: (fact: Fact) => string | null): Value {
  return [BigInt(new Set(facts.map(of).filter((member) => member !== null)).size), 1n];
}

function divide(a: Value, b: Value): Value {
  if (!a || !b || b[0] === 0n) return null;
  const [n, d] = [a[0] * b[1], a[1] * b[0]];
  const [scaled, size] = [n * 1_000_000n * (d < 0n ? -1n : 1n), d < 0n ? -d : d];
  const half = scaled < 0n ? -size : size;
  // Half away from zero, at six places.
  return [(2n * scaled + half) / (2n * size), 1_000_000n];
}

function measure(metric: string, facts: readonly Fact[]): Value {
  const sales = facts.filter(({ kind }) => kind === 'SALE');
  const invoice = ({ source, invoice: number }: Fact) => JSON.stringify([source, number]);
  const value = (name: string) => measure(name, facts);
  switch (metric) {
    case 'REVENUE':
      return sum(facts, ({ amount }) => amount);
    case 'GROSS_SALES':
      return sum(sales, ({ amount }) => amount);
    case 'RETURNS':
      return sum(facts, ({ kind, amount }) => (kind === 'RETURN' ? -amount : 0n));
    case 'UNITS':
      return sum(facts, ({ quantity }) => quantity);
    case 'INVOICES':
      return distinct(facts, invoice);
    case 'ORDERS':
      return distinct(sales, invoice);
    case 'CUSTOMERS':
      return distinct(facts, ({ customer }) => customer);
    case 'PRODUCTS_SOLD':
      return distinct(facts, ({ product }) => product);
    case 'AVERAGE_ORDER_VALUE':
      return divide(value('GROSS_SALES'), value('ORDERS'));
    case 'RETURN_RATE':
      return divide(value('RETURNS'), value('GROSS_SALES'));
    case 'UNITS_PER_ORDER':
      return divide(value('UNITS'), value('ORDERS'));
    default:
      throw new Error(metric);
  }
}

function text(value: Value): string | null {
  if (!value) return null;
  const places = String(value[1]).length - 1;
  const digits = String(value[0] < 0n ? -value[0] : value[0]).padStart(places + 1, '0');
  const plain =
    places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
  return value[0] < 0n && plain !== '0' ? `-${plain}` : plain;
}

type Key = { readonly order: string | number; readonly value: string; readonly label: string | null } | null;
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

function keyOf(dimension: string, fact: Fact, local: number): Key {
  const plain = (value: string | null, label = value): Key =>
    value === null ? null : { order: value, value, label };
  switch (dimension) {
    case 'PRODUCT':
      return plain(fact.product, fact.productName);
    case 'CATEGORY':
      return plain(fact.category);
    case 'CUSTOMER':
      return plain(fact.customer, null);
    case 'SEGMENT':
      return plain(fact.segment);
    case 'REGION':
      return plain(fact.region);
    case 'KIND':
      return plain(fact.kind);
    case 'SOURCE':
      return plain(fact.source);
    case 'WEEKDAY': {
      const day = weekdayOf(local);
      return { order: day, value: String(day), label: weekdays[day - 1] ?? null };
    }
    case 'HOUR_OF_DAY': {
      const hour = hourOf(local);
      return { order: hour, value: String(hour), label: `${String(hour).padStart(2, '0')}:00` };
    }
    default:
      throw new Error(dimension);
  }
}

/** A period: when it begins, and how it is looked up, which from days on is its local start. */
function periodOf(at: number, grain: Grain, zone: string): number {
  if (grain === 'ALL') return 0;
  if (isCalendar(grain)) return truncate(localMs(at, zone), grain);
  const size = { SECOND: 1000, MINUTE: 60_000, HOUR: hourMs }[grain];
  const local = localMs(at, zone);
  return at - (((local % size) + size) % size);
}

function earlier(period: number, { grain, compare, timeZone }: OracleRequest): number {
  const months = { MONTH: 1, QUARTER: 3, YEAR: 12 };
  const fixed = { SECOND: 1000, MINUTE: 60_000, HOUR: hourMs, DAY: dayMs, WEEK: 7 * dayMs };
  if (grain === 'ALL') return period;
  if (compare === 'PREVIOUS_PERIOD') {
    return grain in fixed
      ? period - Reflect.get(fixed, grain)
      : monthsEarlier(period, Reflect.get(months, grain));
  }
  if (grain === 'WEEK') return period - 364 * dayMs;
  if (isCalendar(grain)) return monthsEarlier(period, 12);
  return instantMs(monthsEarlier(localMs(period, timeZone), 12), timeZone);
}

function earlierEnd(local: number, request: OracleRequest): number {
  const { grain, timeZone } = request;
  const zone = timeZone;
  if (isCalendar(grain)) return instantMs(earlier(local, request), zone);
  return earlier(instantMs(local, zone), request);
}

interface Group {
  readonly period: number;
  readonly keys: readonly Key[];
  readonly facts: Fact[];
}

function groupsOf(facts: readonly Fact[], { by, grain, timeZone }: OracleRequest): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const fact of facts) {
    const period = periodOf(fact.at, grain, timeZone);
    const keys = by.map((dimension) => keyOf(dimension, fact, localMs(fact.at, timeZone)));
    const name = JSON.stringify([period, keys]);
    const group = groups.get(name) ?? { period, keys, facts: [] };
    group.facts.push(fact);
    groups.set(name, group);
  }
  if (grain === 'ALL' && by.length === 0 && groups.size === 0)
    groups.set('[0,[]]', { period: 0, keys: [], facts: [] });
  return groups;
}

function fill(groups: Map<string, Group>, request: OracleRequest): void {
  const { grain, timeZone, range, by } = request;
  const start = (period: number) => (isCalendar(grain) ? instantMs(period, timeZone) : period);
  const starts = [...groups.values()].map(({ period }) => start(period));
  const from = range ? instantMs(range.from, timeZone) : Math.min(...starts);
  const end = range ? instantMs(range.to, timeZone) - 1 : Math.max(...starts);
  const combinations = new Map([...groups.values()].map(({ keys }) => [JSON.stringify(keys), keys]));
  if (by.length === 0) combinations.set('[]', []);
  const periods = new Set<number>();
  // Shorter than any day, or than any distance between the beginnings of hours.
  const step = isCalendar(grain) ? 12 * hourMs : hourMs / 4;
  if (starts.length > 0 || range) periods.add(periodOf(end, grain, timeZone));
  for (let at = from; at <= end; at += step) periods.add(periodOf(at, grain, timeZone));
  for (const period of periods) {
    for (const keys of combinations.values()) {
      const name = JSON.stringify([period, keys]);
      if (!groups.has(name)) groups.set(name, { period, keys, facts: [] });
    }
  }
}

function compareValues(a: Value, b: Value): number {
  if (!a || !b) return Number(!a) - Number(!b);
  const difference = a[0] * b[1] - b[0] * a[1];
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function compareKeys(a: Key, b: Key): number {
  if (!a || !b) return Number(!a) - Number(!b);
  if (typeof a.order === 'number' && typeof b.order === 'number') return a.order - b.order;
  return Buffer.compare(Buffer.from(String(a.order)), Buffer.from(String(b.order)));
}

function within(facts: readonly Fact[], from: number, to: number): Fact[] {
  return facts.filter(({ at }) => at >= from && at < to);
}

/** Rows, totals and truncation of a request over the facts, and how many rows there are before any is left out. */
export function expectedReport(all: readonly Fact[], request: OracleRequest) {
  const { metrics, range, timeZone, grain, compare, first, having, orderBy } = request;
  const matching = all.filter((fact) => !request.filter || request.filter(fact));
  const facts = range
    ? within(matching, instantMs(range.from, timeZone), instantMs(range.to, timeZone))
    : matching;
  const groups = groupsOf(facts, request);
  if (request.fill && grain !== 'ALL') fill(groups, request);

  const before = (period: 'range' | 'grain'): Fact[] | null => {
    if (!compare) return null;
    if (period === 'grain') {
      return range
        ? within(matching, earlierEnd(range.from, request), earlierEnd(range.to, request))
        : matching;
    }
    if (!range) return null;
    if (compare === 'PREVIOUS_PERIOD') {
      return within(matching, instantMs(range.before, timeZone), instantMs(range.from, timeZone));
    }
    const [from, to] = [monthsEarlier(range.from, 12), monthsEarlier(range.to, 12)];
    return within(matching, instantMs(from, timeZone), instantMs(to, timeZone));
  };
  const earlierFacts = before(grain === 'ALL' ? 'range' : 'grain');
  const earlierGroups = earlierFacts && groupsOf(earlierFacts, request);

  const values = (now: readonly Fact[], then: readonly Fact[] | null): MetricValue[] =>
    metrics.map((metric) => ({
      metric,
      value: text(measure(metric, now)),
      previous: then && text(measure(metric, then)),
    }));

  const kept = [...groups.values()].filter(({ facts: own }) => {
    const value = having && measure(having.metric, own);
    return !having || (value && compareValues(value, [BigInt(having.atLeast), 1n]) >= 0);
  });
  kept.sort((a, b) => {
    if (orderBy) {
      const [x, y] = [measure(orderBy.metric, a.facts), measure(orderBy.metric, b.facts)];
      const sign = orderBy.descending && x && y ? -1 : 1;
      const order = sign * compareValues(x, y);
      if (order !== 0) return order;
    }
    if (a.period !== b.period) return a.period - b.period;
    return (
      a.keys.map((key, place) => compareKeys(key, b.keys[place] ?? null)).find((order) => order !== 0) ?? 0
    );
  });
  const rows = kept.slice(0, first ?? undefined).map(({ period, keys, facts: own }): ReportRow => {
    const then =
      earlierGroups && (earlierGroups.get(JSON.stringify([earlier(period, request), keys]))?.facts ?? []);
    return {
      at: grain === 'ALL' ? null : new Date(isCalendar(grain) ? instantMs(period, timeZone) : period),
      keys: keys.map((key, place) => ({
        dimension: request.by[place] ?? '',
        value: key?.value ?? null,
        label: key?.label ?? null,
      })),
      values: values(own, then),
    };
  });
  return {
    groups: groups.size,
    answer: { rows, totals: values(facts, before('range')), truncated: kept.length > rows.length },
  };
}
