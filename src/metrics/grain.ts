// The grains of time that a report can be cut into, and the time zones they are meant in.

import { FlywheelError } from '../core/errors.js';

export const grains = ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'ALL'] as const;

export type Grain = (typeof grains)[number];

/** The grains that cut time into periods. */
export type PeriodGrain = Exclude<Grain, 'ALL'>;

/** The grains whose periods begin at local midnight. */
export type CalendarGrain = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** The shortest time that a period of the grain can last, in milliseconds; a day may be an hour short of 24. */
export const periodMsMin: Readonly<Record<PeriodGrain, number>> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 82_800_000,
  WEEK: 601_200_000,
  MONTH: 2_415_600_000,
  QUARTER: 7_772_400_000,
  YEAR: 31_532_400_000,
};

const zonesOfUtc = new Set(['UTC', 'Etc/UTC', 'Etc/UCT', 'Etc/Zulu', 'Zulu', 'GMT', 'Etc/GMT']);

export interface Zone {
  readonly name: string;
  /** True when local time is UTC, so that days are the same everywhere in it. */
  readonly utc: boolean;
}

/** The zone of an IANA name such as Europe/London; anything else is BAD_INPUT. */
export function zoneOf(name: string): Zone {
  // An offset such as +02:00 is refused: PostgreSQL would read its sign the other way round.
  const known = /^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name) && isKnown(name);
  if (known) return { name, utc: zonesOfUtc.has(name) };
  throw new FlywheelError(
    'BAD_INPUT',
    `“${name.slice(0, 60)}” is not a time zone; give an IANA name such as UTC, Europe/London or America/New_York.`,
  );
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** True when periods of the grain begin at local midnight. */
export function isCalendarGrain(grain: Grain): grain is CalendarGrain {
  return periodOrder(grain) >= periodOrder('DAY') && grain !== 'ALL';
}

/** The place of a grain among all, from the shortest to the longest. */
export function periodOrder(grain: Grain): number {
  return grains.indexOf(grain);
}
