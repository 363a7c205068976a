import { describe, expect, it } from 'vitest';
import { explainEase, scoreEase, trainEase } from '../../../src/math/recommend/ease.js';
import { selectColumns, sparseFromDense, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

const interactions = sparseFromDense([
  [1, 1, 0, 0],
  [1, 1, 1, 0],
  [0, 1, 1, 1],
  [1, 0, 1, 0],
]);

describe('EASE', () => {
  it('is the minimum of its objective: the gradient is 0 off the diagonal', () => {
    const lambda = 2;
    const { weights } = trainEase(interactions, { regularisation: lambda });
    const gram = [
      [3, 2, 2, 0],
      [2, 3, 2, 1],
      [2, 2, 3, 1],
      [0, 1, 1, 1],
    ];
    for (let i = 0; i < 4; i += 1) {
      for (let j = 0; j < 4; j += 1) {
        const w = (row: number) => weights[row * 4 + j] ?? 0;
        if (i === j) {
          expect(w(i)).toBe(0);
          continue;
        }
        const product = gram[i]?.reduce((sum, value, k) => sum + value * w(k), 0) ?? 0;
        expect(product + lambda * w(i)).toBeCloseTo(gram[i]?.[j] ?? 0, 6);
      }
    }
  });

  it('on the best sellers is EASE of their columns', () => {
    const model = trainEase(interactions, { regularisation: 2, bestSellers: 3 });
    expect([...model.items]).toEqual([0, 1, 2]);
    const alone = trainEase(selectColumns(interactions, Int32Array.of(0, 1, 2)), { regularisation: 2 });
    expect(model.weights).toEqual(alone.weights);
    const scores = new Float64Array(4);
    scoreEase(model, { indices: Int32Array.of(3), values: Float64Array.of(1) }, scores);
    expect([...scores]).toEqual([0, 0, 0, 0]);
  });

  it('explains a score by what each owned item adds to it', () => {
    const model = trainEase(interactions, { regularisation: 2 });
    const basket = sparseRow(interactions, 1);
    const scores = new Float64Array(4);
    scoreEase(model, basket, scores);
    const parts = explainEase(model, basket, 3);
    expect(parts).toHaveLength(3);
    expect(parts.reduce((sum, part) => sum + part)).toBeCloseTo(scores[3] ?? 0, 12);
    expect(scores[3]).not.toBe(0);
  });

  it('tells its progress from the Gram matrix on, and stops where that throws', () => {
    const wide = sparseFromDense([Array.from({ length: 200 }, () => 1)]);
    const shares: number[] = [];
    trainEase(wide, { regularisation: 2, onProgress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(5);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.2);
    expect(shares.at(-1)).toBe(1);
    const cancel = () => {
      throw new Error('enough');
    };
    expect(() => trainEase(wide, { regularisation: 2, onProgress: cancel })).toThrow('enough');
  });

  it('refuses a regularisation that is not above 0', () => {
    expect(() => trainEase(interactions, { regularisation: 0 })).toThrow('give a number above 0');
  });
});
