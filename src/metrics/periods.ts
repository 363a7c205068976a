// The periods of a grain in a time zone, as reports cut them: which one holds a moment, and which come before and after.

import { localTimeIn, offsetIn } from '../core/time-zone.js';
import { isCalendarGrain, type PeriodGrain, type Zone } from './grain.js';
import { windowEnd, windowStart } from './window-of.js';

const quarterMs = 900_000;
const hourMs = 3_600_000;

/** Periods are named by when they begin. */
export interface Periods {
  /** The period that holds the moment. */
  holding(at: Date): Date;
  /** The period that follows the one that begins at `start`. */
  next(start: Date): Date;
  /** The period that begins at `start` and those that follow: `count` in all. */
  from(start: Date, count: number): Date[];
  /** The last `count` periods before the one that begins at `start`, the oldest first. */
  before(start: Date, count: number): Date[];
}

/** Both in milliseconds since 1970. */
interface Steps {
  holding(atMs: number): number;
  next(startMs: number): number;
}

/** The periods that a report with this grain and time zone has. */
export function periodsOf(grain: PeriodGrain, zone: Zone): Periods {
  const { holding, next } = stepsOf(grain, zone);
  return {
    holding: (at) => new Date(holding(at.getTime())),
    next: (start) => new Date(next(start.getTime())),
    from(start, count) {
      const starts: Date[] = [];
      for (let ms = start.getTime(); starts.length < count; ms = next(ms)) starts.push(new Date(ms));
      return starts;
    },
    before(start, count) {
      const starts: Date[] = [];
      for (let ms = holding(start.getTime() - 1); starts.length < count; ms = holding(ms - 1)) {
        starts.push(new Date(ms));
      }
      return starts.reverse();
    },
  };
}

function stepsOf(grain: PeriodGrain, zone: Zone): Steps {
  if (isCalendarGrain(grain) && !zone.utc) return calendarSteps(grain, zone);
  if (grain === 'HOUR' && !zone.utc) return hourSteps(zone);
  return { holding: (atMs) => windowStart(grain, atMs), next: (startMs) => endOf(grain, startMs) };
}

function endOf(grain: PeriodGrain, startMs: number): number {
  const endMs = windowEnd(grain, startMs);
  if (endMs === null) throw new Error('A period ends.');
  return endMs;
}

/** Periods that begin at local midnight; a midnight that the clock skips is moved forward by what it skips. */
function calendarSteps(grain: PeriodGrain, zone: Zone): Steps {
  const offsetAt = offsetIn(zone.name);
  const toInstant = localTimeIn(zone.name);
  const localStart = (atMs: number) => windowStart(grain, atMs + offsetAt(atMs));
  return {
    holding: (atMs) => toInstant(localStart(atMs)),
    next: (startMs) => toInstant(endOf(grain, localStart(startMs))),
  };
}

/** Hours by the clock of the zone: the offset at a moment decides where its hour begins. */
function hourSteps(zone: Zone): Steps {
  const offsetAt = offsetIn(zone.name);
  const holding = (atMs: number) => {
    const offsetMs = offsetAt(atMs);
    return windowStart('HOUR', atMs + offsetMs) - offsetMs;
  };
  return {
    holding,
    next(startMs) {
      if (offsetAt(startMs) === offsetAt(startMs + hourMs)) return startMs + hourMs;
      // Where the clock is turned by half an hour, an hour begins in between, as it does in a report.
      let atMs = startMs + quarterMs;
      while (holding(atMs) <= startMs) atMs += quarterMs;
      return holding(atMs);
    },
  };
}
