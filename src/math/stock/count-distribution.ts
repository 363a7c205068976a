// Distributions of whole numbers of units, for demand that is low or comes now and then.

/** The distribution of a demand, of whole units or not. */
export interface DemandDistribution {
  /** P(D <= units). */
  atMost(units: number): number;
  /** The least stock that holds the demand with a probability of `level` or more; in (0, 1). */
  quantile(level: number): number;
  /** What the demand exceeds `units` by in the mean: E[max(0, D - units)]. */
  excess(units: number): number;
}

/** Probabilities are listed until less than this is left. */
const rest = 1e-13;

/** P(N = n) = mean^n exp(-mean) / n!, mean above 0; what customers who come one by one and at any time ask for. */
export function poissonDistribution(mean: number): DemandDistribution {
  return fromProbabilities(mean, -mean, (count) => Math.log(mean / (count + 1)));
}

/**
 * The negative binomial distribution with this mean and this variance above it: with r = mean^2 / (variance - mean) and
 * q = 1 - mean / variance, P(0) = (1 - q)^r and P(n + 1) / P(n) = q (r + n) / (n + 1). It is what customers who come as
 * with Poisson, but each ask for several units (logarithmic sizes), ask for together (Axsäter, "Inventory Control",
 * chapter 5).
 */
export function negativeBinomialDistribution(mean: number, variance: number): DemandDistribution {
  const over = variance - mean;
  const r = mean / (over / mean);
  const logQ = Math.log(over / variance);
  const logNone = -r * Math.log1p(over / mean);
  return fromProbabilities(mean, logNone, (count) => logQ + Math.log((r + count) / (count + 1)));
}

/** About how many probabilities a distribution of this mean and variance lists: the time and space that it takes. */
export function countsListed(mean: number, variance: number): number {
  return mean + 30 * Math.max(Math.sqrt(variance), variance / mean);
}

/**
 * Lists probabilities from log P(0) and the logarithms of P(n + 1) / P(n): as logarithms, since P(0) of a large mean
 * is below the least number there is.
 */
function fromProbabilities(
  mean: number,
  logNone: number,
  logRatio: (count: number) => number,
): DemandDistribution {
  const cumulative: number[] = [];
  let logChance = logNone;
  let sum = 0;
  let before = -1;
  // Rounding may keep the sum from ever coming so near to 1: then it ends where it grows no more, past the mean.
  while (sum < 1 - rest && (sum > before || cumulative.length <= mean)) {
    before = sum;
    sum += Math.exp(logChance);
    logChance += logRatio(cumulative.length);
    cumulative.push(Math.min(1, sum));
  }
  const atMost = (units: number) => (units < 0 ? 0 : (cumulative[Math.floor(units)] ?? 1));
  return {
    atMost,
    quantile(level) {
      const found = cumulative.findIndex((chance) => chance >= level);
      return found === -1 ? cumulative.length : found;
    },
    excess(units) {
      if (units < 0) return mean - units;
      // E[max(0, D - k)] is the sum of P(D > n) from n = k on, and straight between whole numbers.
      const whole = Math.floor(units);
      let above = 0;
      for (let count = cumulative.length - 1; count > whole; count -= 1) above += 1 - atMost(count);
      return above + (1 - atMost(whole)) * (whole + 1 - units);
    },
  };
}
