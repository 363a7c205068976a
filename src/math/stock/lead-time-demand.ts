// Demand while an order is on its way, when the time that it takes is itself uncertain.

import { type DemandMoments, demandBetween, type PeriodDemand } from './demand-ahead.js';

/** The time from an order to its arrival, in periods, not necessarily whole ones. */
export interface LeadTime {
  readonly mean: number;
  /** Standard deviation; 0 when it is always the same. */
  readonly deviation: number;
}

/** Mean and variance of the demand until an order arrives, and where the variance comes from. */
export interface LeadTimeDemand extends DemandMoments {
  readonly deviation: number;
  /** The part of the variance that demand has: E[V(L)]. */
  readonly varianceOfDemand: number;
  /** The part that the uncertain lead time adds: Var[M(L)]; for equal periods, mean demand squared x its variance. */
  readonly varianceOfLeadTime: number;
}

/** Throws RangeError for a lead time that is not a finite number of 0 or more, or one of 0 that varies. */
export function assertLeadTime({ mean, deviation }: LeadTime): void {
  const wrong = (value: number) => !(value >= 0 && value < Number.POSITIVE_INFINITY);
  if (wrong(mean) || wrong(deviation)) {
    throw new RangeError('Mean and deviation of a lead time must be finite numbers of 0 or more.');
  }
  if (mean === 0 && deviation > 0) {
    throw new RangeError('A lead time with a mean of 0 cannot vary, since none is below 0.');
  }
}

/**
 * Demand over a random lead time L and `review` certain periods after it. With M(t) and V(t), mean and variance of
 * demand up to t: mean = E[M(L)], variance = E[V(L)] + Var[M(L)]. When all periods are alike this is the formula of the
 * books, E(L) sigma^2 + d^2 Var(L) (Silver, Pyke & Peterson, chapter 7; Axsäter, chapter 5). When they are not,
 * M and V bend, and the expectations need a distribution of L: it is taken as two values with this mean and this
 * deviation, which is exact for straight M and V whatever the true distribution.
 */
export function demandOverLeadTime(demand: PeriodDemand, leadTime: LeadTime, review = 0): LeadTimeDemand {
  const cases = leadTimeCases(leadTime).map(({ periods, weight }) => ({
    ...demandBetween(demand, 0, periods + review),
    weight,
  }));
  const mean = cases.reduce((sum, one) => sum + one.weight * one.mean, 0);
  const varianceOfDemand = cases.reduce((sum, one) => sum + one.weight * one.variance, 0);
  const varianceOfLeadTime = cases.reduce((sum, one) => sum + one.weight * (one.mean - mean) ** 2, 0);
  const variance = varianceOfDemand + varianceOfLeadTime;
  return { mean, variance, deviation: Math.sqrt(variance), varianceOfDemand, varianceOfLeadTime };
}

/**
 * Two lead times of 0 or more with the mean and deviation asked: mean ± deviation, half each; where the lower one would
 * be below 0, it is 0, and the upper one is (mean^2 + deviation^2) / mean, as often as the mean demands.
 */
function leadTimeCases({
  mean,
  deviation,
}: LeadTime): { readonly periods: number; readonly weight: number }[] {
  if (deviation === 0) return [{ periods: mean, weight: 1 }];
  if (deviation <= mean) {
    return [
      { periods: mean - deviation, weight: 0.5 },
      { periods: mean + deviation, weight: 0.5 },
    ];
  }
  const square = mean * mean + deviation * deviation;
  const late = (mean * mean) / square;
  return [
    { periods: 0, weight: 1 - late },
    { periods: square / mean, weight: late },
  ];
}
