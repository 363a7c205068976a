import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LeastSquaresProblem,
  minimiseLeastSquares,
} from '../../../src/math/optimise/bounded-least-squares.js';

/** A problem from its residuals and their derivatives, row by row. */
function problemOf(
  size: number,
  residuals: (x: Float64Array) => readonly number[],
  derivatives: (x: Float64Array) => readonly (readonly number[])[],
): LeastSquaresProblem {
  return {
    size,
    sumOfSquares: (x) => residuals(x).reduce((sum, residual) => sum + residual * residual, 0),
    linearise(x, normal, gradient) {
      normal.fill(0);
      gradient.fill(0);
      const values = residuals(x);
      derivatives(x).forEach((row, index) => {
        for (let i = 0; i < size; i += 1) {
          gradient[i] = (gradient[i] ?? 0) + (row[i] ?? 0) * (values[index] ?? 0);
          for (let j = 0; j <= i; j += 1) {
            normal[i * size + j] = (normal[i * size + j] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
          }
        }
      });
    },
  };
}

const rosenbrock = problemOf(
  2,
  ([a = 0, b = 0]) => [10 * (b - a * a), 1 - a],
  ([a = 0]) => [
    [-20 * a, 10],
    [-1, 0],
  ],
);
const limits = { steps: 200, tolerance: 1e-14 };
const wide = (size: number, bound: number) => new Float64Array(size).fill(bound);

describe('bounded least squares', () => {
  it('finds the bottom of the Rosenbrock valley', () => {
    const x = Float64Array.of(-1.2, 1);
    expect(minimiseLeastSquares(rosenbrock, x, wide(2, -10), wide(2, 10), limits)).toBeLessThan(1e-20);
    expect(x[0]).toBeCloseTo(1, 9);
    expect(x[1]).toBeCloseTo(1, 9);
  });

  it('stops on the bound that lies in the way', () => {
    // With a <= 1/2 the best is a = 1/2, b = 1/4: (1 - 1/2)^2.
    const x = Float64Array.of(-1.2, 1);
    const value = minimiseLeastSquares(rosenbrock, x, wide(2, -10), Float64Array.of(0.5, 10), limits);
    expect(value).toBeCloseTo(0.25, 12);
    expect(x[0]).toBe(0.5);
    expect(x[1]).toBeCloseTo(0.25, 9);
  });

  it('holds a parameter whose bounds are equal', () => {
    const x = Float64Array.of(0, 2);
    minimiseLeastSquares(rosenbrock, x, Float64Array.of(-10, 2), Float64Array.of(10, 2), limits);
    expect(x[1]).toBe(2);
    // 400 a^3 - 798 a - 2 = 0 is the derivative of 100 (2 - a^2)^2 + (1 - a)^2, times 1.
    const a = x[0] ?? 0;
    expect(400 * a ** 3 - 798 * a - 2).toBeCloseTo(0, 4);
  });

  it('meets the conditions of a bounded minimum for every linear problem', () => {
    const number = fc.double({ min: -5, max: 5, noNaN: true });
    const rows = fc.array(fc.tuple(number, number, number, number), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(rows, (data) => {
        const problem = problemOf(
          3,
          (x) =>
            data.map((row) => row[0] * (x[0] ?? 0) + row[1] * (x[1] ?? 0) + row[2] * (x[2] ?? 0) - row[3]),
          () => data.map((row) => [row[0], row[1], row[2]]),
        );
        const x = new Float64Array(3);
        minimiseLeastSquares(problem, x, wide(3, -1), wide(3, 1), limits);
        const gradient = new Float64Array(3);
        problem.linearise(x, new Float64Array(9), gradient);
        for (let i = 0; i < 3; i += 1) {
          const value = x[i] ?? 0;
          const slope = gradient[i] ?? 0;
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
          if (value > -1) expect(slope).toBeLessThan(1e-3);
          if (value < 1) expect(slope).toBeGreaterThan(-1e-3);
        }
      }),
    );
  });

  it('is not led astray by a parameter that hardly matters', () => {
    // The first would go far beyond its bound; the best of the second is 1/2, whatever the first is.
    const problem = problemOf(
      2,
      ([a = 0, b = 0]) => [1e-162 * a - b, b - 1],
      () => [
        [1e-162, -1],
        [0, 1],
      ],
    );
    const x = new Float64Array(2);
    expect(minimiseLeastSquares(problem, x, wide(2, -1), wide(2, 1), limits)).toBeCloseTo(0.5, 12);
    expect(x[1]).toBeCloseTo(0.5, 7);
  });

  it('returns what is not finite where the start is not in the domain', () => {
    const problem = problemOf(
      1,
      ([a = 0]) => [Math.log(a)],
      ([a = 0]) => [[1 / a]],
    );
    expect(minimiseLeastSquares(problem, Float64Array.of(-1), wide(1, -2), wide(1, 2), limits)).toBeNaN();
    const x = Float64Array.of(0.01);
    expect(minimiseLeastSquares(problem, x, wide(1, -2), wide(1, 20), limits)).toBeLessThan(1e-12);
  });
});
