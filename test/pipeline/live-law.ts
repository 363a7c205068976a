// The law of live windows, computed independently: what is stored of a window is what a report says of its time.

import { sql } from 'kysely';
import { expect } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import type { ResultMessage } from '../../src/metrics/live.js';
import { type LiveFact, planLiveCuts } from '../../src/metrics/live-cuts.js';
import { createReports } from '../../src/metrics/reports.js';
import type { Formula } from '../../src/metrics/states.js';
import { keptMs } from '../../src/metrics/window-of.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Database } from '../../src/warehouse/database.js';

type Values = Readonly<Record<string, string | null>>;

/** An exact number. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function fractionOf(decimal: string): Fraction {
  const [whole = '', places = ''] = decimal.split('.');
  return { over: BigInt(whole + places), under: 10n ** BigInt(places.length) };
}

/** A decimal of six places, half away from zero, or exactly what it is when it has no more. */
function textOf({ over, under }: Fraction): string {
  const scale = 10n ** 12n;
  const value = (over * scale) / under;
  const [sign, digits] = value < 0n ? ['-', -value] : ['', value];
  const places = String(digits % scale)
    .padStart(12, '0')
    .replace(/0+$/, '');
  return `${sign}${digits / scale}${places === '' ? '' : `.${places}`}`;
}

function roundedToSix({ over, under }: Fraction): Fraction {
  const million = 1_000_000n;
  const positive = over < 0n === under < 0n;
  const [up, down] = [over < 0n ? -over : over, under < 0n ? -under : under];
  const value = (up * million * 2n + down) / (down * 2n);
  return { over: positive ? value : -value, under: million };
}

function amountOf(formula: Formula, states: readonly (string | null)[]): Fraction | null {
  if (formula.kind === 'state') {
    const text = states[formula.state] ?? null;
    if (text === null) return formula.emptyIsZero ? { over: 0n, under: 1n } : null;
    const { over, under } = fractionOf(text);
    return { over: formula.negated ? -over : over, under };
  }
  const numerator = amountOf(formula.numerator, states);
  const denominator = amountOf(formula.denominator, states);
  if (!numerator || !denominator || denominator.over === 0n) return null;
  return roundedToSix({
    over: numerator.over * denominator.under,
    under: numerator.under * denominator.over,
  });
}

interface Stored {
  readonly values: Values;
  readonly onTime: Values;
  readonly isLate: boolean;
}

/** What is stored of the windows of a cut, by the beginning of the window and its key. */
async function storedWindows(
  database: Database,
  fact: LiveFact,
  name: string,
  metrics: LiveFact['metrics'],
): Promise<Map<string, Stored>> {
  const sums = (late: boolean) =>
    sql.join(
      fact.states.map((_, place) => {
        const filter = late ? sql`` : sql` FILTER (WHERE NOT late)`;
        return sql`sum(states[${sql.lit(place + 1)}])${filter}::text`;
      }),
    );
  const { rows } = await sql<{
    start: Date;
    key: string;
    all: (string | null)[];
    on_time: (string | null)[];
    is_late: boolean;
  }>`
    SELECT window_start AS start, key, ARRAY[${sums(true)}] AS all, ARRAY[${sums(false)}] AS on_time, bool_or(late) AS is_late
    FROM live_partial WHERE cut = ${name} GROUP BY window_start, key`.execute(database.kysely);
  const valuesOf = (states: readonly (string | null)[]) =>
    Object.fromEntries(
      metrics.map(({ metric, formula }) => {
        const value = amountOf(formula, states);
        return [metric.name, value && textOf(value)];
      }),
    );
  return new Map(
    rows.map((row) => [
      `${row.start.toISOString()} ${row.key}`,
      { values: valuesOf(row.all), onTime: valuesOf(row.on_time), isLate: row.is_late },
    ]),
  );
}

function emptyValues(metrics: LiveFact['metrics']): Values {
  return Object.fromEntries(
    metrics.map(({ metric, formula }) => {
      const value = amountOf(formula, []);
      return [metric.name, value && textOf(value)];
    }),
  );
}

