import { describe, expect, it } from 'vitest';
import { topK } from '../../../src/math/ranking/top-k.js';
import { nearestUsers, scoreUserKnn, trainUserKnn } from '../../../src/math/recommend/user-knn.js';
import { sparseFromDense, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

/** Three users' ratings of the products 101 to 104. */
const ratings = sparseFromDense([
  [5, 4, 3, 0],
  [4, 0, 0, 5],
  [0, 2, 3, 4],
]);
const model = trainUserKnn(ratings);

function recommend(user: number, neighbours: number) {
  const basket = sparseRow(ratings, user);
  const scores = new Float64Array(4);
  scoreUserKnn(model, nearestUsers(model, basket, neighbours, user), 'mean', scores);
  const owned = new Uint8Array(4);
  for (const item of basket.indices) owned[item] = 1;
  return topK(scores, 10, { excluded: owned, above: 0 });
}

describe('user-based collaborative filtering', () => {
  it('finds the cosines of the whole rows', () => {
    const { indices, scores } = nearestUsers(model, sparseRow(ratings, 0), 0, 0);
    expect([...indices]).toEqual([2, 1]);
    expect(scores[0]).toBeCloseTo(0.44644187172305666, 15);
    expect(scores[1]).toBeCloseTo(0.44172610429938614, 15);
    expect(nearestUsers(model, sparseRow(ratings, 1), 1, 1).scores[0]).toBeCloseTo(0.5800147905657416, 15);
  });

  it('gives the first user the one product that is new, at the mean of both neighbours', () => {
    const { indices, scores } = recommend(0, 2);
    expect(Array.from(indices, (item) => 101 + item)).toEqual([104]);
    expect(scores[0]).toBe(4.5);
  });

  it('counts 0 for a neighbour who lacks the product', () => {
    expect([...recommend(1, 2).indices]).toEqual([1, 2]);
    expect([...recommend(1, 2).scores]).toEqual([3, 3]);
    expect([...recommend(2, 2).scores]).toEqual([4.5]);
  });

  it('sums by similarity where asked', () => {
    const scores = new Float64Array(4);
    scoreUserKnn(model, nearestUsers(model, sparseRow(ratings, 0), 0, 0), 'similarity', scores);
    expect(scores[3]).toBeCloseTo(3.9943980083891573, 14);
  });

  it('a user who shares nothing has no neighbours', () => {
    const nothing = { indices: new Int32Array(), values: new Float64Array() };
    expect(nearestUsers(model, nothing, 2).indices).toHaveLength(0);
  });
});
