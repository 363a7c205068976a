import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { topK } from '../../../src/math/ranking/top-k.js';
import { type FactorModel, scoreFactors, userFactorsOf } from '../../../src/math/recommend/factor-model.js';
import { placeInNmf, trainNmf } from '../../../src/math/recommend/nmf.js';
import { sparseFromDense, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

const ratings = sparseFromDense([
  [5, 3, 0, 1],
  [4, 0, 0, 1],
  [1, 1, 0, 5],
  [1, 0, 0, 4],
  [0, 1, 5, 4],
]);

const printed = [
  [5.25583751, 1.99314304, 0.0, 1.45510614],
  [3.50429883, 1.32891643, 0.0, 0.97018348],
  [1.31291255, 0.9441558, 1.94957474, 3.94614513],
  [0.98126695, 0.72179626, 1.52760301, 3.0788861],
  [0.0, 0.65008539, 2.83998144, 5.21892451],
];

function scoresOf(model: FactorModel, user: number): Float64Array {
  const scores = new Float64Array(4);
  scoreFactors(model, userFactorsOf(model, user), scores);
  return scores;
}

describe('NMF of five users and four items at rank 2', () => {
  it.each([['nndsvda', 0], ...Array.from({ length: 10 }, (_, seed) => ['random', seed] as const)] as const)(
    'from %s start, seed %d',
    (start, seed) => {
      const model = trainNmf(ratings, { factors: 2, start, random: createRandom(seed) });
      expect(model.error).toBeLessThanOrEqual(4.27653 + 1e-6);
      expect(model.iterations).toBeLessThan(200);
      for (const [user, row] of printed.entries()) {
        for (const [item, expected] of row.entries())
          expect(Math.abs((scoresOf(model, user)[item] ?? 0) - expected)).toBeLessThanOrEqual(5e-4);
      }
    },
  );

  it('reaches the optimum where it is let go on', () => {
    const model = trainNmf(ratings, {
      factors: 2,
      random: createRandom(0),
      tolerance: 1e-12,
      maxIterations: 5000,
    });
    expect(model.error).toBeCloseTo(4.276529830555936, 10);
  });

  it('gives user 0 items 0 and 1 with what is owned kept, and nothing without', () => {
    const model = trainNmf(ratings, { factors: 2, random: createRandom(0) });
    const scores = scoresOf(model, 0);
    expect([...topK(scores, 2).indices]).toEqual([0, 1]);
    const excluded = new Uint8Array(4);
    for (const item of sparseRow(ratings, 0).indices) excluded[item] = 1;
    expect(topK(scores, 2, { excluded, above: 0 }).indices).toHaveLength(0);
  });

  it('places a user who was not trained on where training placed the same one', () => {
    const model = trainNmf(ratings, {
      factors: 2,
      random: createRandom(0),
      tolerance: 1e-12,
      maxIterations: 5000,
    });
    for (let user = 0; user < 5; user += 1) {
      const placed = placeInNmf(model, sparseRow(ratings, user));
      for (const [k, value] of placed.entries())
        expect(value).toBeCloseTo(userFactorsOf(model, user)[k] ?? 0, 6);
    }
  });

  it('is the same to the last bit from the same seed', () => {
    const train = () => trainNmf(ratings, { factors: 3, random: createRandom(4) });
    expect(train()).toEqual(train());
  });

  it('takes more factors than items, and a matrix of zeros', () => {
    const many = trainNmf(ratings, {
      factors: 6,
      random: createRandom(1),
      tolerance: 1e-8,
      maxIterations: 5000,
    });
    expect(many.error).toBeLessThan(0.1);
    expect(trainNmf(sparseFromDense([[0, 0]]), { factors: 1, random: createRandom(1) }).error).toBe(0);
  });

  it('tells its progress from the start on, and stops where that throws', () => {
    const options = { factors: 2, random: createRandom(1), maxIterations: 3, tolerance: 0 };
    const shares: number[] = [];
    trainNmf(ratings, { ...options, onProgress: (share) => shares.push(share) });
    // What the start takes comes before the three iterations.
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    const cancel = () => {
      throw new Error('enough');
    };
    expect(() => trainNmf(ratings, { ...options, onProgress: cancel })).toThrow('enough');
  });

  it('refuses what is below 0, and no factors', () => {
    const options = { factors: 1, random: createRandom(1) };
    expect(() => trainNmf(sparseFromDense([[-1]]), options)).toThrow('values of 0 or more');
    expect(() => trainNmf(ratings, { ...options, factors: 0 })).toThrow('give a whole number from 1');
  });
});
