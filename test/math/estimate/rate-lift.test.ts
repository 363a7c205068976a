import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { type Arm, armOfTrials, armOfUnits, rateOf } from '../../../src/math/estimate/arm.js';
import type { Interval } from '../../../src/math/estimate/interval.js';
import { rateEstimate, rateLift } from '../../../src/math/estimate/rate-lift.js';
import { drawCustomers, drawSuccesses } from './arms-by-chance.js';

const endless = Number.POSITIVE_INFINITY;

function holds({ low, high }: Interval, truth: number): boolean {
  return low <= truth && truth <= high;
}

describe('the rate of one arm', () => {
  // E. B. Wilson's interval for 1 of 10, and for none of 10 (high is z^2 / (n + z^2)).
  it.each([
    [1, 10, 0.017876, 0.40415],
    [0, 10, 0, 0.277533],
  ])('%d / %d has the published interval', (successes, trials, low, high) => {
    const rate = rateEstimate(armOfTrials(successes, trials));
    expect(rate.value).toBe(successes / trials);
    expect(rate.low).toBeCloseTo(low, 5);
    expect(rate.high).toBeCloseTo(high, 5);
  });

  it('is less certain where a few customers make it, and unknown from one', () => {
    const alike = armOfUnits(Float64Array.of(10, 0, 10, 0), Float64Array.of(10, 10, 10, 10));
    const [few, many] = [rateEstimate(alike), rateEstimate(armOfTrials(20, 40))];
    expect(few.value).toBe(many.value);
    expect(few.low).toBeLessThan(many.low);
    expect(few.high).toBeGreaterThan(many.high);
    expect(rateEstimate(armOfUnits(Float64Array.of(1), Float64Array.of(4)))).toEqual({
      value: 0.25,
      low: 0,
      high: 1,
    });
    expect(() => rateEstimate(alike, 1)).toThrow(/level/);
  });
});

describe('the lift of independent trials', () => {
  // The examples of R. G. Newcombe, Statistics in Medicine 17, 1998, table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('%d / %d over %d / %d has the difference of the published table', (a, n, b, m, low, high) => {
    const { absolute } = rateLift(armOfTrials(a, n), armOfTrials(b, m));
    expect(absolute.value).toBeCloseTo(a / n - b / m, 15);
    expect(absolute.low).toBeCloseTo(low, 4);
    expect(absolute.high).toBeCloseTo(high, 4);
  });

  // P. A. R. Koopman, Biometrics 40, 1984 (two digits); R's PropCIs 0.3 as kept in the tests of statsmodels.
  it.each([
    [36, 40, 16, 80, 2.94, 7.15, 2],
    [7, 34, 1, 34, 1.220853, 42.575718, 5],
  ])('%d / %d over %d / %d has the ratio of the published figures', (a, n, b, m, low, high, digits) => {
    const { relative } = rateLift(armOfTrials(a, n), armOfTrials(b, m));
    expect(relative.value).toBeCloseTo((a * m) / (b * n) - 1, 12);
    expect(relative.low).toBeCloseTo(low - 1, digits);
    expect(relative.high).toBeCloseTo(high - 1, digits);
  });

  it('is undone by changing the arms: the difference changes its sign, the ratio is turned over', () => {
    const there = rateLift(armOfTrials(7, 34), armOfTrials(2, 50), 0.8);
    const back = rateLift(armOfTrials(2, 50), armOfTrials(7, 34), 0.8);
    expect(back.absolute.low).toBeCloseTo(-there.absolute.high, 14);
    expect(back.absolute.high).toBeCloseTo(-there.absolute.low, 14);
    expect(1 + back.relative.low).toBeCloseTo(1 / (1 + there.relative.high), 10);
    expect(1 + back.relative.high).toBeCloseTo(1 / (1 + there.relative.low), 10);
  });

  it('holds what it estimates, and more the higher its level', () => {
    const random = createRandom(3);
    for (let round = 0; round < 200; round += 1) {
      const [n, m] = [1 + random.integer(60), 1 + random.integer(20)];
      const arms: [Arm, Arm] = [armOfTrials(random.integer(n + 1), n), armOfTrials(random.integer(m + 1), m)];
      const [usual, wide] = [rateLift(...arms), rateLift(...arms, 0.99)];
      for (const kind of ['absolute', 'relative'] as const) {
        expect(usual[kind].low).toBeGreaterThanOrEqual(wide[kind].low);
        expect(usual[kind].high).toBeLessThanOrEqual(wide[kind].high);
        if (!Number.isNaN(usual[kind].value)) expect(holds(usual[kind], usual[kind].value)).toBe(true);
      }
    }
  });

  it('says what no success and no trial leave open', () => {
    const noneHeldOut = rateLift(armOfTrials(5, 56), armOfTrials(0, 29)).relative;
    expect([noneHeldOut.value, noneHeldOut.high]).toEqual([endless, endless]);
    // Even without a held-out success the treated may be worse: 0 of 29 does not rule out a rate of 5 / 56.
    expect(noneHeldOut.low).toBeLessThan(0);
    expect(rateLift(armOfTrials(0, 34), armOfTrials(3, 34)).relative).toEqual({
      value: -1,
      low: -1,
      high: expect.closeTo(0.2187, 4),
    });
    const nothing = { value: Number.NaN, low: -1, high: endless };
    expect(rateLift(armOfTrials(0, 10), armOfTrials(0, 10)).relative).toEqual(nothing);
    const untried = rateLift(armOfTrials(0, 0), armOfTrials(3, 9));
    expect(untried.absolute).toEqual({ value: Number.NaN, low: -1, high: 1 });
    expect(untried.relative).toEqual(nothing);
  });

  it('refuses counts that are none, and levels that are none', () => {
    expect(() => armOfTrials(3, 2)).toThrow('3 successes in 2 trials');
    expect(() => armOfTrials(-1, 2)).toThrow('-1 successes');
    expect(() => armOfTrials(0.5, 2)).toThrow('whole numbers');
    expect(() => armOfTrials(0, Number.NaN)).toThrow('NaN trials');
    const arm = armOfTrials(1, 2);
    for (const level of [0, 1, 95, Number.NaN]) expect(() => rateLift(arm, arm, level)).toThrow('The level');
  });
});

