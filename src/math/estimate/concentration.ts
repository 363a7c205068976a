// How unevenly a catalogue is shown, and how much of it at all.

import { FlywheelError } from '../../core/errors.js';

/**
 * The Gini coefficient of how often each of n items was shown, zeros included: with the counts in ascending order,
 *   G = sum_i (2 i - n - 1) x_i / (n sum_i x_i),   i from 1 to n,
 * half the mean difference between two items over their mean. C. Gini, "Variabilità e mutabilità", 1912; for
 * recommendations G. Shani, A. Gunawardana, "Evaluating Recommendation Systems", Recommender Systems Handbook, 2011.
 * 0 where all are shown alike (or nothing was shown), (n - 1) / n where one item has everything. No item at all, or a
 * count that is not finite or below 0, is BAD_INPUT.
 */
export function giniCoefficient(counts: Float64Array): number {
  checkCounts(counts);
  const ascending = counts.toSorted();
  const size = ascending.length;
  let [total, weighted] = [0, 0];
  ascending.forEach((count, at) => {
    total += count;
    weighted += (2 * at + 1 - size) * count;
  });
  return total === 0 ? 0 : weighted / (size * total);
}

/** The share of a catalogue's items that were shown at all, from 0 to 1. BAD_INPUT as `giniCoefficient`. */
export function coverageShare(counts: Float64Array): number {
  checkCounts(counts);
  return counts.filter((count) => count > 0).length / counts.length;
}

function checkCounts(counts: Float64Array): void {
  if (counts.length === 0)
    throw new FlywheelError(
      'BAD_INPUT',
      'A catalogue without an item has no concentration: give its counts.',
    );
  const broken = counts.findIndex((count) => !(count >= 0 && count < Number.POSITIVE_INFINITY));
  if (broken >= 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `Item ${broken + 1} has the count ${counts[broken]}; give finite counts of at least 0.`,
    );
  }
}
