// Batches over history: days rolled up, and windows that had late events, by Spark and by PostgreSQL.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SparkSettings } from '../../src/core/engine-settings.js';
import { openScope } from '../../src/core/scope.js';
import type { BatchDeps } from '../../src/engines/batches/batch-contract.js';
import { readBatchRequest, runBatch } from '../../src/engines/batches/run-batch.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { expectLaw } from '../pipeline/live-law.js';
import { openLiveShop } from '../pipeline/live-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { describeWithSpark, localSpark, sparkInstallTimeoutMs } from '../support/spark.js';
import { describeWhenAsked } from '../support/when-asked.js';

let database: TestDatabase;
beforeEach(async () => {
  await database?.close();
  database = await createTestDatabase({ statementTimeoutMs: 60_000 });
});
afterAll(() => database?.close());

async function run(
  spark: SparkSettings | undefined,
  options: Readonly<Record<string, unknown>>,
  more: Partial<BatchDeps> = {},
) {
  const deps: BatchDeps = { database, databaseUrl: database.url, spark, flinkKeepsWindows: false, ...more };
  const call = { holder: 'a test', signal: new AbortController().signal };
  return runBatch(deps, readBatchRequest(options), call);
}

const rollUp = { batch: 'rollups', metrics: ['REVENUE', 'UNITS', 'RETURNS', 'EVENTS'], by: ['PRODUCT'] };

/** Everything that was rolled up for a source, as text. */
async function rolledUp(source: string): Promise<string[]> {
  const rows = await database.prisma.dailyRollup.findMany({ where: { source } });
  return rows
    .map(({ metric, cut, key, day, value }) => `${metric} ${cut} ${key} ${day.toISOString()} ${value}`)
    .sort();
}

/** A shop with sales of two years, and with events of a few days. */
async function fillHistory(): Promise<void> {
  await fillSmallShop(database.pool);
  await database.pool.query(`INSERT INTO fact_event (source, event_id, type, product_id, occurred_at)
    SELECT 'test', n, 'view', CASE WHEN n % 5 > 0 THEN 1 + n % 7 END, timestamptz '2023-03-01' + n * interval '7 hours'
    FROM generate_series(1, 50) AS n`);
}

describe('days rolled up by PostgreSQL', () => {
  it('are what reports by day say, and add up to reports of everything', async () => {
    await fillHistory();
    const first = await run(undefined, { ...rollUp, engine: 'postgres' });
    expect(await run(undefined, { ...rollUp, engine: 'postgres' })).toEqual({ rows: first.rows, changed: 0 });
    expect(first.changed).toBe(first.rows);
    const reports = createReports({ database, catalogue, definitions });
    const rolled = await reports.report({ metrics: ['ROLLED_UP'], by: ['ROLLED_METRIC'] }, openScope);
    const { totals } = await reports.report({ metrics: ['REVENUE', 'UNITS', 'RETURNS'] }, openScope);
    const values = new Map(rolled.rows.map(({ keys, values: [value] }) => [keys[0]?.value, value?.value]));
    for (const { metric, value } of totals) expect(values.get(metric)).toBe(value);
    expect(values.get('EVENTS')).toBe('50');
    await database.pool.query('DELETE FROM fact_event');
    expect(await run(undefined, { ...rollUp, engine: 'postgres' })).toMatchObject({
      changed: first.rows - (await rolledUp('warehouse')).length,
    });
  });

  it('refuses by name what does not add up, and files', async () => {
    const refusal = (options: object) =>
      expect(run(undefined, { ...rollUp, engine: 'postgres', ...options })).rejects;
    await refusal({ metrics: ['REVENUE', 'ORDERS'] }).toThrow(/^ORDERS cannot be rolled up/);
    await refusal({ metrics: ['RETURN_RATE'] }).toThrow(/^RETURN_RATE cannot be rolled up/);
    await refusal({ metrics: ['PURCHASE_TOTAL'] }).toThrow(/^PURCHASE_TOTAL cannot be rolled up/);
    await refusal({ metrics: ['PROFIT'] }).toThrow(/“PROFIT” is not a metric/);
    await refusal({ by: ['DEVICE'] }).toThrow(/cannot be cut by DEVICE/);
    await refusal({ from: '.' }).toThrow(/take --engine spark/);
  });
});

const hourMs = 3_600_000;
const day = new Date(Date.now() - 48 * hourMs).toISOString().slice(0, 10);
const baseMs = Date.parse(`${day}T12:00:00Z`);