/** The probability of 0, 1, …, `trials` successes. */
function binomial(trials: number, rate: number): number[] {
  const chances = [(1 - rate) ** trials];
  for (let k = 1; k <= trials; k += 1)
    chances.push((((chances[k - 1] ?? 0) * (trials - k + 1)) / k) * (rate / (1 - rate)));
  return chances;
}

describe('the intervals of the lift, by all outcomes and their probabilities', () => {
  // Not drawn but added up, so that nothing here is left to chance.
  it.each([
    [20, 10, 0.05, 0.05],
    [20, 10, 0.3, 0.1],
    [60, 20, 0.02, 0.02],
    [60, 20, 0.06, 0.06],
    [60, 20, 0.12, 0.06],
    [60, 20, 0.03, 0.06],
    [200, 30, 0.02, 0.02],
    [30, 200, 0.1, 0.02],
    [40, 40, 0.05, 0.05],
    [90, 10, 0.1, 0.1],
  ])('hold the truth 19 times of 20, or hardly less: %d and %d trials of rates %d and %d', (n, m, p, q) => {
    const [ofN, ofM] = [binomial(n, p), binomial(m, q)];
    let [absolute, relative] = [0, 0];
    ofN.forEach((chanceA, a) => {
      ofM.forEach((chanceB, b) => {
        if (chanceA * chanceB < 1e-9) return;
        const lift = rateLift(armOfTrials(a, n), armOfTrials(b, m));
        if (holds(lift.absolute, p - q)) absolute += chanceA * chanceB;
        if (holds(lift.relative, p / q - 1)) relative += chanceA * chanceB;
      });
    });
    expect(absolute).toBeGreaterThan(0.945);
    expect(relative).toBeGreaterThan(0.945);
  });
});

/** The share of `runs` for which something holds. */
function shareOf(runs: number, holdsIn: (run: number) => boolean): number {
  return Array.from({ length: runs }, (_, run) => holdsIn(run)).filter(Boolean).length / runs;
}

const runs = 400;

describe('A/A: with one rate in both arms', () => {
  // 400 runs see a share of 95 % with a standard error of 1.1 %, so that 3 % are 2.75 of them. A share above 95 % would
  // be no fault of an interval; that it lies near 95 % says that the interval is no wider than it must be. For that
  // the counts are large enough (60 and 26 expected successes) that the steps between them matter little. The intervals
  // of few customers whose numbers of decisions differ much are a little too short: 93.8 % in 4,000 runs of 70 and 30.
  it('95 % ± 3 % of 400 intervals hold 0: independent trials', () => {
    const random = createRandom('A/A').stream('trials');
    let relative = 0;
    const absolute = shareOf(runs, () => {
      const lift = rateLift(
        armOfTrials(drawSuccesses(random, 1_000, 0.06), 1_000),
        armOfTrials(drawSuccesses(random, 430, 0.06), 430),
      );
      if (holds(lift.relative, 0)) relative += 1 / runs;
      return holds(lift.absolute, 0);
    });
    expect(Math.abs(absolute - 0.95)).toBeLessThan(0.03);
    expect(Math.abs(relative - 0.95)).toBeLessThan(0.03);
  });

  it.each([
    ['many', 300, 130],
    ['few', 70, 30],
  ])('as many of 400 intervals hold 0: %s customers who differ', (name, treated, heldOut) => {
    const random = createRandom('A/A').stream(name);
    let [relative, careless] = [0, 0];
    const absolute = shareOf(runs, () => {
      const [a, b] = [drawCustomers(random, treated), drawCustomers(random, heldOut)];
      const [armA, armB] = [armOfUnits(a.successes, a.trials), armOfUnits(b.successes, b.trials)];
      const lift = rateLift(armA, armB);
      const asTrials = rateLift(
        armOfTrials(armA.successes, armA.trials),
        armOfTrials(armB.successes, armB.trials),
      );
      if (holds(lift.relative, 0)) relative += 1 / runs;
      if (holds(asTrials.absolute, 0)) careless += 1 / runs;
      return holds(lift.absolute, 0);
    });
    expect(Math.abs(absolute - 0.95)).toBeLessThan(0.03);
    expect(Math.abs(relative - 0.95)).toBeLessThan(0.03);
    // The same figures with customers forgotten: what the sums per customer are for.
    expect(careless).toBeLessThan(0.85);
  });
});

