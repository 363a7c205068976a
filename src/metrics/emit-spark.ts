// The dialect of Spark SQL: reports and the states of live cuts, with ANSI rules, in UTC.

import type { EngineDialect } from './emit-engine.js';
import { createDialect } from './emit-engine-report.js';
import type { EngineSyntax } from './emit-engine-syntax.js';
import type { CalendarGrain } from './grain.js';

const dayUnits: Readonly<Record<Exclude<CalendarGrain, 'DAY'>, string>> = {
  WEEK: 'WEEK',
  MONTH: 'MONTH',
  QUARTER: 'QUARTER',
  YEAR: 'YEAR',
};

/**
 * A text in ASCII alone, whatever character set the program that reads the SQL assumes; what ends texts and
 * statements, and what Spark would take for a variable, is written by its code as well.
 */
export function sparkText(value: string): string {
  const escaped = value.replace(
    /[^ -~]|['"\\$;`]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `'${escaped}'`;
}

const syntax: EngineSyntax = {
  name: 'spark',
  title: 'Spark',
  settings: { 'spark.sql.ansi.enabled': 'true', 'spark.sql.session.timeZone': 'UTC' },
  instantType: 'TIMESTAMP',
  text: sparkText,
  instantLiteral: (at) => `TIMESTAMP '${at.toISOString().replace('T', ' ')}'`,
  instantOfUtc: (ref) => `CAST(${ref} AS TIMESTAMP)`,
  localOf: (instant, zone) => (zone.utc ? instant : `from_utc_timestamp(${instant}, '${zone.name}')`),
  zoneCheck: () => null,
  periodDay: (grain, local) => {
    const day = `CAST(${local} AS DATE)`;
    return grain === 'DAY' ? day : `CAST(trunc(${day}, '${dayUnits[grain]}') AS DATE)`;
  },
  // Of two instants with one local time it takes the first, and a midnight that is skipped it moves forward.
  dayStart: (day, zone) => {
    const midnight = `CAST(${day} AS TIMESTAMP)`;
    return zone.utc ? midnight : `to_utc_timestamp(${midnight}, '${zone.name}')`;
  },
  truncated: (grain, instant) => `date_trunc('${grain}', ${instant})`,
  secondOfHour: (local) => `(minute(${local}) * 60 + second(${local}))`,
  weekdayOf: (local) => `(weekday(${local}) + 1)`,
  hourOf: (local) => `hour(${local})`,
  distinctOf: (refs) => `COUNT(DISTINCT ${refs.join(', ')})`,
  overflowFails: true,
};

export const sparkDialect: EngineDialect = createDialect(syntax);
