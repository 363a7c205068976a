// The dialect of Flink SQL: reports and the states of live cuts over bounded tables, in UTC.

import { offsetIn } from '../core/time-zone.js';
import type { EngineDialect } from './emit-engine.js';
import { createDialect } from './emit-engine-report.js';
import type { EngineSyntax } from './emit-engine-syntax.js';
import type { Zone } from './grain.js';

const timeFormat = 'yyyy-MM-dd HH:mm:ss';

/** A text as a literal. */
export function flinkText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Winter and summer of a year that every zone of today has seen. */
const knownInstants = ['2024-01-01T00:00:00Z', '2024-07-01T00:00:00Z'];

/** Flink takes a zone that it does not know for UTC, so it is asked for times that are known. */
function zoneCheck(zone: Zone): string {
  const offsetAt = offsetIn(zone.name);
  const plain = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const knows = knownInstants.map((text) => {
    const ms = Date.parse(text);
    return `CONVERT_TZ('${plain(ms)}', 'UTC', '${zone.name}') = '${plain(ms + offsetAt(ms))}'`;
  });
  // A cast that cannot succeed is how an expression refuses.
  return `CASE WHEN ${knows.join(' AND ')} THEN TRUE ELSE CAST('This Flink does not know the time zone ${zone.name}' AS BOOLEAN) END`;
}

/**
 * The session stays in UTC, since Flink shows instants in the zone of the session as if they were UTC. Local times are
 * texts, because EXTRACT counts backwards before 1970 and a TIMESTAMP cannot say which of two equal times it is.
 */
const syntax: EngineSyntax = {
  name: 'flink',
  title: 'Flink',
  settings: {
    'execution.runtime-mode': 'batch',
    // A query that cannot be answered ends instead of being tried for ever.
    'restart-strategy.type': 'none',
    'table.local-time-zone': 'UTC',
  },
  instantType: 'TIMESTAMP_LTZ(3)',
  text: flinkText,
  instantLiteral: (at) =>
    `CAST(TIMESTAMP '${at.toISOString().slice(0, 23).replace('T', ' ')}' AS TIMESTAMP_LTZ(3))`,
  instantOfUtc: (ref) => `CAST(${ref} AS TIMESTAMP_LTZ(3))`,
  localOf: (instant, zone) => {
    const utc = `DATE_FORMAT(${instant}, '${timeFormat}')`;
    return zone.utc ? utc : `CONVERT_TZ(${utc}, 'UTC', '${zone.name}')`;
  },
  zoneCheck: (zone) => (zone.utc ? null : zoneCheck(zone)),
  periodDay: (grain, local) => {
    const day = dayOf(local);
    if (grain === 'DAY') return day;
    // Flink's own weeks begin on Sunday.
    if (grain === 'WEEK') return `TIMESTAMPADD(DAY, 1 - ${weekdayOf(local)}, ${day})`;
    return `FLOOR(${day} TO ${grain})`;
  },
  // Of two instants with one local time it takes the first, and a midnight that is skipped it moves forward.
  dayStart: (day, zone) =>
    `TO_TIMESTAMP_LTZ(CONCAT(CAST(${day} AS STRING), ' 00:00:00'), '${timeFormat}', '${zone.name}')`,
  truncated: (grain, instant) => `FLOOR(${instant} TO ${grain})`,
  secondOfHour: (local) => `(${partOf(local, 15)} * 60 + ${partOf(local, 18)})`,
  weekdayOf,
  hourOf: (local) => partOf(local, 12),
  distinctOf: ([first = '', ...others]) =>
    others.length === 0 ? `COUNT(DISTINCT ${first})` : `COUNT(DISTINCT (${[first, ...others].join(', ')}))`,
  overflowFails: false,
};

function dayOf(local: string): string {
  return `CAST(SUBSTRING(${local}, 1, 10) AS DATE)`;
}

function weekdayOf(local: string): string {
  return `CAST(EXTRACT(ISODOW FROM ${dayOf(local)}) AS INT)`;
}

function partOf(local: string, from: number): string {
  return `CAST(SUBSTRING(${local}, ${from}, 2) AS INT)`;
}

export const flinkDialect: EngineDialect = createDialect(syntax);