describe('an arm of units', () => {
  it('is worth the trials that the delta method says', () => {
    // Units (S, N): (1, 2), (0, 3), (2, 3), (0, 2). R = 3 / 10.
    // Residuals S - R N: 0.4, -0.9, 1.1, -0.6, each over the trials of the others: 0.05, -0.1285714, 0.1571429, -0.075.
    // Squares: 0.0025 + 0.0165306 + 0.0246939 + 0.005625 = 0.0493495; Var = 3 / 4 of it = 0.0370121.
    // Effective trials = 0.3 x 0.7 / 0.0370121 = 5.6738; units as of one size: 10^2 / (4 + 9 + 9 + 4) = 3.8462.
    const arm = armOfUnits(Float64Array.of(1, 0, 2, 0), Float64Array.of(2, 3, 3, 2));
    expect(arm).toEqual({
      successes: 3,
      trials: 10,
      units: 4,
      effectiveTrials: expect.closeTo(5.6738, 4),
      degrees: expect.closeTo(2.8462, 4),
    });
    expect(rateOf(arm)).toBe(0.3);
  });

  it('is worth no more than its trials, alike as its units may be', () => {
    const arm = armOfUnits(Float64Array.of(1, 1, 1), Float64Array.of(2, 2, 2));
    expect(arm).toMatchObject({ effectiveTrials: 6, degrees: 2 });
  });

  it('gives the lift of its trials where every unit has one, as units grow', () => {
    const ones = (count: number, of: number) =>
      Float64Array.from({ length: of }, (_, at) => (at < count ? 1 : 0));
    const unit = (count: number, of: number) => armOfUnits(ones(count, of), new Float64Array(of).fill(1));
    const byUnits = rateLift(unit(700, 9_000), unit(200, 3_000));
    const byTrials = rateLift(armOfTrials(700, 9_000), armOfTrials(200, 3_000));
    for (const kind of ['absolute', 'relative'] as const) {
      const width = byTrials[kind].high - byTrials[kind].low;
      expect(Math.abs(byUnits[kind].low - byTrials[kind].low)).toBeLessThan(width / 1_000);
      expect(Math.abs(byUnits[kind].high - byTrials[kind].high)).toBeLessThan(width / 1_000);
    }
  });

  it('assumes the worst where all trials ended alike, and knows nothing of a single unit', () => {
    // (2 + 3 + 5)^2 / (4 + 9 + 25) = 100 / 38.
    const none = armOfUnits(new Float64Array(3), Float64Array.of(2, 3, 5));
    expect(none.effectiveTrials).toBeCloseTo(100 / 38, 12);
    const one = armOfUnits(Float64Array.of(40), Float64Array.of(100));
    expect(one).toMatchObject({ units: 1, effectiveTrials: 0, degrees: 0 });
    const lift = rateLift(one, armOfTrials(1, 1_000));
    expect(lift.absolute).toEqual({ value: 0.399, low: -1, high: 1 });
    expect([lift.relative.low, lift.relative.high]).toEqual([-1, endless]);
    expect(armOfUnits(new Float64Array(0), new Float64Array(0))).toMatchObject({
      units: 0,
      effectiveTrials: 0,
    });
  });

  it('leaves out units without a trial', () => {
    const arm = armOfUnits(Float64Array.of(1, 0, 0, 2), Float64Array.of(2, 0, 3, 3));
    expect(arm).toEqual(armOfUnits(Float64Array.of(1, 0, 2), Float64Array.of(2, 3, 3)));
  });

  it('names the unit that it refuses', () => {
    const trials = Float64Array.of(2, 3);
    expect(() => armOfUnits(Float64Array.of(1, 4), trials)).toThrow('Unit 2 has 4 successes in 3 trials');
    expect(() => armOfUnits(Float64Array.of(-1, 0), trials)).toThrow('Unit 1');
    expect(() => armOfUnits(Float64Array.of(0, 0), Float64Array.of(1, Number.NaN))).toThrow('Unit 2');
    expect(() => armOfUnits(Float64Array.of(1), trials)).toThrow('successes of 1 units and trials of 2');
  });
});
