// Dates as files write them, read by declared formats into instants.

import { localTimeIn } from './time-zone.js';

type Part =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'half'
  | 'offset'
  | 'skip';

const letters: Readonly<Record<string, readonly [pattern: string, part: Part]>> = {
  yyyy: ['(\\d{4})', 'year'],
  yy: ['(\\d{2})', 'shortYear'],
  MMMM: ['([A-Za-z]+)', 'monthName'],
  MMM: ['([A-Za-z]{3})\\.?', 'monthName'],
  MM: ['(\\d{2})', 'month'],
  M: ['(\\d{1,2})', 'month'],
  dd: ['(\\d{2})', 'day'],
  d: ['(\\d{1,2})', 'day'],
  HH: ['(\\d{2})', 'hour'],
  H: ['(\\d{1,2})', 'hour'],
  hh: ['(\\d{2})', 'hour12'],
  h: ['(\\d{1,2})', 'hour12'],
  mm: ['(\\d{2})', 'minute'],
  m: ['(\\d{1,2})', 'minute'],
  ss: ['(\\d{2})', 'second'],
  s: ['(\\d{1,2})', 'second'],
  SSS: ['(\\d{1,9})', 'fraction'],
  a: ['([AaPp])\\.?[Mm]\\.?', 'half'],
  XXX: ['(Z|[+-]\\d{2}:?\\d{2})', 'offset'],
  EEE: ['([A-Za-z]+)', 'skip'],
};
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const isoParts: readonly Part[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'offset'];

/** Reads a text into milliseconds since 1970 (UTC); undefined when it is not a date of this format. */
export type DateReader = (text: string) => number | undefined;

export type DateFormatResult =
  | { readonly ok: true; readonly read: DateReader }
  | { readonly ok: false; readonly fault: string };

/** The instants that are taken: from the year 1, to before the year 10000. */
const startMs = Date.parse('0001-01-01T00:00:00Z');
const endMs = Date.UTC(10_000, 0, 1);

/** Whether an instant is of the years 1 to 9999, which every part of the warehouse can hold. */
export function isInCalendar(ms: number): boolean {
  return ms >= startMs && ms < endMs;
}

/** Seconds since 1970 in whole milliseconds, cut. Rounds at the microsecond first, because 0.29 s is a float below 290 ms. */
export function secondsToMs(seconds: number): number {
  return Math.floor(Math.round(seconds * 1e6) / 1e3);
}

/**
 * A reader for one format: `iso`, `unix` (seconds), `unixMs`, or a pattern of letters (`dd.MM.yyyy HH:mm`), with other
 * letters in single quotes. Texts without an offset are wall-clock time in `timeZone`. Only real dates of the years 1
 * to 9999 are read, so 30 February is refused; fractions of a second are cut at milliseconds.
 */
export function dateReader(format: string, timeZone: string): DateFormatResult {
  if (format === 'unix' || format === 'unixMs') {
    return { ok: true, read: unixReader(format === 'unix' ? secondsToMs : Math.floor) };
  }
  const toInstant = localTimeIn(timeZone);
  if (format === 'iso') return { ok: true, read: patternReader(isoPattern, isoParts, toInstant) };
  const compiled = compilePattern(format);
  return typeof compiled === 'string'
    ? { ok: false, fault: compiled }
    : { ok: true, read: patternReader(compiled.pattern, compiled.parts, toInstant) };
}

function unixReader(toMs: (value: number) => number): DateReader {
  return (text) => {
    if (!/^-?\d{1,15}(\.\d+)?$/.test(text)) return undefined;
    const ms = toMs(Number(text));
    return isInCalendar(ms) ? ms : undefined;
  };
}

function compilePattern(format: string): { pattern: RegExp; parts: readonly Part[] } | string {
  const parts: Part[] = [];
  let source = '';
  for (const [token] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (/^[A-Za-z]/.test(token)) {
      const known = letters[token];
      if (!known)
        return `"${token}" in "${format}" is not known; use ${Object.keys(letters).join(', ')}, iso, unix or unixMs`;
      source += known[0];
      parts.push(known[1]);
    } else {
      source += (token.startsWith("'") ? token.slice(1, -1) : token).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }
  }
  const has = (...wanted: Part[]) => wanted.some((part) => parts.includes(part));
  if (!has('year', 'shortYear') || !has('month', 'monthName') || !has('day')) {
    return `"${format}" needs a year, a month and a day`;
  }
  return { pattern: new RegExp(`^${source}$`), parts };
}

interface Moment {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  afternoon: boolean | undefined;
  offsetMs: number | undefined;
}

function patternReader(
  pattern: RegExp,
  parts: readonly Part[],
  toInstant: (localMs: number) => number,
): DateReader {
  return (text) => {
    const match = pattern.exec(text);
    if (!match) return undefined;
    const moment: Moment = {
      year: 0,
      month: 0,
      day: 0,
      hour: 0,
      minute: 0,
      second: 0,
      ms: 0,
      afternoon: undefined,
      offsetMs: undefined,
    };
    for (let index = 0; index < parts.length; index += 1) {
      const value = match[index + 1];
      const part = parts[index];
      if (value !== undefined && part !== undefined) setPart(moment, part, value);
    }
    return instantOf(moment, toInstant);
  };
}

function setPart(moment: Moment, part: Part, value: string): void {
  switch (part) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
    case 'minute':
    case 'second':
      moment[part] = Number(value);
      break;
    case 'shortYear':
      moment.year = Number(value) + (Number(value) < 70 ? 2000 : 1900);
      break;
    case 'monthName':
      moment.month = monthNames.indexOf(value.slice(0, 3).toLowerCase()) + 1;
      break;
    case 'hour12':
      moment.hour = Number(value) === 12 ? 0 : Number(value) > 12 ? Number.NaN : Number(value);
      break;
    case 'fraction':
      moment.ms = Number(value.padEnd(3, '0').slice(0, 3));
      break;
    case 'half':
      moment.afternoon = /p/i.test(value);
      break;
    case 'offset':
      moment.offsetMs = offsetMsOf(value);
      break;
    case 'skip':
      break;
  }
}

function offsetMsOf(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const digits = text.replace(/\D/g, '').padEnd(4, '0');
  const ms = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
  return text.startsWith('-') ? -ms : ms;
}

function instantOf(moment: Moment, toInstant: (localMs: number) => number): number | undefined {
  const hour = moment.hour + (moment.afternoon ? 12 : 0);
  const inRange =
    moment.year >= 1 &&
    hour <= 23 &&
    moment.minute <= 59 &&
    moment.second <= 59 &&
    moment.month >= 1 &&
    moment.day >= 1;
  if (!inRange) return undefined;
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(moment.year, moment.month - 1, moment.day);
  if (date.getUTCMonth() !== moment.month - 1 || date.getUTCDate() !== moment.day) return undefined;
  const localMs = date.setUTCHours(hour, moment.minute, moment.second, moment.ms);
  const instantMs = moment.offsetMs === undefined ? toInstant(localMs) : localMs - moment.offsetMs;
  return isInCalendar(instantMs) ? instantMs : undefined;
}
