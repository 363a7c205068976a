import { describe, expect, it } from 'vitest';
import { propensitiesOf } from '../../../src/math/decide/explore-slots.js';
import { orderedPropensities } from '../../../src/math/decide/ordered-propensities.js';

describe('the propensities of a list without chance', () => {
  it('are 1 in every slot of its own list', () => {
    expect(Array.from(orderedPropensities([7, 3, 9], [7, 3, 9]))).toEqual([1, 1, 1]);
    expect(Array.from(orderedPropensities([7, 3, 9], [7]))).toEqual([1]);
    expect(orderedPropensities([7], [])).toHaveLength(0);
  });

  it('are 0 where another item stands, given the items before it', () => {
    // It would put 7 first, not 3; then still 7, and that is there; then 9, not 5 that it does not know.
    expect(Array.from(orderedPropensities([7, 3, 9], [3, 7, 5]))).toEqual([0, 1, 0]);
  });

  it('are those of a policy of temperature 0 without epsilon', () => {
    const greedy = { scores: [0.2, 0.9, 0.1, 0.5], temperature: 0, epsilon: 0 };
    for (const list of [
      [1, 3, 0, 2],
      [3, 1, 0],
      [2, 0, 3, 1],
    ])
      expect(orderedPropensities([1, 3, 0, 2], list)).toEqual(propensitiesOf(greedy, list));
  });

  it('need each item once, and enough of them', () => {
    expect(() => orderedPropensities([1, 1], [1])).toThrow(RangeError);
    expect(() => orderedPropensities([1, 2, 3], [1, 1])).toThrow(RangeError);
    expect(() => orderedPropensities([1], [1, 2])).toThrow(RangeError);
  });
});
