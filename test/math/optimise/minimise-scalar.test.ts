import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimiseScalar } from '../../../src/math/optimise/minimise-scalar.js';

describe('the least value of a function of one number', () => {
  it('finds every bottom of a parabola, or the end of the interval that is nearest to it', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (bottom) => {
        const found = minimiseScalar((x) => (x - bottom) ** 2, -1, 2, 8, 1e-9);
        expect(found.x).toBeCloseTo(Math.min(Math.max(bottom, -1), 2), 7);
      }),
    );
  });

  it('returns an end exactly', () => {
    expect(minimiseScalar((x) => x, 0, 1, 4, 1e-6)).toEqual({ x: 0, value: 0 });
    expect(minimiseScalar((x) => -x, 0, 1, 4, 1e-6)).toEqual({ x: 1, value: -1 });
  });

  it('takes the deepest of several valleys', () => {
    const found = minimiseScalar((x) => Math.sin(5 * x) + 0.1 * x, 0, 6, 40, 1e-10);
    // sin(5x) + x/10 has its bottoms where 5 cos(5x) = -1/10.
    expect(found.x).toBeCloseTo((2 * Math.PI - Math.acos(-0.02)) / 5, 7);
  });

  it('goes round what is not a number', () => {
    const found = minimiseScalar((x) => (x < 0.5 ? Number.NaN : x), 0, 1, 10, 1e-9);
    expect(found.x).toBeCloseTo(0.5, 7);
  });

  it('needs few evaluations', () => {
    let count = 0;
    const evaluate = (x: number) => {
      count += 1;
      return Math.exp(x) - 2 * x;
    };
    expect(minimiseScalar(evaluate, 0, 1, 4, 1e-7).x).toBeCloseTo(Math.LN2, 6);
    expect(count).toBeLessThan(20);
  });
});
