// Quantiles of a sample.

import { FlywheelError } from '../../core/errors.js';

/**
 * The value below which a share `probability` of the sample lies, by linear interpolation between its order statistics
 * x(0), …, x(n - 1) at (n - 1) probability: definition 7 of R. J. Hyndman, Y. Fan, "Sample Quantiles in Statistical
 * Packages", The American Statistician 50(4), 1996, which is NumPy's default. `sorted` is in ascending order and not
 * empty, `probability` is from 0 to 1 (BAD_INPUT otherwise).
 */
export function quantileOfSorted(sorted: Float64Array, probability: number): number {
  if (sorted.length === 0 || !(probability >= 0 && probability <= 1)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'A quantile needs a sample of at least one number and a share from 0 to 1.',
    );
  }
  const position = (sorted.length - 1) * probability;
  const index = Math.floor(position);
  const below = sorted[index] ?? 0;
  const above = sorted[Math.min(index + 1, sorted.length - 1)] ?? 0;
  return below + (above - below) * (position - index);
}

/**
 * The share of the sample that lies below a value, where members equal to it count half: the way back from a quantile,
 * from 0 to 1. `sorted` is in ascending order and not empty (BAD_INPUT otherwise).
 */
export function shareBelow(sorted: Float64Array, value: number): number {
  if (sorted.length === 0)
    throw new FlywheelError('BAD_INPUT', 'A share needs a sample of at least one number.');
  return (
    (countWhile(sorted, (member) => member < value) + countWhile(sorted, (member) => member <= value)) /
    2 /
    sorted.length
  );
}

/** How many members, from the first, a condition holds for that never holds again once it fails. */
function countWhile(sorted: Float64Array, holds: (member: number) => boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(sorted[middle] ?? 0)) from = middle + 1;
    else to = middle;
  }
  return from;
}
