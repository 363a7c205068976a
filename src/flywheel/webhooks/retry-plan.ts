// When a delivery that failed is tried again, and when it is given up.

export interface RetryPlan {
  /** After so many attempts a delivery is given up. */
  readonly attemptsMax: number;
  /** In how many milliseconds there is another attempt after so many that failed. */
  pauseMs(failed: number): number;
}

const attemptsMax = 10;
const firstMs = 5_000;
const factor = 4;
const mostMs = 12 * 3_600_000;

/**
 * Ten attempts in about a day and a half: 5 s · 4^(n − 1) after the n-th, at most 12 h, each times a number drawn evenly
 * from 0.8 to 1.2, so that what failed together does not come back together.
 */
export function createRetryPlan(random: () => number): RetryPlan {
  return {
    attemptsMax,
    pauseMs: (failed) => Math.min(firstMs * factor ** (failed - 1), mostMs) * (0.8 + 0.4 * random()),
  };
}
