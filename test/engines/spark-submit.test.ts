// Programs on Spark: what they say, what nobody else sees of them, and that nothing of them is left when they end.

import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SparkSettings } from '../../src/core/engine-settings.js';
import { lastCause } from '../../src/engines/spark/cause.js';
import { runSparkSql } from '../../src/engines/spark/run-sql.js';
import { describeWithSpark, localSpark, sparkInstallTimeoutMs } from '../support/spark.js';

describe('the cause of a failure', () => {
  it('is the innermost one, without the names of classes', () => {
    const trace = [
      'org.apache.spark.SparkException: Job aborted.',
      '\tat org.apache.spark.Job.run(Job.scala:1)',
      'Caused by: java.lang.RuntimeException: outer',
      'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "x"',
      '\tat org.postgresql.Driver.connect(Driver.java:1)',
    ].join('\n');
    expect(lastCause(trace)).toBe('FATAL: password authentication failed for user "x".');
    expect(lastCause('[TABLE_OR_VIEW_NOT_FOUND] There is no table t; line 1 pos 2')).toBe(
      '[TABLE_OR_VIEW_NOT_FOUND] There is no table t; line 1 pos 2.',
    );
    expect(lastCause('WARN NativeCodeLoader: something')).toBeNull();
  });
});

const password = 'not to be seen by anybody';
const databaseUrl = `postgresql://somebody:${encodeURIComponent(password)}@127.0.0.1:1/none`;

/** The processes, other than this one, whose command or environment has the text. */
async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const told = await Promise.all(
    ids.map(async (id) => {
      const parts = ['cmdline', 'environ'].map((part) =>
        readFile(`/proc/${id}/${part}`, 'utf8').catch(() => ''),
      );
      return (await Promise.all(parts)).some((part) => part.includes(text)) ? [id] : [];
    }),
  );
  return told.flat();
}

async function folders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('flywheel-spark-'));
}

describeWithSpark('statements on Spark', () => {
  let spark: SparkSettings;
  beforeAll(async () => {
    spark = await localSpark();
  }, sparkInstallTimeoutMs);

  it('give rows, show nobody the password, and are gone once they are cancelled', async () => {
    const before = await folders();
    const cancelling = new AbortController();
    const rows: string[][] = [];
    const seen: { own?: string[]; password?: string[] } = {};
    const looked: Promise<void>[] = [];
    const look = async () => {
      const [folder = 'none'] = (await folders()).filter((name) => !before.includes(name));
      seen.own = await processesWith(folder);
      seen.password = await processesWith(password);
      cancelling.abort();
    };
    const statements = [
      "SELECT 1.50, 'a;b', CAST(NULL AS INT)",
      'SELECT max(hash(id)) FROM range(1000000000000)',
    ];
    const running = runSparkSql(spark, {
      title: 'a test',
      statements,
      databaseUrl,
      signal: cancelling.signal,
      onRow: (row) => rows.push([...row]),
      onDone: () => looked.push(look()),
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    await Promise.all(looked);
    expect(rows).toEqual([['1.50', 'a;b', 'NULL']]);
    expect(seen.own?.length).toBeGreaterThan(0);
    expect(seen.password).toEqual([]);
    const ours = seen.own ?? [];
    await expect
      .poll(async () => (await readdir('/proc')).filter((id) => ours.includes(id)), { timeout: 20_000 })
      .toEqual([]);
  }, 600_000);

  it('are refused where Spark or the driver is not', async () => {
    const job = { title: 'a test', statements: ['SELECT 1'], databaseUrl };
    await expect(runSparkSql({ ...spark, home: '/nowhere' }, job)).rejects.toThrow(
      /^There is no Spark in \/nowhere/,
    );
    await expect(runSparkSql({ ...spark, jars: [] }, job)).rejects.toThrow(/name its file .* in SPARK_JARS/);
  });
});
