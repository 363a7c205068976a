import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import {
  drawDirichlet,
  drawExponential,
  drawGamma,
  drawIndex,
  drawNormal,
  drawPoisson,
} from '../../src/math/random-variates.js';

const draws = 100_000;

/** Mean and variance of many draws. */
function momentsOf(draw: () => number): { mean: number; variance: number; smallest: number } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1);
  return { mean, variance, smallest: values.reduce((least, value) => Math.min(least, value)) };
}

describe.each([
  // The fourth column is the kurtosis, which tells how far a sample's variance may be off.
  ['exponential, mean 3', 3, 9, 9, (r) => drawExponential(r, 3)],
  ['normal, mean -2, deviation 5', -2, 25, 3, (r) => drawNormal(r, -2, 5)],
  ['gamma, shape 0.4, scale 2', 0.8, 1.6, 3 + 6 / 0.4, (r) => drawGamma(r, 0.4, 2)],
  ['gamma, shape 7, scale 0.5', 3.5, 1.75, 3 + 6 / 7, (r) => drawGamma(r, 7, 0.5)],
  ['Poisson, mean 0.3', 0.3, 0.3, 3 + 1 / 0.3, (r) => drawPoisson(r, 0.3)],
  ['Poisson, mean 100', 100, 100, 3 + 1 / 100, (r) => drawPoisson(r, 100)],
] satisfies [string, number, number, number, (random: ReturnType<typeof createRandom>) => number][])(
  'the distribution: %s',
  (name, mean, variance, kurtosis, draw) => {
    it('has its mean and its variance, within four standard errors', () => {
      const random = createRandom(11).stream(name);
      const seen = momentsOf(() => draw(random));
      expect(Math.abs(seen.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / draws));
      expect(Math.abs(seen.variance - variance)).toBeLessThan(
        4 * variance * Math.sqrt((kurtosis - 1) / draws),
      );
    });
  },
);

describe('drawPoisson', () => {
  it('gives each number as often as its probability says', () => {
    const random = createRandom(5);
    const mean = 2;
    const counts = new Array<number>(6).fill(0);
    for (let draw = 0; draw < draws; draw += 1) {
      const cell = Math.min(5, drawPoisson(random, mean));
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const chances = [1, 2, 2, 4 / 3, 2 / 3].map((term) => term * Math.exp(-mean));
    chances.push(1 - chances.reduce((sum, chance) => sum + chance, 0));
    const chiSquared = chances.reduce(
      (sum, p, n) => sum + ((counts[n] ?? 0) - p * draws) ** 2 / (p * draws),
      0,
    );
    // Five degrees of freedom: above 20.5 in one of a thousand cases.
    expect(chiSquared).toBeLessThan(20.5);
  });

  it('gives 0 for a mean of 0', () => {
    expect(drawPoisson(createRandom(1), 0)).toBe(0);
  });
});

describe('drawDirichlet', () => {
  it('gives weights that sum to 1, few and large for a small concentration', () => {
    const random = createRandom(9);
    let largest = 0;
    const rounds = 2_000;
    for (let round = 0; round < rounds; round += 1) {
      const weights = drawDirichlet(random, 5, 0.2);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      largest += Math.max(...weights) / rounds;
    }
    const even = drawDirichlet(random, 5, 1_000);
    expect(largest).toBeGreaterThan(0.6);
    expect(Math.max(...even)).toBeLessThan(0.25);
  });
});

describe('drawIndex', () => {
  it('draws in proportion to the weights and never where the weight is zero', () => {
    const random = createRandom(2);
    const weights = [0, 1, 0, 3, 0];
    const counts = [0, 0, 0, 0, 0];
    for (let draw = 0; draw < draws; draw += 1) {
      const index = drawIndex(random, weights);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect([counts[0], counts[2], counts[4]]).toEqual([0, 0, 0]);
    expect(Math.abs((counts[3] ?? 0) / draws - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / draws));
  });

  it('gives -1 when there is nothing to draw', () => {
    expect(drawIndex(createRandom(1), [])).toBe(-1);
    expect(drawIndex(createRandom(1), [0, 0])).toBe(-1);
  });
});
