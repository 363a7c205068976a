import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { drawGamma, drawPoisson } from '../../../src/math/random-variates.js';
import { chooseDistribution } from '../../../src/math/stock/choose-distribution.js';
import {
  countsListed,
  negativeBinomialDistribution,
  poissonDistribution,
} from '../../../src/math/stock/count-distribution.js';

describe('the Poisson distribution', () => {
  it('has the probabilities of its formula', () => {
    // Mean 2: exp(-2) (1 + 2 + 2 + 4 / 3) up to 3.
    const poisson = poissonDistribution(2);
    expect(poisson.atMost(3)).toBeCloseTo((19 / 3) * Math.exp(-2), 14);
    expect(poisson.atMost(3.9)).toBe(poisson.atMost(3));
    expect(poisson.atMost(-1)).toBe(0);
    // .857 up to 3, .947 up to 4, .983 up to 5.
    expect(poisson.quantile(0.85)).toBe(3);
    expect(poisson.quantile(0.9)).toBe(4);
    expect(poisson.quantile(0.95)).toBe(5);
  });

  it('exceeds a stock by what is left of its mean', () => {
    // E[max(0, D - 2)] = 2 - 1 P(1) - 2 P(D >= 2) = 2 - 2 e - 2 (1 - 3 e) = 4 e, with e = exp(-2).
    const poisson = poissonDistribution(2);
    expect(poisson.excess(2)).toBeCloseTo(4 * Math.exp(-2), 12);
    expect(poisson.excess(0)).toBeCloseTo(2, 12);
    expect(poisson.excess(-3)).toBe(5);
    expect(poisson.excess(1_000)).toBe(0);
    // Halfway between two whole numbers it is half of each.
    expect(poisson.excess(2.5)).toBeCloseTo((poisson.excess(2) + poisson.excess(3)) / 2, 12);
  });

  it('is right where no demand at all is less likely than any number can say', () => {
    const poisson = poissonDistribution(2_000);
    // The median lies between mean - ln 2 and mean + 1 / 3.
    expect(poisson.quantile(0.5)).toBe(2_000);
    expect(poisson.excess(0)).toBeCloseTo(2_000, 6);
  });
});

describe('the negative binomial distribution', () => {
  it('has the probabilities of its formula', () => {
    // Mean 2 and variance 4: r = 2, q = 1 / 2; P(n) = (n + 1) / 2^(n + 2): 1/4, 2/8, 3/16, 4/32.
    const binomial = negativeBinomialDistribution(2, 4);
    expect(binomial.atMost(0)).toBeCloseTo(1 / 4, 14);
    expect(binomial.atMost(1)).toBeCloseTo(1 / 2, 14);
    expect(binomial.atMost(3)).toBeCloseTo(13 / 16, 14);
    expect(binomial.quantile(0.8)).toBe(3);
    // 2 - 1 x 1/4 - 2 x 1/2.
    expect(binomial.excess(2)).toBeCloseTo(0.75, 11);
  });

  it('becomes Poisson as the variance nears the mean', () => {
    const near = negativeBinomialDistribution(3, 3 + 1e-9);
    const poisson = poissonDistribution(3);
    for (const count of [0, 2, 5, 9]) expect(near.atMost(count)).toBeCloseTo(poisson.atMost(count), 8);
  });

  it.each([
    [0.2, 0.5],
    [3, 40],
    [50, 2_500],
  ])('has mean %d and variance %d', (mean, variance) => {
    // E[D] = sum of P(D > n); E[D (D - 1) / 2] = sum of n P(D > n) = sum of E[max(0, D - n)] from n = 1 on.
    const binomial = negativeBinomialDistribution(mean, variance);
    expect(binomial.excess(0) / mean).toBeCloseTo(1, 9);
    let pairs = 0;
    for (let count = 1; count < countsListed(mean, variance); count += 1) pairs += binomial.excess(count);
    expect((2 * pairs + mean - mean * mean) / variance).toBeCloseTo(1, 6);
  });

  it('is what a Poisson demand is whose mean itself varies', () => {
    // Gamma means with shape r = 2 and scale q / (1 - q) = 1.5: mean 3, variance 3 + 2 x 1.5^2 = 7.5.
    const draws = 20_000;
    const random = createRandom(6);
    const seen = Array.from({ length: draws }, () => drawPoisson(random, drawGamma(random, 2, 1.5)));
    const binomial = negativeBinomialDistribution(3, 7.5);
    for (const count of [0, 2, 5, 8]) {
      const share = seen.filter((value) => value <= count).length / draws;
      const chance = binomial.atMost(count);
      expect(Math.abs(share - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / draws));
    }
  });
});

describe('the choice of a distribution', () => {
  it.each([
    [0, 9, 'CERTAIN'],
    [7, 0, 'CERTAIN'],
    [400, 26_100, 'NORMAL'],
    [10, 25, 'NORMAL'],
    [9.9, 24, 'NEGATIVE_BINOMIAL'],
    // The deviation is above half of the mean.
    [100, 2_600, 'NEGATIVE_BINOMIAL'],
    [9, 4, 'NORMAL'],
    [3, 3, 'POISSON'],
    [2, 1.5, 'POISSON'],
    // A square of a root may be a hair off.
    [2, Math.sqrt(2) ** 2, 'POISSON'],
    [0.3, 0.31, 'NEGATIVE_BINOMIAL'],
    [1e6, 1e12, 'NORMAL'],
  ] as const)('for mean %d and variance %d is %s', (mean, variance, name) => {
    const chosen = chooseDistribution({ mean, variance });
    expect(chosen.name).toBe(name);
    expect(chosen.why).toMatch(/^[A-Z].*\.$/);
  });

  it('says why, with the figures', () => {
    expect(chooseDistribution({ mean: 400, variance: 26_100 }).why).toBe(
      'Normal: demand is 10 or more and varies by no more than half of it (mean 400, deviation 162).',
    );
  });

  it('takes no demand as certain, and a certain one at its mean', () => {
    const none = chooseDistribution({ mean: 0, variance: 4 }).distribution;
    expect([none.quantile(0.99), none.atMost(0), none.excess(0)]).toEqual([0, 1, 0]);
    const seven = chooseDistribution({ mean: 7, variance: 0 }).distribution;
    expect([seven.quantile(0.99), seven.atMost(6), seven.atMost(7), seven.excess(5)]).toEqual([7, 0, 1, 2]);
  });

  it('gives a stock that holds the level asked, and hardly more, whatever it chose', () => {
    const random = createRandom(12);
    for (let run = 0; run < 60; run += 1) {
      const mean = 10 ** (3 * random.uniform() - 1);
      const variance = mean * 10 ** (2 * random.uniform() - 0.7);
      const { distribution } = chooseDistribution({ mean, variance });
      let last = Number.NEGATIVE_INFINITY;
      for (const level of [0.5, 0.8, 0.95, 0.99, 0.999]) {
        const stock = distribution.quantile(level);
        expect(distribution.atMost(stock)).toBeGreaterThanOrEqual(level - 1e-12);
        expect(distribution.atMost(stock - 1)).toBeLessThan(level);
        expect(stock).toBeGreaterThanOrEqual(last);
        last = stock;
      }
      expect(distribution.excess(mean + 1)).toBeLessThan(distribution.excess(mean));
    }
  });
});
