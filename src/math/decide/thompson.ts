// Chooses between whole policies in proportion to how likely each is the best.

import type { Random } from '../../core/random.js';
import { drawIndex } from '../random-variates.js';
import { type BetaPosterior, logHeight, peakOf, reachOf } from './beta-curve.js';

/** Parameters for which the grid keeps its digits: a prior is never thinner, and no log has more trials. */
const parameterRange = { least: 1e-3, greatest: 1e12 };

/** Cells of the grid on each side of each posterior's peak. */
const cellsPerSide = 160;

/** Where all posteriors are looked at: each brings points of its own, closest at its peak, so none is too narrow to see. */
function gridOf(posteriors: readonly BetaPosterior[]): Float64Array {
  const points: number[] = [];
  for (const posterior of posteriors) {
    const peak = peakOf(posterior);
    points.push(peak);
    for (const sign of [-1, 1] as const) {
      const reach = reachOf(posterior, sign);
      for (let cell = 1; cell <= cellsPerSide; cell += 1)
        points.push(peak + reach * (cell / cellsPerSide) ** 2);
    }
  }
  return Float64Array.from(new Set(points)).sort();
}

/** A posterior on the grid: densities at both ends and the middle of each cell, and the distribution at the same points. */
interface Curve {
  /** Point 2i is grid point i, point 2i + 1 the middle of cell i; the mass of the whole line is 1. */
  readonly density: Float64Array;
  readonly below: Float64Array;
}

function curveOf(posterior: BetaPosterior, grid: Float64Array): Curve {
  const peak = peakOf(posterior);
  const density = new Float64Array(2 * grid.length - 1);
  const below = new Float64Array(density.length);
  for (let at = 0; at < density.length; at += 1) {
    const left = grid[at >>> 1] ?? 0;
    const point = at % 2 === 0 ? left : (left + (grid[(at >>> 1) + 1] ?? 0)) / 2;
    density[at] = Math.exp(logHeight(posterior, point - peak));
  }
  for (let at = 0; at + 2 < density.length; at += 2) {
    const width = (grid[at / 2 + 1] ?? 0) - (grid[at / 2] ?? 0);
    const [start, middle, end] = [density[at] ?? 0, density[at + 1] ?? 0, density[at + 2] ?? 0];
    // The parabola through the three: its integral over all of the cell (Simpson's rule), and over the first half, where
    // a steep one may dip below 0, or above the whole.
    const whole = (width / 6) * (start + 4 * middle + end);
    const half = (width / 24) * (5 * start + 8 * middle - end);
    below[at + 1] = (below[at] ?? 0) + Math.min(whole, Math.max(0, half));
    below[at + 2] = (below[at] ?? 0) + whole;
  }
  const mass = below[below.length - 1] ?? 1;
  return { density: density.map((value) => value / mass), below: below.map((value) => value / mass) };
}

function checkPosteriors(posteriors: readonly BetaPosterior[]): void {
  if (posteriors.length === 0) throw new RangeError('There is no policy to choose from.');
  for (const [policy, { alpha, beta }] of posteriors.entries())
    if (!(Math.min(alpha, beta) >= parameterRange.least && Math.max(alpha, beta) <= parameterRange.greatest))
      throw new RangeError(
        `Policy ${policy} has a posterior (${alpha}, ${beta}); both are from 0.001 to 1e12.`,
      );
}

/**
 * How likely each policy has the highest rate, when their rates are independent with these posteriors: the probability
 * with which Thompson sampling chooses it, P(k) = integral of f_k(x) prod_{j != k} F_j(x) dx. The shares sum to 1.
 *
 * W. R. Thompson, "On the Likelihood that One Unknown Probability Exceeds Another in View of the Evidence of Two
 * Samples", Biometrika 25, 1933; O. Chapelle, L. Li, "An Empirical Evaluation of Thompson Sampling", NIPS 24, 2011;
 * D. Russo et al., "A Tutorial on Thompson Sampling", Foundations and Trends in Machine Learning 11(1), 2018.
 *
 * By integration and not by seeded draws, because a share is a denominator of off-policy estimates, where the noise of
 * draws would become bias. Simpson's rule over log-odds, in cells fitted to every posterior; the error is below 1e-7. A
 * share so small that it underflows is 0. Time grows with the square of the number of policies, a millisecond or two
 * for three: keep the shares while the posteriors stand.
 * Throws RangeError without a policy, and for parameters outside 0.001 to 1e12.
 */
export function thompsonShares(posteriors: readonly BetaPosterior[]): Float64Array {
  checkPosteriors(posteriors);
  const grid = gridOf(posteriors);
  const curves = posteriors.map((posterior) => curveOf(posterior, grid));
  const shares = Float64Array.from(curves, ({ density }, policy) => {
    let share = 0;
    for (let at = 0; at < density.length; at += 1) {
      let value = density[at] ?? 0;
      if (value === 0) continue;
      // By number: an iterator here takes most of the time where there are many policies.
      for (let other = 0; other < curves.length; other += 1)
        if (other !== policy) value *= curves[other]?.below[at] ?? 0;
      share += value * simpsonWeight(grid, at);
    }
    return share;
  });
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** What the value at a point counts in Simpson's rule: 4/6 of its cell in the middle, 1/6 of both cells at an end. */
function simpsonWeight(grid: Float64Array, at: number): number {
  const left = at >>> 1;
  const here = grid[left] ?? 0;
  if (at % 2 === 1) return (4 / 6) * ((grid[left + 1] ?? here) - here);
  return ((grid[left + 1] ?? here) - (grid[left - 1] ?? here)) / 6;
}

/**
 * Draws one policy by Thompson sampling: its index and the probability that it had. `shares` are what `thompsonShares`
 * gave, and stay right while no posterior changes. To draw from them is the same as to draw one rate from each posterior
 * and take the highest; so the propensity is exactly the chance that was used, whatever the integral's error, and above
 * 0. Takes one uniform number. Throws RangeError where no share is above 0.
 */
export function drawPolicy(
  random: Random,
  shares: Float64Array,
): { readonly policy: number; readonly propensity: number } {
  const policy = drawIndex(random, shares);
  const propensity = shares[policy];
  if (propensity === undefined) throw new RangeError('There is no policy to choose from.');
  return { policy, propensity };
}
