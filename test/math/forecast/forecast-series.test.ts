import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ForecastRequest,
  forecastMany,
  forecastSeries,
} from '../../../src/math/forecast/forecast-series.js';
import { forecastMethods } from '../../../src/math/forecast/methods.js';

const auto: ForecastRequest = { horizon: 3, period: 1, levels: [0.8, 0.95], method: 'auto', gaps: 'unknown' };
const growing = Float64Array.of(200, 220, 240, 260, 250, 300, 320, 340, 360, 380, 400, 420);
const season = [30, -10, -25, 5];
const seasonal = Float64Array.from({ length: 32 }, (_, t) => 100 + t + (season[t % 4] ?? 0) + ((t * 7) % 5));
const codesOf = (notes: readonly { readonly code: string }[]) => notes.map((note) => note.code);

describe('the automatic choice', () => {
  it('takes the trend that speaks clearly, and says what spoke for it', () => {
    const { mean, method, why } = forecastSeries(growing, auto);
    expect(mean[0]).toBeCloseTo(439.545451, 4);
    expect(mean[2]).toBeCloseTo(480.17482, 4);
    expect(method).toBe('a linear trend (Holt)');
    expect(why).toMatch(
      /^A linear trend \(Holt\): its AICc is 9\.3 below that of simple smoothing, and forecasts from 4/,
    );
  });

  it('models a season that shows, and says where none does', () => {
    const withSeason = forecastSeries(seasonal, { ...auto, horizon: 4, period: 4 });
    expect(withSeason.method).toContain('season of 4 periods');
    expect((withSeason.mean[0] ?? 0) - (withSeason.mean[2] ?? 0)).toBeGreaterThan(45);
    expect(codesOf(forecastSeries(growing, { ...auto, period: 5 }).notes)).toEqual(['SEASON_UNSEEN']);
    expect(codesOf(forecastSeries(growing, { ...auto, period: 3 }).notes)).toEqual(['SEASON_NOT_SHOWN']);
  });

  it('combines where nothing speaks clearly', () => {
    const noise = Float64Array.of(5, 9, 4, 7, 8, 3, 6, 9, 5, 7, 4, 8, 6, 5, 9, 7);
    const { mean, method, why } = forecastSeries(noise, auto);
    expect(method).toBe('a combination of simple methods');
    expect(why).toContain('no trend speaks clearly');
    expect(mean[0]).toBeGreaterThan(5);
    expect(mean[0]).toBeLessThan(8);
  });
});

describe('short and odd series', () => {
  it('are forecast down to one value, and to none', () => {
    const one = forecastSeries(Float64Array.of(5), auto);
    expect([...one.mean]).toEqual([5, 5, 5]);
    expect(one.intervals[0]?.lower[0]).toBe(0);
    expect(one.intervals[0]?.upper[0]).toBeCloseTo(5 + 1.2815515655 * 5, 6);
    expect(codesOf(one.notes)).toEqual(['ONE_VALUE']);
    const empty = forecastSeries(new Float64Array(0), auto);
    expect([...empty.mean]).toEqual([0, 0, 0]);
    expect(codesOf(empty.notes)).toEqual(['EMPTY']);
    expect(forecastSeries(Float64Array.of(5, 7, 9), auto).mean[0]).toBe(8);
  });

  it('look past missing periods at the end', () => {
    const ended = forecastSeries(Float64Array.from([...growing, Number.NaN]), auto);
    const whole = forecastSeries(growing, { ...auto, horizon: 4 });
    expect([...ended.mean]).toEqual([...whole.mean.subarray(1)]);
    expect(codesOf(ended.notes)).toEqual(['ENDS_EARLY']);
  });

  it('that are very long are looked at from their end, by AUTO alone', () => {
    const long = Float64Array.from({ length: 700 }, (_, t) => (t < 150 ? 900 : 20) + ((t * 7) % 11));
    const { mean, notes } = forecastSeries(long, auto);
    expect([...mean]).toEqual([...forecastSeries(long.subarray(200), auto).mean]);
    expect(notes).toEqual([{ code: 'OLD_LEFT_OUT', message: 'Only the last 500 of 700 values were used.' }]);
    expect(forecastSeries(long, { ...auto, method: 'mean' }).mean[0]).toBeGreaterThan(200);
  });

  it('stay constant where they are', () => {
    const { mean, intervals } = forecastSeries(new Float64Array(20).fill(4), auto);
    expect([...mean]).toEqual([4, 4, 4]);
    expect([...(intervals[0]?.upper ?? [])]).toEqual([4, 4, 4]);
  });

  it('are never forecast below 0 unless they were', () => {
    const falling = Float64Array.of(100, 88, 77, 70, 58, 51, 39, 30, 22, 10, 3, 1);
    const { mean, notes, intervals } = forecastSeries(falling, { ...auto, method: 'holt' });
    expect([...mean]).toEqual([0, 0, 0]);
    expect(codesOf(notes)).toEqual(['CLIPPED']);
    expect(intervals[0]?.lower[0]).toBe(0);
    const negative = forecastSeries(
      falling.map((value) => value - 50),
      { ...auto, method: 'holt' },
    );
    expect(negative.mean[0]).toBeLessThan(-50);
    expect(negative.notes).toEqual([]);
  });
});

