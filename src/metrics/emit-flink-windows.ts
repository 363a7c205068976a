// Flink SQL that keeps the windows of a fact: the tables that it reads and writes, and one statement for all cuts.

import { quoted } from './emit-engine-syntax.js';
import { flinkText } from './emit-flink.js';
import type { FlinkFact } from './flink-facts.js';
import type { Grain } from './grain.js';
import type { LiveCutPlan, LiveDimension } from './live-cuts.js';
import type { State } from './states.js';
import { keptMs, windowEnd, windowStart } from './window-of.js';

export interface FlinkWindowsPlace {
  /** The brokers as Flink reaches them, and further properties of its clients. */
  readonly brokers: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly factsTopic: string;
  readonly windowsTopic: string;
  /** Flink commits to it how far it has counted. */
  readonly group: string;
  readonly generation: number;
  /** Where each partition of the facts is read from. */
  readonly starts: readonly { readonly partition: number; readonly offset: string }[];
  readonly graceMs: number;
}

/** What is declared to Flink. */
export interface FlinkStatements {
  readonly tables: readonly string[];
  readonly insert: string;
  readonly settings: Readonly<Record<string, string>>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * How long it is known that a record has been counted. The relay repeats only what it has just sent, and after a standstill of
 * a day the windows are counted anew.
 */
const repeatsKnownMs = 2 * dayMs;
/** How much longer than a window can change its state is kept, for pipelines and producers that stand still meanwhile. */
export const marginMs = dayMs;

/**
 * The statements for one fact. Records of the facts' topic hold several facts each, with the watermark that held when they
 * were written. Whether a window still takes a fact follows from that watermark alone, and not from one of Flink's own: so
 * nothing is dropped, idle partitions hold nothing up, and a job that begins anew decides as it did before. What is late
 * is counted by the pipelines. A window is emitted whenever it changes, with the number of its rows, which only grows.
 */
export function flinkWindows(flink: FlinkFact, place: FlinkWindowsPlace): FlinkStatements {
  const cuts = flink.fact.groups.flatMap((group) => group.cuts);
  const classes = new Map<number, LiveCutPlan[]>();
  for (const cut of cuts) {
    const ttl = stateMs(cut, place.graceMs);
    classes.set(ttl, [...(classes.get(ttl) ?? []), cut]);
  }
  const branches = [...classes].map(([ttlMs, own], at) =>
    branch(flink, place, own, { ttlMs, alias: `w${at}` }),
  );
  return {
    tables: [...tables(flink, place), once(flink, place)],
    insert: `INSERT INTO windows\n${branches.join('\nUNION ALL\n')}`,
    settings: {
      'execution.runtime-mode': 'streaming',
      'execution.checkpointing.interval': '2 s',
      'table.local-time-zone': 'UTC',
      // Else each row of a fact's cuts takes copies of all of them along, from operator to operator.
      'pipeline.object-reuse': 'true',
      // Few rows leave for many that come, and each is at most so much later.
      'table.exec.mini-batch.enabled': 'true',
      'table.exec.mini-batch.allow-latency': '100 ms',
      'table.exec.mini-batch.size': '5000',
      'table.exec.state.ttl': `${repeatsKnownMs} ms`,
      // The key of the sink is the key of the groups, which Flink does not see through the union.
      'table.exec.sink.upsert-materialize': 'NONE',
    },
  };
}

function withOptions(options: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(options).map(([key, value]) => `${flinkText(key)} = ${flinkText(value)}`);
  return `WITH (\n  ${pairs.join(',\n  ')}\n)`;
}

function tables({ fields }: FlinkFact, place: FlinkWindowsPlace): string[] {
  const { brokers, properties, factsTopic, windowsTopic, group, starts } = place;
  const client = {
    'properties.bootstrap.servers': brokers.join(),
    ...Object.fromEntries(Object.entries(properties).map(([key, value]) => [`properties.${key}`, value])),
  };
  const row = fields.map((field) => `${quoted(field.name)} ${field.type}`).join(', ');
  return [
    `CREATE TABLE facts (
  generation INT, source STRING, id STRING, clock BIGINT, closed BIGINT,
  facts ARRAY<ROW<${row}>>, arrived AS PROCTIME()
) ${withOptions({
      connector: 'kafka',
      topic: factsTopic,
      ...client,
      'properties.group.id': group,
      'scan.startup.mode': 'specific-offsets',
      'scan.startup.specific-offsets': starts
        .map(({ partition, offset }) => `partition:${partition},offset:${offset}`)
        .join(';'),
      format: 'json',
      // Only we write there; what somebody else puts in is of no generation, and must not stop the job.
      'json.ignore-parse-errors': 'true',
    })}`,
    `CREATE TABLE windows (
  cut STRING, ${quoted('start')} BIGINT, ${quoted('key')} STRING, generation INT, ${quoted('rows')} BIGINT, states ARRAY<STRING>,
  PRIMARY KEY (cut, ${quoted('start')}, ${quoted('key')}) NOT ENFORCED
) ${withOptions({ connector: 'upsert-kafka', topic: windowsTopic, ...client, 'key.format': 'json', 'value.format': 'json' })}`,
  ];
}

/**
 * Every fact of the generation, once: the relay may send a record twice. It is the first of its name by a count over those
 * before it, whose rows Flink knows to be never taken back. Of `ROW_NUMBER` it does not know that beside mini-batches: it
 * plans for every state behind it to be taken back, so that a MIN or MAX would keep all values that it has seen.
 */
function once({ part, fields }: FlinkFact, { generation }: FlinkWindowsPlace): string {
  const names = fields.map((field) => quoted(field.name)).join(', ');
  return `CREATE TEMPORARY VIEW counted AS
SELECT clock, closed, ${names} FROM (
  SELECT clock, closed, facts FROM (
    SELECT *, COUNT(*) OVER (
      PARTITION BY source, id ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS place FROM facts WHERE generation = ${generation}
  ) WHERE place = 1
) CROSS JOIN UNNEST(facts) AS fact(${names})
WHERE ${quoted(part.source.time)} IS NOT NULL`;
}

/** How long the state of a window is kept after it was last changed; 0: for ever. */
function stateMs({ every }: LiveCutPlan, graceMs: number): number {
  if (every === 'ALL') return 0;
  return Math.max(hourMs, lengthOf(every)) + graceMs + marginMs;
}

function lengthOf(every: Grain): number {
  return (windowEnd(every, 0) ?? 0) - windowStart(every, 0);
}

/** The cuts whose state is kept for the same time: each fact becomes a row for each of them, and these are grouped. */
function branch(
  { fact, part }: FlinkFact,
  { generation }: FlinkWindowsPlace,
  cuts: readonly LiveCutPlan[],
  { ttlMs, alias }: { readonly ttlMs: number; readonly alias: string },
): string {
  const rows = cuts.map((cut) => {
    const { start, open } = windowOf(cut, quoted(part.source.time));
    return `ROW(CAST(${flinkText(cut.name)} AS STRING), ${start}, ${keyOf(cut.dimensions)}, ${open})`;
  });
  const states = fact.states.map((state, place) =>
    stateOf(
      state,
      cuts.filter((cut) => cut.keeps[place]),
    ),
  );
  const group = ['cut', quoted('start'), quoted('key')].map((column) => `${alias}.${column}`).join(', ');
  return `SELECT /*+ STATE_TTL('${alias}' = '${ttlMs} ms') */ ${group}, ${generation}, COUNT(*), ARRAY[${states.join(', ')}]
FROM (
  SELECT * FROM (
    SELECT *, ARRAY[
      ${rows.join(',\n      ')}
    ] AS cuts FROM counted
  ) AS fact CROSS JOIN UNNEST(fact.cuts) AS item(cut, ${quoted('start')}, ${quoted('key')}, ${quoted('open')})
  WHERE ${quoted('open')}
) AS ${alias}
GROUP BY ${group}`;
}

/** When the window begins that a fact lies in, and whether it takes the fact. */
function windowOf({ every }: LiveCutPlan, time: string) {
  const kept = keptMs(every);
  if (kept === null) return { start: 'CAST(0 AS BIGINT)', open: 'TRUE' };
  const length = lengthOf(every);
  const origin = windowStart(every, 0);
  const since = origin === 0 ? time : `(${time} - ${origin})`;
  // MOD keeps the sign, and what happened before 1970 lies in windows too.
  const start = `(${time} - MOD(MOD(${since}, ${length}) + ${length}, ${length}))`;
  return {
    start,
    open: `(clock IS NULL OR ((closed IS NULL OR ${start} + ${length} > closed) AND ${start} >= clock - ${kept}))`,
  };
}

/**
 * The keys of a window as one text, from which `readFlinkKey` gets them back: null is "-", a text follows "=", with "~" as
 * "~0" and "|" as "~1", and "|" divides them.
 */
function keyOf(dimensions: readonly LiveDimension[]): string {
  const keys = dimensions.map(({ field }) => {
    const value = `CAST(${quoted(field)} AS STRING)`;
    return `COALESCE('=' || REPLACE(REPLACE(${value}, '~', '~0'), '|', '~1'), '-')`;
  });
  return keys.length === 0 ? `CAST('' AS STRING)` : keys.join(` || '|' || `);
}

/** The keys of a window as a JSON array, from the text that Flink groups by. */
export function readFlinkKey(key: string): string {
  const keys = key === '' ? [] : key.split('|');
  return JSON.stringify(
    keys.map((item) => (item === '-' ? null : item.slice(1).replaceAll('~1', '|').replaceAll('~0', '~'))),
  );
}

/** A state as text; members are remembered only for the cuts that count them. */
function stateOf(state: State, keptBy: readonly LiveCutPlan[]): string {
  const where = Object.entries(state.where ?? {}).map(
    ([field, value]) => `${quoted(field)} = ${literal(value)}`,
  );
  const only = (value: string, conditions: readonly string[]) =>
    conditions.length === 0 ? value : `CASE WHEN ${conditions.join(' AND ')} THEN ${value} END`;
  switch (state.kind) {
    case 'count': {
      const counted = state.field === null ? '1' : quoted(state.field);
      return `CAST(COUNT(${only(counted, where)}) AS STRING)`;
    }
    case 'distinct': {
      if (keptBy.length === 0) return 'CAST(NULL AS STRING)';
      const names = keptBy.map((cut) => flinkText(cut.name)).join(', ');
      return `CAST(COUNT(DISTINCT ${only(memberOf(state.fields), [`cut IN (${names})`, ...where])}) AS STRING)`;
    }
    default:
      return `CAST(${state.kind.toUpperCase()}(${only(quoted(state.field), where)}) AS STRING)`;
  }
}

/** One field, or several that no other ones can be taken for; null when one of them is. */
function memberOf(fields: readonly string[]): string {
  const [first = ''] = fields;
  if (fields.length === 1) return quoted(first);
  const texts = fields.map((field) => `CAST(${quoted(field)} AS STRING)`);
  return texts.map((value) => `CAST(CHAR_LENGTH(${value}) AS STRING) || ':' || ${value}`).join(' || ');
}

function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? flinkText(value) : String(value).toUpperCase();
}
