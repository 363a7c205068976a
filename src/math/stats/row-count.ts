// Tables of numbers: rows of as many columns, one after another in one array.

import { FlywheelError } from '../../core/errors.js';

/** How many rows a table has; numbers that fill no whole number of rows are BAD_INPUT. */
export function rowCount(rows: Float64Array, columns: number): number {
  const count = rows.length / columns;
  if (Number.isInteger(columns) && columns >= 1 && Number.isInteger(count)) return count;
  throw new FlywheelError(
    'BAD_INPUT',
    `${rows.length} numbers are no whole number of rows of ${columns} columns.`,
  );
}
