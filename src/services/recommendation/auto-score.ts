// The blend of AUTO: item-kNN and EASE on one scale, weighed by what sells now, by how much is known of the customer.

import { addShare } from '../../math/recommend/add-share.js';
import { weighByRecency } from '../../math/recommend/recent-popularity.js';
import type { Blend } from './model.js';

/**
 * Writes the score of each product into `scores`: (mixture + prior / n) x weight, where the mixture is
 * (1 - share) kNN + share EASE, each divided by its best, n is the number of products that are known of the customer, and
 * the weights are those of recent sales. The less is known, the more the prior and so recent sales decide; with nothing
 * known they alone do.
 */
export function blendScores(
  parts: { readonly itemKnn: Float64Array; readonly ease: Float64Array },
  known: number,
  blend: Pick<Blend, 'easeShare' | 'prior'>,
  weights: Float64Array,
  scores: Float64Array,
): void {
  scores.fill(0);
  if (blend.easeShare < 1) addShare(scores, parts.itemKnn, 1 - blend.easeShare);
  if (blend.easeShare > 0) addShare(scores, parts.ease, blend.easeShare);
  weighByRecency(scores, weights, blend.prior / Math.max(1, known));
}
