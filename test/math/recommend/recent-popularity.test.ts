import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topK } from '../../../src/math/ranking/top-k.js';
import { recencyWeights, weighByRecency } from '../../../src/math/recommend/recent-popularity.js';

describe('recent popularity', () => {
  it('weighs by (recent + offset) ^ exponent', () => {
    const weights = recencyWeights(Float64Array.of(0, 3, 8), { exponent: 0.5, offset: 1 });
    expect([...weights]).toEqual([1, 2, 3]);
    const scores = Float64Array.of(2, -1, 0.5);
    weighByRecency(scores, weights, 0);
    expect([...scores]).toEqual([2, 0, 1.5]);
    const known = Float64Array.of(2, -1, 0.5);
    weighByRecency(known, weights, 1);
    expect([...known]).toEqual([3, 2, 4.5]);
  });

  it('is the order itself for a newcomer, whatever the settings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (customers, exponent, offset) => {
          const recent = Float64Array.from(customers);
          const scores = new Float64Array(recent.length);
          weighByRecency(scores, recencyWeights(recent, { exponent, offset }), 1e-9);
          expect(topK(scores, 30).indices).toEqual(topK(recent, 30).indices);
        },
      ),
    );
  });
});
