// `flywheel evaluate recommendation` and `learning` as a person meets them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rankingMethods } from '../../../src/cli/evaluate/ranking-methods.js';
import { createRandom } from '../../../src/core/random.js';
import { runEvaluate } from '../../support/evaluate-command.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flywheel-evaluate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The one JSON object that the command printed. */
async function evaluate(...words: readonly string[]): Promise<Record<string, unknown>> {
  const printed = await runEvaluate(...words, '--json');
  expect(printed).toHaveLength(1);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(printed[0] ?? ''));
}

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** 90 users of three tastes, each of which buys among ten items over 120 days. */
function shop(): { readonly train: string[]; readonly test: string[] } {
  const random = createRandom('shop');
  const rows = Array.from({ length: 2400 }, (_, at) => {
    const user = random.integer(90);
    const item = (user % 3) * 10 + random.integer(10);
    const day = Math.floor(at / 20);
    return { user, item, day, at: new Date(Date.UTC(2024, 0, 1 + day, 12)).toISOString() };
  });
  const header = 'user,item,time';
  const lines = (from: number, to: number) =>
    rows.filter(({ day }) => day >= from && day < to).map(({ user, item, at }) => `u${user},i${item},${at}`);
  return { train: [header, ...lines(0, 60)], test: [header, ...lines(60, 120)] };
}

describe('evaluate recommendation', () => {
  it.each(rankingMethods)('measures %s', async (method) => {
    const { train, test } = shop();
    const items = [
      'item,name',
      ...Array.from({ length: 30 }, (_, at) => `i${at},taste${Math.floor(at / 10)} thing${at}`),
    ];
    const figures = await evaluate(
      'recommendation',
      '--train',
      await fileOf('train.csv', train),
      '--test',
      await fileOf('test.csv', test),
      '--items',
      await fileOf('items.csv', items),
      '--method',
      method,
      '--k',
      '5',
    );
    expect(figures).toMatchObject({ service: 'recommendation', method, k: 5, users: 90, items: 30 });
    const quality = z
      .object({ ndcg: z.number(), recall: z.number(), coverage: z.number(), secondsToTrain: z.number() })
      .parse(figures);
    // AUTO chooses before it fits; the others are told.
    const choosing = z.object({ secondsToChoose: z.number() }).parse(figures).secondsToChoose;
    if (method === 'auto') expect(choosing).toBeGreaterThan(0);
    else expect(choosing).toBe(0);
    expect(choosing).toBeLessThanOrEqual(quality.secondsToTrain);
    // One in three is of the right taste; popularity cannot know which.
    if (method === 'popularity') expect(quality.ndcg).toBeLessThan(0.5);
    else expect(quality.ndcg).toBeGreaterThan(0.5);
  });

  it('knows two hits of three by hand', async () => {
    const figures = await evaluate(
      'recommendation',
      '--train',
      await fileOf('train.csv', ['user,item', 'a,1', 'b,1', 'b,2', 'c,1', 'c,2', 'c,3', 'd,4']),
      '--test',
      await fileOf('test.csv', ['user,item', 'a,2', 'a,4', 'a,1', 'x,2', 'd,9']),
      '--method',
      'popularity',
      '--k',
      '2',
    );
    // The list of a is 2 (two users), 3 (one; before 4 by its code).
    expect(figures).toMatchObject({
      testUsers: 1,
      testPairs: 2,
      recall: 0.5,
      precision: 0.5,
      map: 0.5,
      coverage: 0.5,
    });
    expect(figures.ndcg).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  });

  it('measures predicted ratings, better than the mean', async () => {
    const random = createRandom('ratings');
    const row = () => {
      const [user, item] = [random.integer(40), random.integer(25)];
      return `u${user},i${item},${Math.min(5, Math.max(1, 3 + (user % 3) - 1 + (item % 5) / 2 - 1))}`;
    };
    const rows = (count: number) => ['user,item,value', ...Array.from({ length: count }, row)];
    const files = [
      '--train',
      await fileOf('train.csv', rows(600)),
      '--test',
      await fileOf('test.csv', rows(100)),
    ];
    const figures = z
      .object({ rmse: z.number(), mae: z.number(), rmseOfMean: z.number(), testRatings: z.literal(100) })
      .parse(await evaluate('recommendation', ...files, '--task', 'rating', '--method', 'nmf'));
    expect(figures.rmse).toBeLessThan(figures.rmseOfMean / 3);
    expect(figures.mae).toBeLessThanOrEqual(figures.rmse);
    await expect(
      evaluate('recommendation', ...files, '--task', 'rating', '--method', 'ease'),
    ).rejects.toThrow('--method nmf');
  });

  it('says what is wrong', async () => {
    const train = await fileOf('train.csv', ['user,item,time', 'a,1,2024-01-01', 'a,2,2024-01-02']);
    const run = (...words: string[]) => evaluate('recommendation', '--train', train, ...words);
    await expect(run('--test', train)).rejects.toThrow('split the data at another time');
    await expect(run('--test', train, '--method', 'magic')).rejects.toThrow(
      'Allowed choices are auto, popularity',
    );
    await expect(run('--test', join(folder, 'nowhere.csv'))).rejects.toThrow('nowhere.csv');
    await expect(run('--test', await fileOf('t.csv', ['user,product', 'a,1']))).rejects.toThrow(
      'no column "item"',
    );
    await expect(run('--test', await fileOf('t.csv', ['user,item,time', 'a,1,soon']))).rejects.toThrow(
      'Line 2',
    );
    const test = await fileOf('t.csv', ['user,item,time', 'b,1,2024-02-01']);
    await expect(run('--test', test)).rejects.toThrow('split the data');
    const known = await fileOf('known.csv', ['user,item', 'a,1', 'b,2']);
    const later = await fileOf('later.csv', ['user,item', 'a,2']);
    await expect(
      evaluate('recommendation', '--train', known, '--test', later, '--method', 'content'),
    ).rejects.toThrow('--items');
    await expect(
      evaluate('recommendation', '--train', known, '--test', later, '--task', 'rating', '--method', 'nmf'),
    ).rejects.toThrow('"value"');
  });
});

