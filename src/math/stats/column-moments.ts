// The mean and the deviation of each column of a table.

import { FlywheelError } from '../../core/errors.js';
import { rowCount } from './row-count.js';

export interface ColumnMoments {
  readonly means: Float64Array;
  /** Population standard deviations: the root of the mean squared distance from the mean. */
  readonly deviations: Float64Array;
}

/**
 * Means and deviations of a table that holds rows of `columns` numbers one after another, in two passes. A table
 * without a row, with a broken row or with a number that is not finite is BAD_INPUT.
 */
export function columnMoments(rows: Float64Array, columns: number): ColumnMoments {
  const count = rowCount(rows, columns);
  if (count === 0)
    throw new FlywheelError('BAD_INPUT', 'A table without a row has no means: give at least one row.');
  const sums = new Float64Array(columns);
  for (let start = 0; start < rows.length; start += columns) {
    for (let j = 0; j < columns; j += 1) sums[j] = (sums[j] ?? 0) + (rows[start + j] ?? 0);
  }
  const means = sums.map((sum) => sum / count);
  const broken = means.findIndex((mean) => !Number.isFinite(mean));
  if (broken >= 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `Column ${broken + 1} holds a number that is not finite or too large.`,
    );
  }
  const squares = new Float64Array(columns);
  for (let start = 0; start < rows.length; start += columns) {
    for (let j = 0; j < columns; j += 1) {
      const apart = (rows[start + j] ?? 0) - (means[j] ?? 0);
      squares[j] = (squares[j] ?? 0) + apart * apart;
    }
  }
  return { means, deviations: squares.map((square) => Math.sqrt(square / count)) };
}
