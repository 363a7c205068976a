// Which distribution a demand is taken to have, chosen by its mean and variance, and why.

import { normalQuantile } from '../stats/normal-quantile.js';
import {
  countsListed,
  type DemandDistribution,
  negativeBinomialDistribution,
  poissonDistribution,
} from './count-distribution.js';
import type { DemandMoments } from './demand-ahead.js';
import { normalLoss, normalUpperTail } from './normal-loss.js';

export type DistributionName = 'CERTAIN' | 'NORMAL' | 'POISSON' | 'NEGATIVE_BINOMIAL';

export interface ChosenDistribution {
  readonly name: DistributionName;
  /** One sentence that says why this one. */
  readonly why: string;
  readonly distribution: DemandDistribution;
}

/** From this mean on, demand moves in steps that are small beside it (Silver, Pyke & Peterson, chapter 7). */
const lowMean = 10;

/** With more deviation beside the mean, a normal demand is below 0 in more than one case of 44. */
const mostVariation = 0.5;

/** Rounding makes a variance of the mean's size this much larger, or less. */
const hair = 1e-9;

/** More probabilities are not listed for one product. */
const mostCounts = 200_000;

/**
 * The distribution of a demand with this mean and variance, both 0 or more:
 * - without mean or without variance it is certain, since what is never below 0 and has a mean of 0 is always 0;
 * - normal, where its deviation is at most half of its mean and it is 10 or more, or varies less than Poisson's;
 * - else Poisson, where the variance is no larger than the mean (if smaller, Poisson's errs towards more stock);
 * - else negative binomial, which has both mean and variance; normal, if there are too many numbers to list.
 * Silver, Pyke & Peterson (chapter 7) and Axsäter (chapter 5) choose by the same two signs, mean and variation.
 */
export function chooseDistribution({ mean, variance }: DemandMoments): ChosenDistribution {
  if (mean === 0 || variance === 0) {
    const why =
      mean === 0
        ? 'No demand is expected.'
        : 'Demand is expected without any variation, so that it is certain.';
    return { name: 'CERTAIN', why, distribution: certain(mean) };
  }
  const deviation = Math.sqrt(variance);
  const shown = `mean ${shortly(mean)}, deviation ${shortly(deviation)}`;
  const normal = (reason: string): ChosenDistribution => ({
    name: 'NORMAL',
    why: `Normal: ${reason} (${shown}).`,
    distribution: normalDistribution(mean, deviation),
  });
  if (deviation <= mostVariation * mean) {
    if (mean >= lowMean) return normal(`demand is ${lowMean} or more and varies by no more than half of it`);
    if (variance < mean) return normal('demand is low, but varies less than single sales by chance would');
  }
  if (variance <= mean * (1 + hair)) {
    const why = `Poisson: demand is low and varies like single sales by chance, or less (${shown}).`;
    return { name: 'POISSON', why, distribution: poissonDistribution(mean) };
  }
  if (countsListed(mean, variance) > mostCounts)
    return normal('demand varies much, but has too many units to list');
  return {
    name: 'NEGATIVE_BINOMIAL',
    why: `Negative binomial: demand is low or comes in bursts, and varies more than single sales by chance (${shown}).`,
    distribution: negativeBinomialDistribution(mean, variance),
  };
}

function certain(mean: number): DemandDistribution {
  return {
    atMost: (units) => (units >= mean ? 1 : 0),
    quantile: () => mean,
    excess: (units) => Math.max(0, mean - units),
  };
}

/** z = (units - mean) / deviation: P(D <= units) = P(Z <= z), and E[max(0, D - units)] = deviation x G(z). */
function normalDistribution(mean: number, deviation: number): DemandDistribution {
  return {
    atMost: (units) => normalUpperTail((mean - units) / deviation),
    quantile: (level) => mean + deviation * normalQuantile(level),
    excess: (units) => deviation * normalLoss((units - mean) / deviation),
  };
}

/** Three digits, in plain figures. */
function shortly(value: number): string {
  return String(Number(value.toPrecision(3)));
}
