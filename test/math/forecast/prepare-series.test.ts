import { describe, expect, it } from 'vitest';
import { describeValues, prepareSeries } from '../../../src/math/forecast/prepare-series.js';

const none = Number.NaN;
const codes = (values: readonly number[]) => {
  const prepared = prepareSeries(Float64Array.from(values), 'unknown', true);
  return [...prepared.notes, ...describeValues(prepared.values)].map((note) => note.code);
};

describe('preparing a series', () => {
  it('puts unknown periods on the line between known ones, and says so', () => {
    const { values, notes } = prepareSeries(
      Float64Array.of(none, 2, none, none, 8, 7, 7, 9, 6, 5),
      'unknown',
      true,
    );
    expect([...values]).toEqual([2, 4, 6, 8, 7, 7, 9, 6, 5]);
    expect(notes).toEqual([
      {
        code: 'GAPS_FILLED',
        message: '2 of 9 periods had no value and were put on the line between known neighbours.',
      },
    ]);
  });

  it('counts missing periods as 0 where that is their meaning', () => {
    const { values, behind } = prepareSeries(Float64Array.of(2, none, 8, none), 'zero', true);
    expect([...values]).toEqual([2, 0, 8, 0]);
    expect(behind).toBe(0);
  });

  it('leaves unknown periods at the end to the forecast', () => {
    const { values, behind, notes } = prepareSeries(Float64Array.of(2, 3, none, none), 'unknown', true);
    expect([...values]).toEqual([2, 3]);
    expect(behind).toBe(2);
    expect(notes.map((note) => note.code)).toEqual(['ENDS_EARLY']);
  });

  it('leaves out the periods before a first sale, but never more than leaves five', () => {
    expect(prepareSeries(Float64Array.of(0, 0, 0, 4, 5, 6, 7, 8), 'zero', true).values.length).toBe(5);
    expect(prepareSeries(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 8), 'zero', true).values.length).toBe(5);
    expect(prepareSeries(Float64Array.of(0, 0, 0, 4, 5, 6, 7, 8), 'zero', false).values.length).toBe(8);
    expect(prepareSeries(Float64Array.of(0, 0, 0, 4, -5, 6, 7, 8), 'zero', true).values.length).toBe(8);
  });

  it('says what a series is like', () => {
    expect(codes([])).toEqual(['EMPTY']);
    expect(codes([none, none])).toEqual(['EMPTY']);
    expect(codes([5])).toEqual(['ONE_VALUE']);
    expect(codes([5, 6])).toEqual(['SHORT']);
    expect(codes([4, 4, 4, 4, 4, 4, 4, 4])).toEqual(['CONSTANT']);
    expect(codes([4, 0, 0, 1, 0, 5, 2, 0])).toEqual(['INTERMITTENT']);
    expect(codes([0, 4, 3, 5, 1, 4, 5, 2])).toEqual(['LATE_START', 'SHORT']);
    expect(codes([4, 3, 5, 1, 4, 5, 2, 6])).toEqual([]);
  });

  it('refuses what is not finite', () => {
    expect(() => codes([1, Number.POSITIVE_INFINITY])).toThrow('finite numbers');
  });

  it('does not change what it is given', () => {
    const series = Float64Array.of(2, none, 4);
    prepareSeries(series, 'zero', true);
    expect(series[1]).toBeNaN();
  });
});
