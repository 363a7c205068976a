// The blend of AUTO: item-kNN and EASE on one scale, weighed by what sells now, by how much is known of the customer.

import { addShare } from '../../math/recommend/add-share.js';
import { weighByRecency } from '../../math/recommend/recent-popularity.js';
import type { Blend } from './model.js';

/** The scores of both parts for one customer. */
export interface PartScores {
  readonly itemKnn: Float64Array;
  readonly ease: Float64Array;
}

/**
 * Writes the mixture (1 - share) kNN + share EASE into `mixture`, each divided by its best. Gives back what the scores of
 * each part were multiplied by.
 */
export function mixParts(
  { itemKnn, ease }: PartScores,
  easeShare: number,
  mixture: Float64Array,
): { readonly itemKnn: number; readonly ease: number } {
  mixture.fill(0);
  return {
    itemKnn: easeShare < 1 ? addShare(mixture, itemKnn, 1 - easeShare) : 0,
    ease: easeShare > 0 ? addShare(mixture, ease, easeShare) : 0,
  };
}

/**
 * Writes the score of each product into `scores`: (mixture + prior / n) x weight, where n is the number of products that
 * are known of the customer, and the weights are those of recent sales. The less is known, the more the prior and so
 * recent sales decide; with nothing known they alone do. With `candidates` only their scores are written.
 */
export function weighMixture(
  mixture: Float64Array,
  known: number,
  { prior }: Pick<Blend, 'prior'>,
  weights: Float64Array,
  scores: Float64Array,
  candidates?: Int32Array,
): void {
  const share = prior / Math.max(1, known);
  if (candidates === undefined) {
    scores.set(mixture);
    weighByRecency(scores, weights, share);
    return;
  }
  for (const item of candidates) scores[item] = ((mixture[item] ?? 0) + share) * (weights[item] ?? 0);
}
