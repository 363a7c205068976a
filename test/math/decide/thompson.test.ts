import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import type { BetaPosterior } from '../../../src/math/decide/beta-curve.js';
import { drawPolicy, thompsonShares } from '../../../src/math/decide/thompson.js';
import { drawGamma } from '../../../src/math/random-variates.js';

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
const sharesOf = (...pairs: [number, number][]) =>
  thompsonShares(pairs.map(([alpha, beta]) => ({ alpha, beta })));

/** log of the gamma function at the whole numbers below 100,000: sums of logarithms. */
const logGammas = new Float64Array(100_000);
for (let n = 2; n < logGammas.length; n += 1) logGammas[n] = (logGammas[n - 1] ?? 0) + Math.log(n - 1);
const logGamma = (n: number) => logGammas[n] ?? Number.NaN;
const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b);

/**
 * The chance that a rate of Beta(c, d) is above one of Beta(a, b), in closed form for whole numbers: the sum over i < c of
 * B(a + i, b + d) / ((d + i) B(1 + i, d) B(a, b)) (E. Miller, "Formulas for Bayesian A/B Testing", 2015).
 */
function chanceAbove([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
  let chance = 0;
  for (let i = 0; i < c; i += 1)
    chance += Math.exp(logBeta(a + i, b + d) - Math.log(d + i) - logBeta(1 + i, d) - logBeta(a, b));
  return chance;
}

describe('the shares of Thompson sampling', () => {
  it('are equal with priors only, and for one policy 1', () => {
    for (const share of sharesOf([1, 1], [1, 1], [1, 1], [1, 1])) expect(share).toBeCloseTo(0.25, 12);
    for (const share of sharesOf([0.5, 0.5], [0.5, 0.5])) expect(share).toBeCloseTo(0.5, 12);
    expect(Array.from(sharesOf([3, 8]))).toEqual([1]);
  });

  it('are those worked out by hand', () => {
    // f = 2x against F = x: the integral of 2 x^2 from 0 to 1.
    expect(sharesOf([1, 1], [2, 1])[1]).toBeCloseTo(2 / 3, 7);
    // f = 3x^2 against F1 = x and F2 = x^2: the integral of 3 x^5, and of 2x against x and x^3: of 2 x^5.
    const three = sharesOf([1, 1], [2, 1], [3, 1]);
    expect(three[2]).toBeCloseTo(3 / 6, 7);
    expect(three[1]).toBeCloseTo(2 / 6, 7);
    expect(three[0]).toBeCloseTo(1 / 6, 7);
    // f = 1 against F = 1 - (1 - x)^50: 1 - 1/51.
    expect(sharesOf([1, 1], [1, 50])[0]).toBeCloseTo(1 - 1 / 51, 7);
    // By symmetry, whatever the widths.
    expect(sharesOf([2000, 2000], [0.7, 0.7])[0]).toBeCloseTo(0.5, 7);
  });

  it.each<[[number, number], [number, number]]>([
    [
      [3, 7],
      [5, 9],
    ],
    [
      [50, 1000],
      [60, 1000],
    ],
    [
      [1, 1],
      [4000, 76_000],
    ],
    [
      [1, 1],
      [1, 90_000],
    ],
    [
      [500, 100],
      [1, 1],
    ],
    [
      [1000, 9000],
      [1100, 8900],
    ],
    [
      [5, 10_000],
      [9, 20_000],
    ],
  ])('are to 1e-7 those of the closed form: %j and %j', (one, other) => {
    const shares = sharesOf(one, other);
    expect(Math.abs((shares[1] ?? 0) - chanceAbove(one, other))).toBeLessThan(1e-7);
    expect(Math.abs((shares[0] ?? 0) - chanceAbove(other, one))).toBeLessThan(1e-7);
  });

  it('are near one for what much evidence says is best', () => {
    const shares = sharesOf([801, 9201], [601, 9401], [1, 1000]);
    // The rates are 8 % and 6 % with deviations of 0.27 and 0.24 %: five and a half deviations apart.
    expect(shares[0]).toBeGreaterThan(1 - 1e-6);
    expect(shares[1]).toBeGreaterThan(0);
    expect(shares[2]).toBeLessThan(1e-20);
  });

  it('sum to one, follow their policies, and stay numbers to the ends of the range', () => {
    const random = createRandom(12);
    const parameter = () => 10 ** (-3 + 15 * random.uniform());
    for (let round = 0; round < 100; round += 1) {
      const posteriors = Array.from({ length: 2 + (round % 4) }, () => ({
        alpha: parameter(),
        beta: parameter(),
      }));
      const shares = thompsonShares(posteriors);
      expect(Math.abs(sumOf(shares) - 1)).toBeLessThan(1e-14);
      const backwards = thompsonShares(posteriors.toReversed()).toReversed();
      for (const [policy, share] of shares.entries()) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeCloseTo(backwards[policy] ?? Number.NaN, 12);
      }
    }
    const ends = sharesOf([1e12, 1e12], [1e-3, 1e-3]);
    expect(ends[0]).toBeCloseTo(0.5, 7);
  });

  it('are as often as the highest of one draw from each posterior', () => {
    const posteriors: BetaPosterior[] = [
      { alpha: 12, beta: 90 },
      { alpha: 3, beta: 17 },
      { alpha: 30, beta: 210 },
      { alpha: 0.5, beta: 2 },
    ];
    const random = createRandom(31);
    const draws = 40_000;
    const wins = [0, 0, 0, 0];
    for (let draw = 0; draw < draws; draw += 1) {
      // Beta(a, b) is X / (X + Y) of gamma numbers of shapes a and b.
      const rates = posteriors.map(({ alpha, beta }) => {
        const x = drawGamma(random, alpha, 1);
        return x / (x + drawGamma(random, beta, 1));
      });
      const best = rates.indexOf(Math.max(...rates));
      wins[best] = (wins[best] ?? 0) + 1;
    }
    // Three degrees of freedom: above 16.3 in one of a thousand cases.
    expect(chiSquaredOf(wins, thompsonShares(posteriors))).toBeLessThan(16.3);
  });

  it.each([
    [0, 1],
    [1, 0],
    [-1, 1],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [1e13, 1],
    [1, 1e-4],
  ])('need parameters in their range, not (%d, %d)', (alpha, beta) => {
    expect(() =>
      thompsonShares([
        { alpha: 1, beta: 1 },
        { alpha, beta },
      ]),
    ).toThrow(RangeError);
  });

  it('need a policy', () => {
    expect(() => thompsonShares([])).toThrow(RangeError);
  });
});

