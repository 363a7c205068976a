import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { scoreFactors, userFactorsOf } from '../../../src/math/recommend/factor-model.js';
import { penaltyPerEntry, placeInAls, trainImplicitAls } from '../../../src/math/recommend/implicit-als.js';
import { type SparseMatrix, sparseFromDense, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

const random = createRandom('interactions');
const binary = sparseFromDense(
  Array.from({ length: 30 }, () => Array.from({ length: 12 }, () => (random.uniform() < 0.3 ? 1 : 0))),
);
const weighted = { ...binary, values: binary.values.map(() => 1 + random.integer(4)) };

const settings = { factors: 4, regularisation: 0.5, alpha: 1 };

function train(matrix: SparseMatrix, seed = 1, iterations = 15) {
  return trainImplicitAls(matrix, { ...settings, random: createRandom(seed), iterations });
}

/** The objective by its definition, over every pair. */
function objective(matrix: SparseMatrix, model: ReturnType<typeof train>): number {
  let sum = 0;
  for (let user = 0; user < matrix.rows; user += 1) {
    const scores = new Float64Array(matrix.columns);
    scoreFactors(model, userFactorsOf(model, user), scores);
    const { indices, values } = sparseRow(matrix, user);
    for (const [item, score] of scores.entries()) {
      const at = indices.indexOf(item);
      sum += at < 0 ? score * score : settings.alpha * (values[at] ?? 0) * (1 - score) ** 2;
    }
  }
  const penalty = [...model.userFactors, ...model.itemFactors].reduce((total, x) => total + x * x, 0);
  return sum + settings.regularisation * penalty;
}

describe.each([
  ['of equal entries', binary],
  ['of weighted entries', weighted],
])('implicit ALS %s', (_, matrix) => {
  it('lowers its objective in every round', () => {
    const values = [1, 2, 4, 8, 16].map((rounds) => objective(matrix, train(matrix, 1, rounds)));
    for (const [at, value] of values.slice(1).entries()) expect(value).toBeLessThan(values[at] ?? 0);
  });

  it('places each user where a small move in any direction costs more', () => {
    const model = train(matrix);
    for (let user = 0; user < 5; user += 1) {
      const place = placeInAls(model, sparseRow(matrix, user));
      const cost = (k: number, step: number) => {
        const moved = place.slice();
        moved[k] = (moved[k] ?? 0) + step;
        const userFactors = model.userFactors.slice();
        userFactors.set(moved, user * model.factors);
        return objective(matrix, { ...model, userFactors });
      };
      for (let k = 0; k < model.factors; k += 1) {
        expect(cost(k, 1e-3)).toBeGreaterThan(cost(k, 0));
        expect(cost(k, -1e-3)).toBeGreaterThan(cost(k, 0));
      }
    }
  });

  it('places a trained user where training ends', () => {
    const model = train(matrix, 1, 300);
    const place = placeInAls(model, sparseRow(matrix, 3));
    for (const [k, value] of place.entries()) expect(value).toBeCloseTo(userFactorsOf(model, 3)[k] ?? 0, 4);
  });

  it('places a user by what entries add, where the model was trained so', () => {
    const model = { ...train(matrix), alpha: 0.7, objective: 'added' } as const;
    const basket = sparseRow(matrix, 3);
    const place = placeInAls(model, basket);
    const cost = (moved: Float64Array) => {
      const scores = new Float64Array(matrix.columns);
      scoreFactors(model, moved, scores);
      const pairs = scores.reduce((sum, score, item) => {
        const at = basket.indices.indexOf(item);
        return sum + (at < 0 ? score ** 2 : (1 + model.alpha * (basket.values[at] ?? 0)) * (1 - score) ** 2);
      }, 0);
      const penalty = model.regularisation * basket.indices.length;
      return pairs + penalty * moved.reduce((sum, x) => sum + x * x, 0);
    };
    for (let k = 0; k < model.factors; k += 1) {
      for (const step of [1e-3, -1e-3]) {
        expect(cost(place.map((x, at) => (at === k ? x + step : x)))).toBeGreaterThan(cost(place));
      }
    }
  });

  it('holds vectors at bay alike by row and by entry', () => {
    const counts = Array.from({ length: matrix.rows }, (_, row) => sparseRow(matrix, row).indices.length);
    const entries = counts.reduce((sum, count) => sum + count, 0);
    const rows = counts.filter((count) => count > 0).length;
    const columns = new Set(matrix.indices).size;
    expect(penaltyPerEntry(matrix, 3) * 2 * entries).toBeCloseTo(3 * (rows + columns), 9);
  });

  it('is the same to the last bit from the same seed', () => {
    expect(train(matrix, 7)).toEqual(train(matrix, 7));
  });
});

describe('implicit ALS', () => {
  it('leaves a user who has nothing at zero', () => {
    const model = train(binary);
    expect([...placeInAls(model, { indices: new Int32Array(), values: new Float64Array() })]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('tells its progress, and stops where that throws', () => {
    const shares: number[] = [];
    const options = { ...settings, random: createRandom(1), iterations: 2 };
    trainImplicitAls(binary, { ...options, onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
    const cancel = () => {
      throw new Error('enough');
    };
    expect(() => trainImplicitAls(binary, { ...options, onProgress: cancel })).toThrow('enough');
  });

  it('refuses settings and values that are not above 0', () => {
    expect(() => trainImplicitAls(binary, { ...settings, regularisation: 0, random })).toThrow(
      'give numbers above 0',
    );
    expect(() => trainImplicitAls(sparseFromDense([[-1]]), { ...settings, random })).toThrow(
      'drop such entries',
    );
  });
});
