// Times of events: ISO, wall-clock time of a zone, or seconds or milliseconds since 1970.

import { type DateReader, dateReader, isInCalendar, secondsToMs } from '../core/dates.js';
import { localTimeIn } from '../core/time-zone.js';
import { exactDigits } from './json-text.js';

/** An instant, in milliseconds cut, and in seconds with all that was stated. */
export interface EventTime {
  readonly ms: number;
  readonly seconds: number;
}

export type TimeRead = EventTime | { readonly reason: string };
export type TimeReader = (value: unknown) => TimeRead;

/** Numbers from here on are milliseconds: as seconds they would be beyond the year 5000. */
const leastMs = 1e11;

const forms =
  'send ISO 8601 such as 2024-09-09T12:00:00Z, YYYY-MM-DD HH:MM:SS, or seconds or milliseconds since 1970';
const numberText = /^-?\d{1,17}(\.\d{1,20})?$/;

/** A reader of times; those without an offset are wall-clock time in `timeZone`. */
export function createTimeReader(timeZone: string): TimeReader {
  const iso = dateReader('iso', timeZone);
  if (!iso.ok) throw new Error(iso.fault);
  const readIso = iso.read;
  const toInstant = localTimeIn(timeZone);
  // Producers send in bursts, so the last answer is often the next.
  let lastText = '';
  let last: TimeRead = { reason: '' };

  function readText(text: string): TimeRead {
    const ms = readPlain(text, toInstant) ?? readIso(text);
    if (ms !== undefined) return { ms, seconds: ms / 1000 };
    if (numberText.test(text)) return readNumber(Number(text));
    return { reason: `is not a time of the years 1 to 9999; ${forms}` };
  }

  return (value) => {
    if (typeof value === 'number') return readNumber(value);
    if (typeof value !== 'string') return { reason: `is not a time; ${forms}` };
    if (value === lastText) return last;
    const read = readText(exactDigits(value) ?? value.trim());
    lastText = value;
    last = read;
    return read;
  };
}

function readNumber(value: number): TimeRead {
  const isMs = value >= leastMs || value <= -leastMs;
  const ms = isMs ? Math.floor(value) : secondsToMs(value);
  if (!isInCalendar(ms)) {
    return { reason: 'is beyond the year 9999; send seconds or milliseconds since 1970, nothing finer' };
  }
  return { ms, seconds: isMs ? value / 1000 : value };
}

/** A reader of times in the given formats (see `dateReader`), tried in turn; a sentence when one of them is none. */
export function createFormatReader(formats: readonly string[], timeZone: string): TimeReader | string {
  const readers: DateReader[] = [];
  for (const format of formats) {
    const result = dateReader(format, timeZone);
    if (!result.ok) return result.fault;
    readers.push(result.read);
  }
  return (value) => {
    const text = typeof value === 'number' ? String(value) : (exactDigits(value) ?? value);
    if (typeof text === 'string') {
      for (const read of readers) {
        const ms = read(text.trim());
        if (ms !== undefined) return { ms, seconds: ms / 1000 };
      }
    }
    return { reason: `is not a time of the form ${formats.join(' or ')}` };
  };
}

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The forms that nearly every producer sends (YYYY-MM-DD HH:MM:SS with or without T, milliseconds and Z), read without
 * a pattern; undefined for any other, and for what is no date, which the general reader sorts out.
 */
function readPlain(text: string, toInstant: (localMs: number) => number): number | undefined {
  const { length } = text;
  if (length < 19 || length > 24) return undefined;
  const between = text.charCodeAt(10);
  if ((between !== 0x20 && between !== 0x54) || text[4] !== '-' || text[7] !== '-') return undefined;
  if (text[13] !== ':' || text[16] !== ':') return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Every comparison with a NaN is false.
  if (!(year >= 1000 && month >= 1 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59))
    return undefined;
  const leapDay = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  if (!(day <= (daysOfMonth[month - 1] ?? 0) + leapDay)) return undefined;
  const isUtc = text.charCodeAt(length - 1) === 0x5a;
  const fractionEnd = isUtc ? length - 1 : length;
  let ms = 0;
  if (fractionEnd === 23 && text.charCodeAt(19) === 0x2e) {
    ms = twoDigits(text, 20) * 10 + digit(text, 22);
    if (Number.isNaN(ms)) return undefined;
  } else if (fractionEnd !== 19) {
    return undefined;
  }
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  return isUtc ? localMs : toInstant(localMs);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}
