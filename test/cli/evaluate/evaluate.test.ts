// `flywheel evaluate` as a person meets it: figures for good files, sentences for bad ones.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../support/evaluate-command.js';
import { describeWithSharedFile } from '../../support/shared-data.js';
import { readWeeklyUnits, scoreWeeklyUnits } from '../../support/weekly-units.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flywheel-evaluate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function evaluate(...words: readonly string[]): Promise<string> {
  return (await runEvaluate(...words)).join('\n');
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('evaluate forecasting', () => {
  const series = [
    { id: 'a', train: [200, 220, 240, 260, 250, 300, 320, 340, 360], test: [380, 400, 420] },
    { id: 2, train: [1, 0, 2, 0, 1, 3, 0, 1, 2, 2, 0, 1], test: [1, 1, 2, 0] },
  ];
  const forecasting = (path: string, ...words: readonly string[]) =>
    evaluate('forecasting', '--series', path, ...words);

  it('prints one JSON object', async () => {
    const path = await fileOf('series.json', JSON.stringify(series));
    const printed = await forecasting(path, '--horizon', '3', '--method', 'naive', '--json');
    const figures = JSON.parse(printed);
    // By hand: errors 20, 40, 60 and 0, 0, 1 of the last values 360 and 1.
    const smape = (200 * (20 / 740 + 40 / 760 + 60 / 780)) / 3;
    expect(figures.smape).toBeCloseTo((smape + (200 * (1 / 3)) / 3) / 2, 3);
    expect(figures).toMatchObject({
      service: 'forecasting',
      method: 'naive',
      series: 2,
      horizon: 3,
      season: 1,
      owa: 1,
    });
    expect(figures.coverage).toBeGreaterThan(0);
  });

  it('prints lines without --json', async () => {
    const path = await fileOf('series.json', JSON.stringify(series));
    expect(await forecasting(path, '--horizon', '1')).toMatch(/^service +forecasting\nmethod +auto\n/);
  });

  it('says what is wrong with a file, a split or an option', async () => {
    const good = await fileOf('series.json', JSON.stringify(series));
    await expect(forecasting(join(folder, 'none.json'), '--horizon', '1')).rejects.toThrow('cannot be read');
    await expect(forecasting(await fileOf('a.json', '{'), '--horizon', '1')).rejects.toThrow(
      'not valid JSON',
    );
    await expect(forecasting(await fileOf('b.json', '[]'), '--horizon', '1')).rejects.toThrow(
      'at least one series',
    );
    const bad = await fileOf('c.json', '[{"id": 1, "train": [1, "x"], "test": []}]');
    await expect(forecasting(bad, '--horizon', '1')).rejects.toThrow('0.train.1');
    await expect(forecasting(good, '--horizon', '4')).rejects.toThrow('The series a has 3 test values');
    await expect(forecasting(good, '--horizon', '1', '--method', 'guess')).rejects.toThrow('Allowed choices');
    await expect(forecasting(good, '--horizon', '1', '--level', '100')).rejects.toThrow('percentage');
    await expect(forecasting(good)).rejects.toThrow('--horizon');
  });
});

describe('evaluate segmentation', () => {
  const five = 'customer,frequency,spend,days\n1,5,500,10\n2,2,100,40\n3,10,1200,5\n4,1,50,90\n5,4,300,20\n';
  const segmentation = (path: string, ...words: readonly string[]) =>
    evaluate('segmentation', '--features', path, ...words);

  it('finds the groups of five customers, unscaled and standardised', async () => {
    const path = await fileOf('five.csv', five);
    const unscaled = JSON.parse(await segmentation(path, '--k', '3', '--scaling', 'none', '--json'));
    expect(unscaled).toMatchObject({
      features: ['frequency', 'spend', 'days'],
      k: 3,
      sizes: [2, 2, 1],
      centres: [
        [1.5, 75, 65],
        [4.5, 400, 15],
        [10, 1200, 5],
      ],
    });
    expect(unscaled.inertia).toBeCloseTo(22_551, 8);
    const standardised = JSON.parse(await segmentation(path, '--k', '3', '--scaling', 'standard', '--json'));
    expect(standardised.inertia).toBeCloseTo(1.42322928, 8);
  });

  it('takes the columns that are named, and chooses k', async () => {
    const path = await fileOf('five.csv', five);
    const figures = JSON.parse(await segmentation(path, '--columns', 'days, spend', '--json'));
    expect(figures.features).toEqual(['days', 'spend']);
    expect(figures.candidates.map(({ clusters }: { clusters: number }) => clusters)).toEqual([3, 4]);
  });

  it('says what is wrong with a file, a column or k', async () => {
    const good = await fileOf('five.csv', five);
    await expect(segmentation(join(folder, 'none.csv'))).rejects.toThrow('There is no file');
    await expect(segmentation(await fileOf('head.csv', 'a,b\n'))).rejects.toThrow('has no row');
    await expect(segmentation(await fileOf('odd.csv', 'a,b\n1,2\n3\n'))).rejects.toThrow('Line 3');
    await expect(segmentation(await fileOf('text.csv', 'a,b\n1,2\n3,x\n'))).rejects.toThrow(
      /Line 3 of .*text.csv has "x" as b/,
    );
    await expect(segmentation(await fileOf('id.csv', 'id\n1\n'))).rejects.toThrow('no column of features');
    await expect(segmentation(good, '--columns', 'spent')).rejects.toThrow('Did you mean "spend"?');
    await expect(segmentation(good, '--k', '6')).rejects.toThrow('cannot make 6 groups');
    await expect(segmentation(good, '--k', '0')).rejects.toThrow('whole number');
  });
});

describeWithSharedFile('reference/rfm.csv', 'evaluate segmentation of 4,339 customers', (path) => {
  it('finds the four groups of the reference', async () => {
    const figures = JSON.parse(await evaluate('segmentation', '--features', path, '--k', '4', '--json'));
    expect(figures.rows).toBe(4_339);
    expect(figures.inertia).toBeLessThan(4_111.3037 * 1.0005);
    expect(figures.silhouette).toBeCloseTo(0.3314, 2);
    // Close optima differ in a few dozen customers, so that sizes are compared loosely.
    [727, 900, 1_188, 1_524].forEach((size, cluster) => {
      expect(Math.abs(figures.sizes[cluster] - size)).toBeLessThan(80);
    });
  });
});

describeWithSharedFile('reference/weekly_units.json', 'evaluate forecasting of weekly units', (path) => {
  it('gives the figures of the reference protocol', async () => {
    const units = readWeeklyUnits(path);
    const series = units.map((weeks, id) => ({ id, train: weeks.slice(0, 43), test: weeks.slice(43) }));
    const file = await fileOf('weeks.json', JSON.stringify(series));
    const figures = JSON.parse(
      await evaluate('forecasting', '--series', file, '--horizon', '8', '--method', 'ses', '--json'),
    );
    const direct = scoreWeeklyUnits(units, 43, 'ses');
    expect(figures.series).toBe(200);
    expect(figures.smape).toBeCloseTo(direct.smape, 3);
    expect(figures.mase).toBeCloseTo(direct.mase, 4);
    expect(figures.coverage).toBeCloseTo(direct.coverage, 5);
  });
});
