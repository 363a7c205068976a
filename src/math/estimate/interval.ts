// What an interval is, and the levels that one can be asked for.

import { FlywheelError } from '../../core/errors.js';

/** What is held to be possible, from `low` to `high`; an end about which nothing is known is endless. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** An estimate and its interval. `value` is NaN where there is nothing to estimate from. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** The level of an interval where the caller names none. */
export const usualLevel = 0.95;

/** Passes on a share that is above 0 and below 1; any other number is BAD_INPUT, by the name that the caller gives it. */
export function properShare(name: string, share: number): number {
  if (share > 0 && share < 1) return share;
  throw new FlywheelError(
    'BAD_INPUT',
    `${name} is ${share}; choose a number above 0 and below 1, such as 0.95.`,
  );
}
