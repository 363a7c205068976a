import { describe, expect, it } from 'vitest';
import {
  intervalScore,
  naiveScale,
  overallWeightedAverage,
  scoreSeries,
  summariseScores,
} from '../../../src/math/forecast/accuracy.js';

const train = Float64Array.of(1, 3, 2, 6);
const forecast = {
  mean: Float64Array.of(4, 0, 5),
  lower: Float64Array.of(2, 0, 4),
  upper: Float64Array.of(6, 1, 5),
};

describe('the quality of a forecast', () => {
  it('is counted by hand', () => {
    const score = scoreSeries(train, Float64Array.of(6, 0, 10), forecast, 0.8, 1);
    // 200 * 2 / 10, 0 / 0 and 200 * 5 / 15.
    expect(score.smape).toBeCloseTo((40 + 0 + 1000 / 15) / 3, 12);
    // Mean error 7/3 over a mean change of (2 + 1 + 4) / 3.
    expect(score.mase).toBeCloseTo(1, 12);
    expect(score.covered).toBe(2);
    expect(score.error).toBe(-7);
    // Widths 4, 1 and 1, and 5 outside of the last one: 10 times as much.
    expect(score.intervalScore).toBeCloseTo((4 + 1 + 1 + 50) / 7, 12);
  });

  it('is scaled by the change from season to season where there is one', () => {
    expect(naiveScale(train, 2)).toBe((1 + 3) / 2);
    expect(naiveScale(Float64Array.of(5, 5, 5), 1)).toBeNaN();
  });

  it('is that of many series, with those left out of a mean that have no scale', () => {
    const known = scoreSeries(train, Float64Array.of(6, 0, 10), forecast, 0.8, 1);
    const flat = scoreSeries(Float64Array.of(4, 4), Float64Array.of(4, 0, 5), forecast, 0.8, 1);
    const all = summariseScores([known, flat]);
    expect(all.mase).toBe(known.mase);
    expect(all.smape).toBeCloseTo(known.smape / 2, 12);
    expect(all.wape).toBeCloseTo(7 / 25, 12);
    expect(all.bias).toBeCloseTo(-7 / 25, 12);
    expect(all.coverage).toBeCloseTo(5 / 6, 12);
    expect(overallWeightedAverage(all, { ...all, smape: all.smape * 2, mase: all.mase * 2 })).toBeCloseTo(
      0.5,
      12,
    );
  });

  it('punishes what lies outside of an interval by how far it does', () => {
    expect(intervalScore(5, 4, 6, 0.9)).toBe(2);
    expect(intervalScore(3, 4, 6, 0.9)).toBeCloseTo(2 + 20, 9);
    expect(intervalScore(8, 4, 6, 0.9)).toBeCloseTo(2 + 40, 9);
  });
});