/** Events of a day of which some came too late for their windows. */
async function feedLate() {
  const shop = await openLiveShop(database, { latenessMs: 2_000, graceMs: 20_000 });
  const click = (user: number, afterMs: number, event = 'click') => ({
    user_id: user,
    event,
    item_id: user % 3 === 0 ? null : `"${user}"`,
    timestamp: new Date(baseMs + afterMs).toISOString(),
  });
  for (const [place, afterMs] of [0, 30_000, 95_000, 400_000, 26 * hourMs].entries()) {
    await shop.feed(0, [click(place, afterMs, 'view'), click(place + 1, afterMs)]);
    await shop.look();
  }
  await shop.feed(0, [click(7, 10_000), click(3, 20_000, 'view'), click(8, 3 * hourMs)]);
  await shop.look();
  return shop;
}

/** What stands beside windows, without those of seconds, which are kept for an hour only. */
async function latePartials(): Promise<number> {
  const { rows } = await database.pool.query(
    "SELECT FROM live_partial WHERE late AND split_part(cut, '/', 2) <> 'SECOND'",
  );
  return rows.length;
}

async function expectRecomputed(
  spark: SparkSettings | undefined,
  engine: 'spark' | 'postgres',
): Promise<void> {
  const shop = await feedLate();
  expect(await latePartials()).toBeGreaterThan(0);
  const first = async () =>
    (await shop.messages('Event/MINUTE/'))
      .filter(({ start }) => start === new Date(baseMs).toISOString())
      .at(-1);
  const before = await first();
  const options = { batch: 'recompute-day', engine, day };
  expect((await run(spark, options)).changed).toBeGreaterThan(0);
  expect(await latePartials()).toBe(0);
  await shop.look();
  await expectLaw(database);
  const after = await first();
  expect(after).toMatchObject({ final: true, revision: (before?.revision ?? 0) + 1 });
  expect(Number(after?.values.EVENTS)).toBe(Number(before?.values.EVENTS) + 2);
  const count = (await shop.messages('Event/MINUTE/')).length;
  expect(await run(spark, options)).toEqual({ rows: 0, changed: 0 });
  await shop.look();
  expect(await shop.messages('Event/MINUTE/')).toHaveLength(count);
}

describe('a day with late events, recomputed by PostgreSQL', () => {
  it('is as if nothing had been late, and is published once more', async () => {
    await expectRecomputed(undefined, 'postgres');
  });

  it('is left to Flink where Flink keeps the windows', async () => {
    const options = { batch: 'recompute-day', engine: 'postgres', day };
    await expect(run(undefined, options, { flinkKeepsWindows: true })).rejects.toThrow(
      /^Flink keeps the live windows/,
    );
  });
});

describeWhenAsked(describeWithSpark, 'history on Spark', () => {
  let spark: SparkSettings;
  let folder: string;
  beforeAll(async () => {
    spark = await localSpark();
    folder = await mkdtemp(join(tmpdir(), 'flywheel-history-'));
  }, sparkInstallTimeoutMs);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('rolls up what PostgreSQL rolls up, from the warehouse and from files', async () => {
    await fillHistory();
    await run(undefined, { ...rollUp, engine: 'postgres', source: 'by PostgreSQL' });
    await run(spark, { ...rollUp, engine: 'spark', source: 'by Spark' });
    const expected = await rolledUp('by PostgreSQL');
    expect(await rolledUp('by Spark')).toEqual(expected);
    const { rows } = await database.pool.query<{ line: string }>(
      "SELECT concat_ws(',', quantity, product_id, kind, amount, to_char(sold_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS'), date_id) AS line FROM fact_sales",
    );
    const header = 'quantity,product_id,kind,amount,sold_at,date_id';
    await writeFile(join(folder, 'sales.csv'), [header, ...rows.map(({ line }) => line)].join('\n'));
    const ofSales = { ...rollUp, metrics: ['REVENUE', 'UNITS', 'RETURNS'] };
    await run(spark, { ...ofSales, engine: 'spark', from: folder, source: 'of files' });
    expect(await rolledUp('of files')).toEqual(expected.filter((line) => !line.startsWith('EVENTS')));
  }, 900_000);

  it('recomputes the windows of a day as PostgreSQL does', async () => {
    await expectRecomputed(spark, 'spark');
  }, 900_000);
});
