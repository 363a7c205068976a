// What batches are given: files as both engines find them, times as both read them, and what is refused in a sentence.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInputFiles } from '../../src/engines/batches/input-files.js';
import { readPurchaseLines } from '../../src/engines/batches/purchase-lines.js';
import { readBatchRequest } from '../../src/engines/batches/run-batch.js';
import { sparkViewOfFiles } from '../../src/metrics/emit-spark-purchases.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flywheel inputs '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the files of a folder', () => {
  it('are those that Spark finds: whatever their case, through links, and none in hidden folders', async () => {
    const place = join(folder, 'sales');
    for (const name of ['', 'north', '_temporary', '.old']) await mkdir(join(place, name));
    for (const name of ['a.csv', 'B.CSV', 'north/c.csv', '_temporary/d.csv', '.old/e.csv', '_f.csv', 'g.txt'])
      await writeFile(join(place, name), 'user_id,purchase_amount\n');
    await writeFile(join(folder, 'elsewhere'), 'user_id,purchase_amount\n');
    await symlink(join(folder, 'elsewhere'), join(place, 'h.csv'));
    await symlink(join(folder, 'nowhere'), join(place, 'i.csv'));
    const { files, path } = await findInputFiles('postgres', { from: place });
    expect(files.map((file) => relative(place, file))).toEqual(['B.CSV', 'a.csv', 'h.csv', 'north/c.csv']);
    const view = sparkViewOfFiles('lines', { format: 'csv', path, isFolder: true, delimiter: ',' });
    expect(view).toContain("pathGlobFilter '*.{[cC][sS][vV],[cC][sS][vV].[gG][zZ]}'");
  });

  it('have no address with a password in it', async () => {
    const from = 's3a://reader:secret@bucket/sales.csv';
    const refusal = findInputFiles('spark', { from });
    await expect(refusal).rejects.toThrow('has a password in it');
    await expect(refusal).rejects.not.toThrow('secret');
    const container = 'abfss://sales@account.example.com/2026.csv';
    expect((await findInputFiles('spark', { from: container })).path).toBe(container);
  });
});

describe('the times of lines', () => {
  const timesOf = async (time: string) => {
    const file = join(folder, 'times.csv');
    await writeFile(file, `\ufeffuser_id,purchase_amount,at\r\n1,2.50,${time}\r\n`);
    const columns = {
      customerColumn: 'user_id',
      amountColumn: 'purchase_amount',
      timeColumn: 'at',
      delimiter: ',',
    };
    const times: (string | null)[] = [];
    for await (const { lines } of readPurchaseLines(file, columns)) times.push(...lines.map(({ at }) => at));
    return times;
  };

  it.each(['2026-11-27', '2026-11-27 23:59', '2024-02-29T00:00:00.123456Z', '2026-11-27 08:30:00+05:30', ''])(
    'are read: “%s”',
    async (time) => expect(await timesOf(time)).toEqual([time === '' ? null : time]),
  );

  // Each is one that PostgreSQL or Spark alone would take, or take for another time.
  it.each([
    '2026-11-27 24:00',
    '2026-11-27 08:30:60',
    '2026-11-27 08:75',
    '2026-11-27 08:30+19:00',
    '2026-11',
    '08:30',
    '2026-02-30',
    '0000-01-01',
    '2026-11-27 08:30 Europe/Paris',
  ])('are refused with their line: “%s”', (time) =>
    expect(timesOf(time)).rejects.toThrow(/^Line 2 of .*has the time .*is not written like/),
  );
});

describe('what a batch is told', () => {
  const refusalOf = (asked: Record<string, unknown>) => {
    try {
      return JSON.stringify(readBatchRequest({ engine: 'postgres', ...asked }));
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };

  it('is refused in words', () => {
    expect(refusalOf({ batch: 'rollups' })).toBe('metrics must name 1 to 50 metrics, such as REVENUE.');
    for (const delimiter of ['', ', ', '"', '\n'])
      expect(refusalOf({ batch: 'customers', delimiter })).toMatch(/^delimiter must be one character/);
    expect(refusalOf({ batch: 'recompute-day', day: '2026-02-30' })).toMatch(/^day must be a day/);
  });

  it('may be a tab as it can be typed', () => {
    expect(readBatchRequest({ batch: 'customers', engine: 'postgres', delimiter: '\\t' })).toMatchObject({
      delimiter: '\t',
    });
  });
});
