// The bounds of a count that somebody asks for.

import { FlywheelError } from '../src/core/errors.js';

/** The count as it is; fails with BAD_INPUT unless it is from 1 to `most`. */
export function checkCount(name: string, count: number, most: number): number {
  if (count >= 1 && count <= most) return count;
  throw new FlywheelError('BAD_INPUT', `\`${name}\` is ${count}; it must be from 1 to ${most}.`);
}