/** Holds that every window of every cut that is still kept says what the report says of it; resolves to how many windows there were. */
export async function expectLaw(database: Database): Promise<number> {
  const reports = createReports({ database, catalogue, definitions });
  const { rows } = await sql<{ name: string; watermark: Date }>`SELECT * FROM live_clock`.execute(
    database.kysely,
  );
  const clocks = new Map(rows.map(({ name, watermark }) => [name, watermark.getTime()]));
  let windows = 0;
  for (const fact of planLiveCuts(catalogue, definitions).facts) {
    for (const { cuts } of fact.groups) {
      for (const cut of cuts) {
        const report = await reports.report(
          {
            metrics: cut.metrics.map(({ metric }) => metric.name),
            grain: cut.every,
            by: cut.dimensions.map(({ definition }) => definition.name),
          },
          openScope,
        );
        expect(report.truncated).toBe(false);
        const stored = await storedWindows(database, fact, cut.name, cut.metrics);
        const told = new Map<string, Values>();
        const labels = new Map<string, readonly (string | null)[]>();
        const keptFromMs =
          (clocks.get(fact.clock) ?? Date.now()) - (keptMs(cut.every) ?? Number.POSITIVE_INFINITY);
        for (const { at, keys, values } of report.rows) {
          const key = `${(at ?? new Date(0)).toISOString()} ${JSON.stringify(keys.map(({ value }) => value))}`;
          told.set(key, Object.fromEntries(values.map(({ metric, value }) => [metric, value])));
          labels.set(
            key,
            keys.map(({ label }) => label),
          );
        }
        // A report without any facts has one row of zeros; a window that lost all its facts keeps its zeros.
        const empty = emptyValues(cut.metrics);
        for (const key of new Set([...told.keys(), ...stored.keys()])) {
          // What came too late for it because it is not kept stands alone.
          if (Date.parse(key.slice(0, key.indexOf(' '))) < keptFromMs) continue;
          expect(stored.get(key)?.values ?? empty, `${cut.name} ${key}`).toEqual(told.get(key) ?? empty);
        }
        windows += stored.size;
        await expectPublished(database, cut.name, stored, labels, empty);
      }
    }
  }
  return windows;
}

/** Holds that what was last published of a window is what is stored of it, without what came too late. */
async function expectPublished(
  database: Database,
  cut: string,
  stored: ReadonlyMap<string, Stored>,
  labels: ReadonlyMap<string, readonly (string | null)[]>,
  empty: Values,
): Promise<void> {
  const { rows } = await sql<{ start: Date; key: string; message: string; revision: number; final: boolean }>`
    SELECT window_start AS start, key, message, revision, final FROM live_window WHERE cut = ${cut}`.execute(
    database.kysely,
  );
  const { rows: revisions } = await sql<{ key: string; revisions: number[]; last: ResultMessage }>`
    SELECT key, array_agg((convert_from(value, 'UTF8')::json ->> 'revision')::int ORDER BY id) AS revisions,
      (array_agg(convert_from(value, 'UTF8') ORDER BY id DESC))[1]::json AS last
    FROM outbox WHERE topic = 'results' AND split_part(key, '|', 1) = ${cut} GROUP BY key`.execute(
    database.kysely,
  );
  expect(revisions.length).toBe(rows.length);
  for (const { revisions: given } of revisions) expect(given).toEqual(given.map((_, index) => index + 1));
  const last = new Map(revisions.map((row) => [row.key, row.last]));
  const published = new Map<string, ResultMessage>();
  for (const row of rows) {
    const message: ResultMessage | undefined = last.get(`${cut}|${row.start.getTime()}|${row.key}`);
    expect(message).toEqual(JSON.parse(row.message));
    expect(message).toMatchObject({ cut, revision: row.revision, final: row.final });
    if (message) published.set(`${row.start.toISOString()} ${row.key}`, message);
  }
  for (const [key, { onTime, isLate }] of stored) {
    const message = published.get(key);
    // A window to which everything came too late was never published.
    if (message === undefined && isLate) expect(onTime, `${cut} ${key}`).toEqual(empty);
    else expect(message?.values, `${cut} ${key}`).toEqual(onTime);
    const label = labels.get(key);
    if (message && label) expect(message.labels).toEqual(label);
  }
}
