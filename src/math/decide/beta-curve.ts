// The shape of a beta distribution on the line of log-odds, where it is smooth and falls off at both ends.

/** The beta distribution of a rate: density x^(alpha - 1) (1 - x)^(beta - 1) / B(alpha, beta). */
export interface BetaPosterior {
  /** From 0.001 to 1e12: what the prior gives (1 for a uniform one), and one for each success. */
  readonly alpha: number;
  /** From 0.001 to 1e12: what the prior gives (1 for a uniform one), and one for each failure. */
  readonly beta: number;
}

/** The log-odds log(x / (1 - x)) at which the density over log-odds is highest: log(alpha / beta). */
export function peakOf({ alpha, beta }: BetaPosterior): number {
  return Math.log(alpha) - Math.log(beta);
}

/** Distances above this are left to the leading terms, long before e^d overflows. */
const farDistance = 500;

/**
 * log of the density over log-odds t, relative to its peak at p = alpha / (alpha + beta), as a function of the distance
 * d = t - peak: alpha d - (alpha + beta) log(1 - p + p e^d). Never above 0, concave, with slopes alpha and -beta in
 * the tails. Taken from the peak it needs no gamma function, and keeps its digits for a billion trials.
 */
export function logHeight({ alpha, beta }: BetaPosterior, d: number): number {
  // The curve is its mirror image with alpha and beta exchanged. Of the two ways to write it, this is by the smaller of
  // them: p is then at most 1/2, and no two large terms cancel.
  const [small, distance] = alpha <= beta ? [alpha, d] : [beta, -d];
  const total = alpha + beta;
  const p = small / total;
  const log = distance < farDistance ? Math.log1p(p * Math.expm1(distance)) : distance + Math.log(p);
  return small * distance - total * log;
}

/** What is lower than exp(-40), or 4e-18, of the peak is left out. */
const logFloor = -40;

/** The distance from the peak, on the side of `sign`, where the density has fallen to exp(-40) of it. */
export function reachOf(posterior: BetaPosterior, sign: 1 | -1): number {
  let low = 0;
  let high = Math.sqrt(1 / posterior.alpha + 1 / posterior.beta);
  while (logHeight(posterior, sign * high) > logFloor) [low, high] = [high, 2 * high];
  // The place need not be exact: a tenth of the reach is near enough.
  while (high - low > 0.1 * high) {
    const middle = (low + high) / 2;
    if (logHeight(posterior, sign * middle) > logFloor) low = middle;
    else high = middle;
  }
  return sign * high;
}
