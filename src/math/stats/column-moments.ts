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
  const means = new Float64Array(columns);
  const deviations = new Float64Array(columns);
  for (let column = 0; column < columns; column += 1) {
    let sum = 0;
    for (let at = column; at < rows.length; at += columns) sum += rows[at] ?? 0;
    const mean = sum / count;
    if (!Number.isFinite(mean)) {
      throw new FlywheelError(
        'BAD_INPUT',
        `Column ${column + 1} holds a number that is not finite or too large.`,
      );
    }
    let squares = 0;
    for (let at = column; at < rows.length; at += columns) squares += ((rows[at] ?? 0) - mean) ** 2;
    means[column] = mean;
    deviations[column] = Math.sqrt(squares / count);
  }
  return { means, deviations };
}
