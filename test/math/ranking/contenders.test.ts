import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { contenders } from '../../../src/math/ranking/contenders.js';
import { topK } from '../../../src/math/ranking/top-k.js';

describe('contenders', () => {
  it('are those that fewer than k before them reach', () => {
    const scores = Float64Array.of(3, 1, 2, 2, 5, 0);
    const order = Int32Array.of(2, 3, 0, 1, 4, 5);
    const none = new Uint8Array(6);
    expect([...contenders(scores, order, 1, none)]).toEqual([2, 0, 4]);
    expect([...contenders(scores, order, 2, none)]).toEqual([2, 3, 0, 4]);
    // What is left out stands in nobody's way.
    expect([...contenders(scores, order, 1, Uint8Array.of(0, 0, 1, 1, 0, 0))]).toEqual([0, 4]);
  });

  it('hold the best by every weighting that grows with the order', () => {
    const random = createRandom('contenders');
    const items = 400;
    let most = 0;
    for (let round = 0; round < 50; round += 1) {
      // Whole numbers, so that equal ones are there.
      const sold = Float64Array.from({ length: items }, () => random.integer(30));
      const scores = Float64Array.from({ length: items }, () => random.integer(40) / 40);
      const excluded = Uint8Array.from({ length: items }, () => (random.integer(10) === 0 ? 1 : 0));
      const candidates = contenders(scores, topK(sold, items).indices, 10, excluded);
      most = Math.max(most, candidates.length);
      for (const exponent of [0.1, 0.5, 1])
        for (const prior of [0.01, 2]) {
          const weighed = scores.map((score, item) => (score + prior) * ((sold[item] ?? 0) + 1) ** exponent);
          expect(topK(weighed, 10, { candidates }).indices).toEqual(topK(weighed, 10, { excluded }).indices);
        }
    }
    expect(most).toBeLessThan(items / 3);
  });
});
