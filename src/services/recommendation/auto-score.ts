// The blend of AUTO: item-kNN and EASE on one scale, weighed by what sells now, by how much is known of the customer.

import { addShare } from '../../math/recommend/add-share.js';
import { weighByRecency } from '../../math/recommend/recent-popularity.js';
import type { Blend } from './model.js';

/** The scores of both parts for one customer. */
export interface PartScores {
  readonly itemKnn: Float64Array;
  readonly ease: Float64Array;
}

/** Writes the mixture (1 - share) kNN + share EASE into `mixture`, each divided by its best. */
export function mixParts({ itemKnn, ease }: PartScores, easeShare: number, mixture: Float64Array): void {
  mixture.fill(0);
  if (easeShare < 1) addShare(mixture, itemKnn, 1 - easeShare);
  if (easeShare > 0) addShare(mixture, ease, easeShare);
}

/**
 * Writes the score of each product into `scores`: (mixture + prior / n) x weight, where n is the number of products that
 * are known of the customer, and the weights are those of recent sales. The less is known, the more the prior and so
 * recent sales decide; with nothing known they alone do.
 */
export function weighMixture(
  mixture: Float64Array,
  known: number,
  { prior }: Pick<Blend, 'prior'>,
  weights: Float64Array,
  scores: Float64Array,
): void {
  scores.set(mixture);
  weighByRecency(scores, weights, prior / Math.max(1, known));
}
