// Demand of the periods ahead, added up over any stretch of them, whole periods or not.

/** What is expected of the periods ahead, the running one's successor first; all of one length. */
export interface PeriodDemand {
  /** Expected units of each period, 0 or more. Empty when nothing is known. */
  readonly means: Float64Array;
  /** Standard deviation of each period's units around its mean, 0 or more. As many as means. */
  readonly deviations: Float64Array;
}

/** Mean and variance of the demand in a stretch of time. */
export interface DemandMoments {
  readonly mean: number;
  readonly variance: number;
}

/** Throws RangeError where means and deviations are not as many, not finite, or below 0. */
export function assertDemandAhead({ means, deviations }: PeriodDemand): void {
  if (means.length !== deviations.length) {
    throw new RangeError(`There are ${means.length} means and ${deviations.length} deviations of demand.`);
  }
  const wrong = (value: number) => !(value >= 0 && value < Number.POSITIVE_INFINITY);
  if (means.some(wrong) || deviations.some(wrong)) {
    throw new RangeError('Means and deviations of demand must be finite numbers of 0 or more.');
  }
}

/**
 * Mean and variance of demand from `from` to `to` periods ahead (0 <= from <= to, fractions allowed). Periods are taken
 * to be independent, so that variances add; so are the parts of a period: the share q of a period has q of its mean and
 * q of its variance (Silver, Pyke & Peterson: sigma_L = sqrt(L) sigma_1 when all periods are alike). Errors of
 * forecasts that lean the same way for several periods make the true variance larger than this one. After the last
 * period that is known, it is repeated. Nothing known: 0 and 0. Time grows with the periods covered.
 */
export function demandBetween(demand: PeriodDemand, from: number, to: number): DemandMoments {
  const known = demand.means.length;
  let mean = 0;
  let variance = 0;
  const add = (period: number, share: number) => {
    mean += share * (demand.means[period] ?? 0);
    variance += share * (demand.deviations[period] ?? 0) ** 2;
  };
  for (let period = Math.floor(from); period < Math.min(to, known); period += 1) {
    add(period, Math.min(to, period + 1) - Math.max(from, period));
  }
  const beyond = to - Math.max(from, known);
  if (known > 0 && beyond > 0) add(known - 1, beyond);
  return { mean, variance };
}

/**
 * How many periods `units` last when every period takes its mean, walked period by period with the last one repeated:
 * the t where the mean demand from 0 to t reaches them. 0 for 0 units or fewer; Infinity where they are never sold.
 */
export function periodsCovered(demand: PeriodDemand, units: number): number {
  if (units <= 0) return 0;
  let left = units;
  for (let period = 0; period < demand.means.length; period += 1) {
    const mean = demand.means[period] ?? 0;
    if (left <= mean) return period + left / mean;
    left -= mean;
  }
  const last = demand.means.at(-1) ?? 0;
  return last > 0 ? demand.means.length + left / last : Number.POSITIVE_INFINITY;
}
