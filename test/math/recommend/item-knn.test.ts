import { describe, expect, it } from 'vitest';
import { explainItemKnn, scoreItemKnn, trainItemKnn } from '../../../src/math/recommend/item-knn.js';
import { sparseFromDense, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

const interactions = sparseFromDense([
  [1, 1, 0, 0],
  [1, 1, 1, 0],
  [0, 0, 1, 1],
]);

describe('item-kNN', () => {
  it('takes the cosine between columns', () => {
    const { neighbours } = trainItemKnn(interactions, { neighbours: 0 });
    expect([...sparseRow(neighbours, 0).indices]).toEqual([1, 2]);
    expect(sparseRow(neighbours, 0).values[0]).toBeCloseTo(1, 15);
    expect(sparseRow(neighbours, 0).values[1]).toBeCloseTo(0.5, 15);
    expect(sparseRow(neighbours, 2).values[2]).toBeCloseTo(1 / Math.SQRT2, 15);
  });

  it('shrinks what few have', () => {
    const { neighbours } = trainItemKnn(interactions, { neighbours: 0, shrink: 2 });
    expect(sparseRow(neighbours, 0).values[0]).toBeCloseTo(2 / (2 + 2), 15);
  });

  it('keeps the nearest, equal ones by index, and never the item itself', () => {
    const { neighbours } = trainItemKnn(interactions, { neighbours: 1 });
    expect([...neighbours.indices]).toEqual([1, 0, 3, 2]);
    const tied = trainItemKnn(sparseFromDense([[1, 1, 1]]), { neighbours: 1 });
    expect([...tied.neighbours.indices]).toEqual([1, 0, 0]);
  });

  it('explains a score by what each owned item adds to it', () => {
    const model = trainItemKnn(interactions, { neighbours: 0 });
    const basket = { indices: Int32Array.of(0, 3), values: Float64Array.of(2, 1) };
    const scores = new Float64Array(4);
    scoreItemKnn(model, basket, scores);
    const parts = explainItemKnn(model, basket, 2);
    expect(parts[0]).toBeCloseTo(1, 15);
    expect(parts[1]).toBeCloseTo(Math.SQRT1_2, 15);
    expect(parts.reduce((sum, part) => sum + part)).toBeCloseTo(scores[2] ?? 0, 15);
  });

  it('an item that nobody has has no neighbours', () => {
    const model = trainItemKnn(
      sparseFromDense([
        [1, 0],
        [1, 0],
      ]),
      { neighbours: 5 },
    );
    expect(model.neighbours.indices).toHaveLength(0);
  });
});
