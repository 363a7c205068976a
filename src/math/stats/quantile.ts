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
