import { describe, expect, it } from 'vitest';
import { addShare } from '../../../src/math/recommend/add-share.js';

describe('addShare', () => {
  it('brings models of any unit to one scale', () => {
    const total = new Float64Array(3);
    addShare(total, Float64Array.of(10, 20, -5), 0.5);
    addShare(total, Float64Array.of(0.2, 0.1, 0), 0.25);
    expect([...total]).toEqual([0.5, 0.625, 0]);
  });

  it('adds nothing of a model that knows nothing', () => {
    const total = Float64Array.of(1, 2);
    addShare(total, Float64Array.of(0, -1), 1);
    expect([...total]).toEqual([1, 2]);
  });
});