describe('named methods', () => {
  it('give way to simpler ones that the series allows, and say so', () => {
    const request = { ...auto, method: 'holt-winters-multiplicative', period: 4 } as const;
    const short = forecastSeries(growing.subarray(0, 5), request);
    expect(short.method).toBe("Holt's linear trend");
    expect(short.notes[1]?.message).toBe(
      "Holt-Winters with a multiplicative season was asked for, but it needs 8 values and there are 5; Holt's linear trend is used instead.",
    );
    const zero = forecastSeries(Float64Array.from([...growing, 0]), request);
    expect(zero.method).toBe('Holt-Winters with an additive season');
    expect(forecastSeries(Float64Array.of(3), request).method).toBe('the last value');
    expect(
      codesOf(forecastSeries(Float64Array.of(1, -1, 2, 3, 1, 2, 3, 4), { ...auto, method: 'sba' }).notes),
    ).toEqual(['METHOD_REPLACED']);
  });

  it('give way where a season or a series is too long to be fitted, and not for weeks of ten years', () => {
    const waves = (length: number, period: number) =>
      Float64Array.from({ length }, (_, t) => 50 + 20 * Math.sin((t * 2 * Math.PI) / period) + ((t * 7) % 5));
    const by = (method: ForecastRequest['method'], length: number, period: number) =>
      forecastSeries(waves(length, period), { ...auto, method, period });
    const year = by('holt-winters-multiplicative', 739, 365);
    expect(year.why).toBe(
      "Holt-Winters with a multiplicative season was asked for, but it takes seasons of 60 periods at most and this one has 365; Holt's linear trend is used instead.",
    );
    const long = by('holt-winters-additive', 2_084, 24);
    expect(long.method).toBe("Holt's linear trend");
    expect(long.why).toContain('with a season of 24 periods it takes 2083 values at most and there are 2084');
    const fitted = [by('holt-winters-additive', 739, 7), by('holt-winters-additive', 520, 52)];
    expect(fitted.map(({ method }) => method)).toEqual(Array(2).fill('Holt-Winters with an additive season'));
  });

  it('forecast every series, with intervals that are wider for a higher level and hold the forecast', () => {
    const series = fc.array(
      fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 40 }), weight: 8 },
        { arbitrary: fc.integer({ min: -9, max: -1 }), weight: 1 },
        { arbitrary: fc.constant(Number.NaN), weight: 1 },
      ),
      { maxLength: 30 },
    );
    const methods = fc.constantFrom(...forecastMethods, 'auto' as const);
    fc.assert(
      fc.property(series, methods, fc.constantFrom(1, 4), (values, method, period) => {
        const forecast = forecastSeries(Float64Array.from(values), { ...auto, method, period });
        const [narrow, wide] = forecast.intervals;
        expect(forecast.mean.length).toBe(3);
        forecast.mean.forEach((mean, h) => {
          expect(Number.isFinite(mean)).toBe(true);
          expect(narrow?.lower[h]).toBeLessThanOrEqual(mean);
          expect(narrow?.upper[h]).toBeGreaterThanOrEqual(mean);
          expect(wide?.lower[h]).toBeLessThanOrEqual(narrow?.lower[h] ?? 0);
          expect(wide?.upper[h]).toBeGreaterThanOrEqual(narrow?.upper[h] ?? 0);
          expect(Number.isFinite(wide?.upper[h])).toBe(true);
        });
        expect(structuredClone(forecast)).toEqual(forecast);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a request', () => {
  it('is refused with what to do', () => {
    expect(() => forecastSeries(growing, { ...auto, horizon: 0 })).toThrow('1 or more');
    expect(() => forecastSeries(growing, { ...auto, period: 1.5 })).toThrow('1 for none');
    expect(() => forecastSeries(growing, { ...auto, levels: [80] })).toThrow('such as 0.8');
  });

  it('for many series keeps their order, tells its progress and can be ended', () => {
    const shares: number[] = [];
    const all = forecastMany([growing, seasonal], auto, (share) => shares.push(share));
    expect(all.map((forecast) => forecast.mean)).toEqual([
      forecastSeries(growing, auto).mean,
      forecastSeries(seasonal, auto).mean,
    ]);
    expect(shares).toEqual([0.5, 1]);
    const end = () => {
      throw new Error('ended');
    };
    expect(() => forecastMany([growing, seasonal], auto, end)).toThrow('ended');
  });
});