/** Pearson's statistic of counts against the shares that they should have. */
function chiSquaredOf(counts: readonly number[], shares: Float64Array): number {
  const all = sumOf(counts);
  return sumOf(
    counts.map((count, cell) => (count - (shares[cell] ?? 0) * all) ** 2 / ((shares[cell] ?? 0) * all)),
  );
}

describe('drawPolicy', () => {
  it('draws each policy as often as its propensity says', () => {
    const shares = sharesOf([12, 90], [3, 17], [30, 210]);
    const random = createRandom(5);
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 50_000; draw += 1) {
      const { policy, propensity } = drawPolicy(random, shares);
      if (propensity !== shares[policy]) throw new Error(`The propensity of ${policy} was ${propensity}.`);
      counts[policy] = (counts[policy] ?? 0) + 1;
    }
    // Two degrees of freedom: above 13.8 in one of a thousand cases.
    expect(chiSquaredOf(counts, shares)).toBeLessThan(13.8);
  });

  it('is the same from the same seed, and never takes what has no share', () => {
    const shares = Float64Array.of(0, 0.5, 0.5, 0);
    const listOf = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 50 }, () => drawPolicy(random, shares).policy);
    };
    expect(listOf(1)).toEqual(listOf(1));
    expect(listOf(1)).not.toEqual(listOf(2));
    expect(new Set(listOf(1))).toEqual(new Set([1, 2]));
    expect(() => drawPolicy(createRandom(1), new Float64Array(0))).toThrow(RangeError);
  });
});