describe('evaluate learning', () => {
  it('gives the error that the seed example has by hand', async () => {
    const stream = await fileOf('s.csv', ['a,b,y', '10,11,4', '11,12,5', '12,13,6']);
    const figures = await evaluate(
      'learning',
      '--stream',
      stream,
      '--target',
      'y',
      '--task',
      'regression',
      '--no-scale',
    );
    expect(figures).toMatchObject({
      service: 'learning',
      task: 'regression',
      examples: 3,
      columns: 2,
      drifts: [],
    });
    expect(figures.meanAbsoluteError).toBeCloseTo((4 + 4.72 + 6.910508667423157) / 3, 12);
  });

  it('learns classes from numbers and words', async () => {
    const random = createRandom('stream');
    const rows = Array.from({ length: 2000 }, () => {
      const [size, colour] = [random.uniform() * 1000, ['red', 'blue', 'green'][random.integer(3)]];
      return `${size},${colour},${(size > 500) === (colour !== 'red') ? 'true' : 'false'}`;
    });
    const stream = await fileOf('s.csv', ['size,colour,sold', ...rows]);
    const figures = z
      .object({
        accuracy: z.number(),
        baselineAccuracy: z.number(),
        examplesPerSecond: z.number(),
        columns: z.literal(4),
      })
      .parse(await evaluate('learning', '--stream', stream, '--target', 'sold', '--task', 'classification'));
    expect(figures.accuracy).toBeGreaterThan(figures.baselineAccuracy);
    const byColour = await evaluate(
      'learning',
      '--stream',
      stream,
      '--target',
      'sold',
      '--task',
      'classification',
      '--ignore',
      'size',
    );
    expect(byColour.columns).toBe(3);
  });

  it('says what is wrong', async () => {
    const stream = await fileOf('s.csv', ['a,y', '1,2']);
    const run = (...words: string[]) => evaluate('learning', '--stream', stream, ...words);
    await expect(run('--target', 'z', '--task', 'regression')).rejects.toThrow('no column "z"');
    await expect(run('--target', 'y', '--task', 'classification')).rejects.toThrow('learns 0 or 1');
    await expect(run('--target', 'y', '--task', 'regression', '--ignore', 'a')).rejects.toThrow(
      'no column beside',
    );
    await expect(run('--target', 'y', '--task', 'ordering')).rejects.toThrow('Allowed choices');
  });
});
