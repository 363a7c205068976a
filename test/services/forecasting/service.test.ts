import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecastMethods } from '../../../src/math/forecast/methods.js';
import { forecastingBaselines } from '../../../src/services/forecasting/baseline.js';
import {
  type ForecastItem,
  forecastBounds,
  forecastingMethods,
  seasons,
} from '../../../src/services/forecasting/contract.js';
import { createForecastMemo } from '../../../src/services/forecasting/forecast-memo.js';
import { createForecastingHandler } from '../../../src/services/forecasting/service.js';
import { eventually } from '../../contracts/log-server.js';

/** Monthly sales of a year. */
const year = [200, 220, 240, 260, 250, 300, 320, 340, 360, 380, 400, 420];

const ofNobody = () => new AbortController().signal;

const handle = (method: string, items: readonly unknown[], signal = ofNobody()) =>
  createForecastingHandler()(method, items, { signal });

async function forecast(...items: ForecastItem[]) {
  const { model, results } = await handle('forecast', items);
  return { model, results: results.map((result) => forecastingMethods.forecast.result.parse(result)) };
}

describe('the forecasting service', () => {
  it("forecasts the year by Holt's method as the reference does", async () => {
    const { model, results } = await forecast({ values: year, period: 12, horizon: 3, method: 'holt' });
    expect(model).toBe('forecasting/2');
    // The exact optimum is the least-squares line; an optimiser's last digits differ from it.
    [439.545451, 459.860136, 480.17482].forEach((expected, h) => {
      expect(results[0]?.mean[h]).toBeCloseTo(expected, 4);
    });
    expect(results[0]).toMatchObject({ method: "Holt's linear trend", why: 'It was asked for.' });
  });

  it('answers a batch in its order, each item as it would alone', async () => {
    const items: ForecastItem[] = [
      { values: year, period: 1, horizon: 2 },
      { values: [], period: 7, horizon: 3 },
      { values: [5], period: 7, horizon: 1, levels: [0.5, 0.95] },
      { values: [4, null, 6, 5, null, 7, 8, 6], period: 1, horizon: 2, gaps: 'zero' },
    ];
    const { results } = await forecast(...items);
    const alone = await Promise.all(items.map(async (item) => (await forecast(item)).results[0]));
    expect(results).toEqual(alone);
    expect(results.map(({ mean }) => mean.length)).toEqual([2, 3, 1, 2]);
    expect(results.map(({ intervals }) => intervals.map(({ level }) => level))).toEqual([
      [0.8],
      [0.8],
      [0.5, 0.95],
      [0.8],
    ]);
    expect(results[1]?.notes.map(({ code }) => code)).toEqual(['EMPTY']);
    expect(results[3]?.notes[0]?.message).toContain('counted as 0');
  });

  it('says what is wrong with an item', async () => {
    const bad = (item: unknown) => handle('forecast', [{ values: year, period: 1, horizon: 1 }, item]);
    await expect(bad({ values: ['a'], period: 1, horizon: 1 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('1.values.0'),
    });
    await expect(bad({ values: year, period: 1, horizon: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(bad({ values: year, period: 1, horizon: forecastBounds.horizon + 1 })).rejects.toMatchObject(
      { code: 'BAD_INPUT' },
    );
    await expect(bad({ values: year, period: 1, horizon: 1, method: 'guess' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(bad({ values: year, period: 1, horizon: 1, levels: [80] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(handle('train', [])).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('answers the last value where a forecast is more than a number can hold', async () => {
    const values = Array.from({ length: 12 }, (_, t) => 4 ** t);
    const { results } = await forecast({
      values,
      period: 4,
      horizon: 1000,
      method: 'holt-winters-multiplicative',
    });
    expect(results[0]?.mean[999]).toBe(4 ** 11);
    expect(results[0]?.why).toContain('more than a number can hold');
  });

  it('gives finite numbers for whatever numbers it takes', async () => {
    const size = fc.oneof(
      fc.double({ min: -forecastBounds.size, max: forecastBounds.size, noNaN: true }),
      fc.constantFrom(0, forecastBounds.size, -forecastBounds.size, Number.MIN_VALUE),
    );
    const item: fc.Arbitrary<ForecastItem> = fc.record({
      values: fc.array(fc.option(size), { maxLength: 16 }),
      period: fc.constantFrom(1, 4),
      horizon: fc.constantFrom(1, forecastBounds.horizon),
      method: fc.constantFrom('auto' as const, ...forecastMethods),
    });
    await fc.assert(
      fc.asyncProperty(item, async (given) => {
        // The schema of the result takes no other numbers.
        const { results } = await forecast(given);
        expect(results[0]?.mean.length).toBe(given.horizon);
      }),
      { numRuns: 200 },
    );
  });

  it('stops between two items once its signal comes', async () => {
    const ending = new AbortController();
    const items = Array.from({ length: 50 }, () => ({
      values: year,
      period: 1,
      horizon: 1,
      method: 'naive',
    }));
    const answer = handle('forecast', items, ending.signal);
    ending.abort();
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('has the last value as its baseline, and says so', () => {
    const [result] = forecastingBaselines.forecast([
      { values: year, period: 12, horizon: 2, method: 'holt' },
    ]);
    expect(result?.mean).toEqual([420, 420]);
    expect(result?.intervals[0]?.lower[0]).toBeLessThan(420);
    expect(result?.why).toBe('The last value: no forecast came in time.');
  });

  it('has a baseline whose intervals are those of the last value, gaps and all', async () => {
    const steps = [4, 7, null, 5, 9, 6];
    const items: ForecastItem[] = [
      { values: year, period: 1, horizon: 5, levels: [0.5, 0.9] },
      { values: [-3, 4, -8, 2], period: 1, horizon: 2 },
      { values: [5], period: 1, horizon: 2 },
      { values: steps, period: 1, horizon: 2, gaps: 'zero' },
      { values: [], period: 1, horizon: 3 },
    ];
    const naive = await forecast(...items.map((item) => ({ ...item, method: 'naive' as const })));
    const spare = forecastingBaselines.forecast(items);
    const plain = (result: (typeof spare)[number] | undefined) => [
      result?.mean,
      ...(result?.intervals ?? []).flatMap(({ level, lower, upper }) => [[level], lower, upper]),
    ];
    naive.results.forEach((result, place) => {
      const [expected, given] = [plain(result).flat(), plain(spare[place]).flat()];
      expect(given).toHaveLength(expected.length);
      given.forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 9);
      });
    });
    expect(spare[4]?.notes.map(({ code }) => code)).toEqual(['EMPTY']);
    // What is not known at the end is looked past.
    const [ended] = forecastingBaselines.forecast([{ values: [...year, null], period: 1, horizon: 4 }]);
    expect(ended?.mean).toEqual([420, 420, 420, 420]);
    expect(ended?.intervals[0]?.upper[0]).toBeCloseTo(
      forecastingBaselines.forecast([{ values: year, period: 1, horizon: 2 }])[0]?.intervals[0]?.upper[1] ??
        0,
      9,
    );
  });

  it('takes no more intervals than it says', async () => {
    const levels = [0.5, 0.6, 0.7];
    await expect(
      handle('forecast', [{ values: year, period: 1, horizon: 667, levels }]),
    ).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('must not be above 2000'),
    });
    const { results } = await forecast({ values: year, period: 1, horizon: 666, levels });
    expect(results[0]?.intervals[2]?.upper).toHaveLength(666);
  });

  it('knows the season of every grain', () => {
    expect(seasons).toMatchObject({ HOUR: 24, DAY: 7, WEEK: 52, MONTH: 12, QUARTER: 4, YEAR: 1 });
  });
});

/** A handler that tells by their first values which series were forecast, in order. */
function recordingHandler() {
  const memo = createForecastMemo();
  const made: (number | null | undefined)[] = [];
  const handler = createForecastingHandler({
    ...memo,
    forecast(item) {
      if (memo.recall(item) === undefined) made.push(item.values[0]);
      return memo.forecast(item);
    },
  });
  return {
    made,
    ask: (items: readonly ForecastItem[], signal: AbortSignal) => handler('forecast', items, { signal }),
  };
}

const seriesFrom = (first: number, count: number): ForecastItem[] =>
  Array.from({ length: count }, (_, series) => ({
    values: [first + series, ...year],
    period: 1,
    horizon: 1,
    method: 'ses',
  }));
const firstsOf = (items: readonly ForecastItem[]) => items.map(({ values }) => values[0]);
const givenUp = { code: 'CANCELLED' };

describe('what was forecast', () => {
  it('is remembered, and answered without another turn', async () => {
    const { made, ask } = recordingHandler();
    const items = seriesFrom(1, 3);
    const before = await ask(items, ofNobody());
    expect(made).toEqual([1, 2, 3]);
    // Nobody waits for it any more, and yet there is nothing to be done.
    expect(await ask(items.toReversed(), AbortSignal.abort())).toEqual({
      ...before,
      results: before.results.toReversed(),
    });
    expect(made).toEqual([1, 2, 3]);
  });

  it('stays when the call is given up, and the rest of it is forecast afterwards', async () => {
    const { made, ask } = recordingHandler();
    const items = seriesFrom(1, 8);
    const ending = new AbortController();
    const answer = ask(items, ending.signal);
    ending.abort();
    await expect(answer).rejects.toMatchObject(givenUp);
    expect(made).toEqual([1]);
    await eventually(async () => expect(made).toEqual(firstsOf(items)));
    expect((await ask(items, AbortSignal.abort())).results).toHaveLength(8);
  });

  it('afterwards, waits for the calls that come', async () => {
    const { made, ask } = recordingHandler();
    await expect(ask(seriesFrom(1, 5), AbortSignal.abort())).rejects.toMatchObject(givenUp);
    await ask(seriesFrom(11, 4), ofNobody());
    expect(made).toEqual([11, 12, 13, 14]);
    await eventually(async () => expect(made).toEqual([11, 12, 13, 14, 1, 2, 3, 4, 5]));
  });

  it('afterwards, is that of the latest call only', async () => {
    const { made, ask } = recordingHandler();
    const answers = [1, 11].map((first) => ask(seriesFrom(first, 5), AbortSignal.abort()));
    for (const { status } of await Promise.allSettled(answers)) expect(status).toBe('rejected');
    await eventually(async () => expect(made).toContain(15));
    expect(made).toEqual([11, 12, 13, 14, 15]);
  });

  it('is forgotten once it is too many answers, or too large ones', () => {
    const items = seriesFrom(1, 3);
    const remembered = (bounds: Parameters<typeof createForecastMemo>[0]) => {
      const memo = createForecastMemo(bounds);
      for (const item of items) memo.forecast(item);
      return items.map((item) => memo.recall(item) !== undefined);
    };
    expect(remembered({ answers: 2, bytes: 1e9 })).toEqual([false, true, true]);
    expect(remembered({ answers: 9, bytes: 1e9 })).toEqual([true, true, true]);
    // One takes more than a thousand bytes, and less than two thousand.
    expect(remembered({ answers: 9, bytes: 2_000 })).toEqual([false, false, true]);
    expect(remembered({ answers: 9, bytes: 500 })).toEqual([false, false, false]);
  });
});
