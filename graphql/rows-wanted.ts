// How much of a list that is not of the warehouse's rows is given.

import { FlywheelError } from '../src/core/errors.js';

/** `first` as it is, when a list may give so many. Fails with BAD_INPUT or LIMIT_EXCEEDED. */
export function rowsWanted(first: number, max: number): number {
  if (first < 0) throw new FlywheelError('BAD_INPUT', '`first` cannot be negative.');
  if (first <= max) return first;
  throw new FlywheelError(
    'LIMIT_EXCEEDED',
    `This list gives at most ${max} at once; ask for fewer with \`first\`.`,
  );
}
