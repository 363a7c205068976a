// What every customer bought in all: by Spark and by PostgreSQL, from the warehouse and from files, equal to the cent.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SparkSettings } from '../../src/core/engine-settings.js';
import { openScope } from '../../src/core/scope.js';
import type { BatchDeps } from '../../src/engines/batches/batch-contract.js';
import { readBatchRequest, runBatch } from '../../src/engines/batches/run-batch.js';
import { runSparkSql } from '../../src/engines/spark/run-sql.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { cancelBatchRun, readBatchRuns } from '../../src/warehouse/batches/batch-runs.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { describeWithSpark, localSpark, sparkInstallTimeoutMs } from '../support/spark.js';

// Names with quotes and line breaks in them, amounts that round, guests, times of several forms, orders of several lines.
/** What Spark would take for a variable, a comment and the end of a statement. */
const oddCode = ["O'Brien $", '{x}; --'].join('');

const lines = [
  'user_id,purchase_amount,at,order,note',
  '17850.0,15.30,2010-12-01 08:26:00,A1,"a ""quoted"", note"',
  '17850,20.34,2010-12-01T08:26:00Z,A1,',
  ' 17850 ,-5.10,2011-01-03 10:00:00.500,A2,',
  ',9.99,2010-12-05,G1,',
  `"${oddCode}",0.0000005,2011-02-28 23:59:59+01:00,B1,`,
  `"${oddCode}",0.0000004,2011-03-01,B2,`,
  'Zoë,1e3,2011-03-27 01:30:00,C1,',
  'Zoë,.10,,,',
].join('\n');

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase({ statementTimeoutMs: 60_000 });
  await fillSmallShop(database.pool);
  folder = await mkdtemp(join(tmpdir(), 'flywheel-batch-'));
  await writeFile(join(folder, 'a.csv'), lines);
  const many = Array.from({ length: 20_000 }, (_, index) => `u${index % 997},${(index % 1_000) / 100},,,`);
  await writeFile(
    join(folder, 'b.csv.gz'),
    gzipSync(['user_id,purchase_amount,at,order,note', ...many].join('\n')),
  );
  await writeFile(join(folder, 'readme.txt'), 'not a table');
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const ended = new AbortController().signal;
const withTimes = { timeColumn: 'at', orderColumn: 'order' };

async function run(
  spark: SparkSettings | undefined,
  options: Readonly<Record<string, unknown>>,
  signal = ended,
) {
  const deps: BatchDeps = { database, databaseUrl: database.url, spark, flinkKeepsWindows: false };
  const request = readBatchRequest({ batch: 'customers', ...options });
  return runBatch(deps, request, { holder: 'a test', signal });
}

/** All that was found of a source but the ids and the moments of the runs. */
async function found(source: string) {
  const rows = await database.prisma.customerPurchases.findMany({
    where: { source },
    orderBy: { code: 'asc' },
  });
  return rows.map(({ id: _id, source: _source, computedAt: _at, asOf: _asOf, ...row }) => row);
}

async function stages(): Promise<number> {
  const { rows } = await database.pool.query("SELECT FROM pg_tables WHERE tablename LIKE 'batch%stage%'");
  return rows.length;
}

