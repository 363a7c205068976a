// How far predicted ratings are from those that were given.

import { FlywheelError } from '../../core/errors.js';

export interface RatingErrors {
  /** The root of the mean squared error, in the unit of the ratings. */
  readonly rmse: number;
  /** The mean absolute error, in the unit of the ratings. */
  readonly mae: number;
}

/** Compares predictions with ratings, place by place. Throws BAD_INPUT where there are none or not as many. */
export function ratingErrors(predicted: ArrayLike<number>, given: ArrayLike<number>): RatingErrors {
  if (given.length === 0 || predicted.length !== given.length)
    throw new FlywheelError(
      'BAD_INPUT',
      `There are ${predicted.length} predictions for ${given.length} ratings; give one for each, and at least one.`,
    );
  let squares = 0;
  let distances = 0;
  for (let at = 0; at < given.length; at += 1) {
    const error = (predicted[at] ?? 0) - (given[at] ?? 0);
    squares += error * error;
    distances += Math.abs(error);
  }
  return { rmse: Math.sqrt(squares / given.length), mae: distances / given.length };
}
