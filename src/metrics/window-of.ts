// The tumbling windows of each grain, in UTC: which one holds a moment, where it ends, and how long it is kept.

import type { Grain } from './grain.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** 1970-01-05, the first Monday. */
const mondayMs = 4 * dayMs;

const lengthsMs = { SECOND: secondMs, MINUTE: minuteMs, HOUR: hourMs, DAY: dayMs } as const;
const months = { MONTH: 1, QUARTER: 3, YEAR: 12 } as const;

/** The beginning of the step of a fixed length, counted from `originMs`, that holds the moment. */
function floorTo(atMs: number, lengthMs: number, originMs = 0): number {
  const rest = (atMs - originMs) % lengthMs;
  return atMs - (rest < 0 ? rest + lengthMs : rest);
}

/** When the window that holds the moment begins, in milliseconds since 1970; 0 for the window without end. */
export function windowStart(grain: Grain, atMs: number): number {
  switch (grain) {
    case 'ALL':
      return 0;
    case 'WEEK':
      return floorTo(atMs, weekMs, mondayMs);
    case 'MONTH':
    case 'QUARTER':
    case 'YEAR': {
      const at = new Date(atMs);
      const month = at.getUTCMonth();
      return startOfMonth(at.getUTCFullYear(), month - (month % months[grain]));
    }
    default:
      return floorTo(atMs, lengthsMs[grain]);
  }
}

/** When the window that begins at `startMs` ends; null for the window without end. */
export function windowEnd(grain: Grain, startMs: number): number | null {
  switch (grain) {
    case 'ALL':
      return null;
    case 'WEEK':
      return startMs + weekMs;
    case 'MONTH':
    case 'QUARTER':
    case 'YEAR': {
      const start = new Date(startMs);
      return startOfMonth(start.getUTCFullYear(), start.getUTCMonth() + months[grain]);
    }
    default:
      return startMs + lengthsMs[grain];
  }
}

/** Date.UTC takes the years 0 to 99 for those of the twentieth century. */
function startOfMonth(year: number, month: number): number {
  const start = new Date(0);
  return start.setUTCFullYear(year, month, 1);
}

/** For how long before the watermark windows are kept; null: for ever. */
export function keptMs(grain: Grain): number | null {
  if (grain === 'ALL') return null;
  if (grain === 'SECOND') return hourMs;
  return grain === 'MINUTE' ? 7 * dayMs : 731 * dayMs;
}
