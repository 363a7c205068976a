// Nonlinear least squares with a lower and an upper bound for each parameter.

import { factoriseCholesky, solveCholesky } from '../dense/cholesky.js';

/** A sum of squared residuals r(x)^2 over `size` parameters, with its first derivatives. */
export interface LeastSquaresProblem {
  readonly size: number;
  /** The sum of squares at `x`; Infinity or NaN where the model is not defined. */
  sumOfSquares(x: Float64Array): number;
  /**
   * Writes J^T J (`size` rows of `size` numbers, lower triangle) and J^T r at `x`, with J the derivatives of the
   * residuals. Called only where the sum of squares is finite.
   */
  linearise(x: Float64Array, normal: Float64Array, gradient: Float64Array): void;
}

export interface LeastSquaresLimits {
  /** Most steps that are taken. */
  readonly steps: number;
  /** Ends when a step lowers the sum of squares by less than this share of it. */
  readonly tolerance: number;
}

/** Damping above which a step is too small to change anything. */
const largestDamping = 1e12;

/**
 * Lowers the sum of squares over lower <= x <= upper, from the point in `x` (moved into the bounds first), and leaves
 * the best point in `x`. Returns its sum of squares, which is never above that of the start; not finite when the
 * start's is not. A parameter whose bounds are equal is held fixed. Finds a local minimum.
 *
 * Levenberg-Marquardt: (J^T J + lambda diag(J^T J)) step = -J^T r, lambda by the gain of the last step (D. Marquardt,
 * SIAM J. 11, 1963; H. B. Nielsen, report IMM-REP-1999-05). Bounds by an active set: what would leave its bound is
 * set on it, and the step of the others is solved again for that (after C. Kanzow et al., J. Comput. Appl. Math. 172, 2004).
 */
export function minimiseLeastSquares(
  problem: LeastSquaresProblem,
  x: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  limits: LeastSquaresLimits,
): number {
  const size = problem.size;
  const normal = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  const system = createBoundedStep(size);
  const trial = new Float64Array(size);
  clip(x, lower, upper);
  let best = problem.sumOfSquares(x);
  if (!Number.isFinite(best)) return best;
  let damping = 1e-4;
  let growth = 2;
  let stale = true;
  for (let taken = 0; taken < limits.steps && best > 0; ) {
    if (stale) problem.linearise(x, normal, gradient);
    stale = false;
    const predicted = system.solve(normal, gradient, damping, x, lower, upper);
    if (!(predicted > best * 1e-16)) break;
    for (let i = 0; i < size; i += 1) trial[i] = (x[i] ?? 0) + (system.step[i] ?? 0);
    clip(trial, lower, upper);
    const value = problem.sumOfSquares(trial);
    const gain = (best - value) / predicted;
    if (value < best) {
      const small = best - value <= limits.tolerance * best;
      x.set(trial);
      best = value;
      stale = true;
      taken += 1;
      damping = Math.max(damping * Math.max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-15);
      growth = 2;
      if (small) break;
    } else {
      damping *= growth;
      growth *= 2;
      if (!(damping < largestDamping)) break;
    }
  }
  return best;
}

function clip(x: Float64Array, lower: Float64Array, upper: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) x[i] = Math.min(Math.max(x[i] ?? 0, lower[i] ?? 0), upper[i] ?? 0);
}

interface BoundedStep {
  readonly step: Float64Array;
  /** Fills `step` and returns by how much the linearised model lowers the sum of squares with it. */
  solve(
    normal: Float64Array,
    gradient: Float64Array,
    damping: number,
    x: Float64Array,
    lower: Float64Array,
    upper: Float64Array,
  ): number;
}

/** The damped step inside the bounds, with arrays of its own that all steps of one search share. */
function createBoundedStep(size: number): BoundedStep {
  const step = new Float64Array(size);
  const free = new Int32Array(size);
  const held = new Uint8Array(size);
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const at = (normal: Float64Array, i: number, j: number) =>
    (i >= j ? normal[i * size + j] : normal[j * size + i]) ?? 0;

  /** Solves for the parameters that are not held, given the steps of those that are. */
  function solveFree(normal: Float64Array, gradient: Float64Array, damping: number): boolean {
    let count = 0;
    for (let i = 0; i < size; i += 1) if (held[i] === 0) free[count++] = i;
    for (let row = 0; row < count; row += 1) {
      const i = free[row] ?? 0;
      let target = -(gradient[i] ?? 0);
      for (let j = 0; j < size; j += 1) if (held[j] === 1) target -= at(normal, i, j) * (step[j] ?? 0);
      right[row] = target;
      for (let column = 0; column <= row; column += 1) {
        matrix[row * count + column] = at(normal, i, free[column] ?? 0);
      }
      const diagonal = at(normal, i, i);
      // A residual that does not depend on a parameter leaves it where it is.
      matrix[row * count + row] = diagonal > 0 ? diagonal * (1 + damping + 1e-14) : 1;
    }
    if (!factoriseCholesky(matrix, count)) return false;
    solveCholesky(matrix, count, right);
    for (let row = 0; row < count; row += 1) step[free[row] ?? 0] = right[row] ?? 0;
    return true;
  }

  function predictedDecrease(normal: Float64Array, gradient: Float64Array): number {
    let decrease = 0;
    for (let i = 0; i < size; i += 1) {
      let product = 2 * (gradient[i] ?? 0);
      for (let j = 0; j < size; j += 1) product += at(normal, i, j) * (step[j] ?? 0);
      decrease -= product * (step[i] ?? 0);
    }
    return decrease;
  }

  return {
    step,
    solve(normal, gradient, damping, x, lower, upper) {
      for (let i = 0; i < size; i += 1) {
        const slope = gradient[i] ?? 0;
        const value = x[i] ?? 0;
        const outwards = (value <= (lower[i] ?? 0) && slope >= 0) || (value >= (upper[i] ?? 0) && slope <= 0);
        held[i] = outwards || (lower[i] ?? 0) >= (upper[i] ?? 0) ? 1 : 0;
        step[i] = 0;
      }
      // Each pass holds one more parameter, the one that meets its bound first, so that it ends after `size` of them.
      for (let pass = 0; pass <= size; pass += 1) {
        if (!solveFree(normal, gradient, damping)) return 0;
        let first = -1;
        let least = 1;
        for (let i = 0; i < size; i += 1) {
          if (held[i] === 1) continue;
          const full = step[i] ?? 0;
          const room = (full < 0 ? (lower[i] ?? 0) : (upper[i] ?? 0)) - (x[i] ?? 0);
          if (Math.abs(full) <= Math.abs(room) || room / full >= least) continue;
          first = i;
          least = room / full;
        }
        if (first < 0) break;
        step[first] = least * (step[first] ?? 0);
        held[first] = 1;
      }
      return predictedDecrease(normal, gradient);
    },
  };
}