describe('purchases of customers by PostgreSQL', () => {
  it('sums up files that never enter the warehouse, and shows them in reports', async () => {
    expect(await run(undefined, { engine: 'postgres', from: folder, source: 'here', ...withTimes })).toEqual({
      rows: 1_001,
      changed: 1_001,
    });
    const rows = await found('here');
    expect(rows.find(({ code }) => code === '17850')).toMatchObject({
      orders: 2n,
      firstPurchase: new Date('2010-12-01T08:26:00Z'),
      lastPurchase: new Date('2011-01-03T10:00:00.500Z'),
      recencyDays: 82,
    });
    const report = await createReports({ database, catalogue, definitions }).report(
      { metrics: ['PURCHASE_TOTAL', 'PURCHASE_ORDERS', 'BUYERS'], by: ['CUSTOMER', 'SOURCE'] },
      openScope,
    );
    const totals = new Map(report.rows.map(({ keys, values }) => [keys[0]?.value, values[0]?.value]));
    expect(totals.get('17850')).toBe('30.54');
    expect(totals.get(oddCode)).toBe('0.000001');
    expect(totals.get('Zoë')).toBe('1000.1');
    expect(totals.get(null)).toBe('9.99');
    expect(report.totals.map(({ value }) => value).slice(1)).toEqual(['20007', '1000']);
  });

  it('changes nothing when it runs again, and takes away what is no longer there', async () => {
    const options = { engine: 'postgres', from: folder, source: 'again' };
    await run(undefined, options);
    const before = await database.prisma.customerPurchases.findMany({ where: { source: 'again' } });
    expect(await run(undefined, options)).toEqual({ rows: 1_001, changed: 0 });
    expect(await database.prisma.customerPurchases.findMany({ where: { source: 'again' } })).toEqual(before);
    expect(await run(undefined, { ...options, from: join(folder, 'a.csv') })).toMatchObject({ rows: 4 });
    expect(await found('again')).toHaveLength(4);
  });

  it('keeps what is known when the files hold nothing', async () => {
    const options = { engine: 'postgres', source: 'kept', ...withTimes };
    await run(undefined, { ...options, from: join(folder, 'a.csv') });
    const before = await found('kept');
    const empty = join(folder, 'empty.table');
    await writeFile(empty, 'user_id,purchase_amount,at,order\n');
    await expect(run(undefined, { ...options, from: empty, format: 'csv' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('the 4 that are known of the source kept would be taken away'),
    });
    expect(await found('kept')).toEqual(before);
    const fresh = { ...options, source: 'never seen', from: empty, format: 'csv' };
    expect(await run(undefined, fresh)).toEqual({ rows: 0, changed: 0 });
    const asked = { ...options, from: empty, format: 'csv', allowEmpty: true };
    expect(await run(undefined, asked)).toEqual({ rows: 0, changed: 4 });
  });

  it('agrees with the reports of the sales', async () => {
    await run(undefined, { engine: 'postgres' });
    const reports = createReports({ database, catalogue, definitions });
    const of = async (metric: string) =>
      new Map(
        (
          await reports.report(
            {
              metrics: [metric],
              by: ['CUSTOMER'],
              filter:
                metric === 'REVENUE'
                  ? null
                  : { op: 'compare', field: 'source', operator: 'equals', value: 'warehouse' },
            },
            openScope,
          )
        ).rows.map(({ keys, values }) => [keys[0]?.value, values[0]?.value]),
      );
    expect(await of('PURCHASE_TOTAL')).toEqual(await of('REVENUE'));
  });

  it('refuses what it cannot read, in a sentence, and leaves nothing behind', async () => {
    await writeFile(join(folder, 'wrong.txt'), 'user_id,purchase_amount\n1,2.5\n2,much\n');
    await writeFile(join(folder, 'x.parquet'), 'PAR1');
    const refusal = (options: Readonly<Record<string, unknown>>) =>
      expect(run(undefined, { engine: 'postgres', ...options })).rejects;
    await refusal({ from: join(folder, 'wrong.txt'), format: 'csv' }).toThrow(
      /^Line 3 of .* has the amount “much”/,
    );
    await refusal({ from: join(folder, 'x.parquet') }).toThrow(/is Parquet, which PostgreSQL cannot read/);
    await refusal({ from: folder }).toThrow(/has CSV and Parquet files/);
    await refusal({ from: join(folder, 'a.csv'), amountColumn: 'amount' }).toThrow(/has no column "amount"/);
    await refusal({ from: join(folder, 'none') }).toThrow(/There is no file or folder/);
    await refusal({ amuont: 1 }).toThrow('amuont is nothing that the batch can be told.');
    await expect(run(undefined, { engine: 'spark' })).rejects.toThrow('set SPARK_HOME');
    await rm(join(folder, 'x.parquet'));
    expect(await stages()).toBe(0);
  });
});

describeWithSpark('purchases of customers by Spark', () => {
  let spark: SparkSettings;
  beforeAll(async () => {
    spark = await localSpark();
  }, sparkInstallTimeoutMs);

  it('finds what PostgreSQL finds in the same files, to the last digit, also when it runs again', async () => {
    await run(undefined, { engine: 'postgres', from: folder, source: 'by PostgreSQL', ...withTimes });
    const options = { engine: 'spark', from: folder, source: 'by Spark', ...withTimes };
    expect(await run(spark, options)).toEqual({ rows: 1_001, changed: 1_001 });
    expect(await found('by Spark')).toEqual(await found('by PostgreSQL'));
    expect(await run(spark, options)).toEqual({ rows: 1_001, changed: 0 });
    expect(await stages()).toBe(0);
  }, 600_000);

  it('finds in the warehouse what PostgreSQL finds there', async () => {
    await run(undefined, { engine: 'postgres', source: 'sales by PostgreSQL' });
    await run(spark, { engine: 'spark', source: 'sales by Spark' });
    expect(await found('sales by Spark')).toEqual(await found('sales by PostgreSQL'));
  }, 600_000);

  it('reads Parquet, whatever its columns are made of', async () => {
    const place = join(folder, 'parquet');
    const columns =
      'CAST(user_id AS DOUBLE) AS user_id, CAST(amount AS DECIMAL(12, 2)) AS purchase_amount, at';
    const rows =
      "VALUES (17850, 15.30, TIMESTAMP '2010-12-01 08:26:00'), (12345678, 1.10, NULL), (17850, 0.05, NULL) AS t (user_id, amount, at)";
    await runSparkSql(spark, {
      title: 'a file of a test',
      statements: [`INSERT OVERWRITE DIRECTORY '${place}' USING parquet SELECT ${columns} FROM ${rows}`],
    });
    await run(spark, { engine: 'spark', from: place, source: 'parquet', timeColumn: 'at' });
    expect(
      (await found('parquet')).map(({ code, total, orders }) => [code, total.toString(), orders]),
    ).toEqual([
      ['12345678', '1.1', 1n],
      ['17850', '15.35', 2n],
    ]);
  }, 600_000);

  it('says in a sentence what Spark ran into, and leaves nothing behind', async () => {
    const wrong = join(folder, 'wrong.txt');
    await expect(run(spark, { engine: 'spark', from: wrong, format: 'csv' })).rejects.toThrow(
      /Spark could not finish the batch customers .*'much'/,
    );
    const [last] = await readBatchRuns(database, { name: 'customers', first: 1 });
    expect(last).toMatchObject({ state: 'failed', engine: 'spark' });
    expect(await stages()).toBe(0);
  }, 600_000);

  it('ends when it is told to, and the next run goes on as if it had never been', async () => {
    const running = run(spark, { engine: 'spark' });
    const ended = expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => cancelBatchRun(database, 'customers'), { timeout: 20_000 }).toBeDefined();
    await ended;
    const [last] = await readBatchRuns(database, { name: 'customers', first: 1 });
    expect(last).toMatchObject({ state: 'cancelled' });
    expect(await stages()).toBe(0);
    expect(await run(undefined, { engine: 'postgres' })).toMatchObject({ changed: 0 });
  }, 600_000);
});
