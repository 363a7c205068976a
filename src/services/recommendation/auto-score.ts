// The blend of AUTO: item-kNN and EASE on one scale, weighed by what sells now, by how much is known of the customer.

import { addShare } from '../../math/recommend/add-share.js';
import { scoreEase } from '../../math/recommend/ease.js';
import { scoreItemKnn } from '../../math/recommend/item-knn.js';
import { recencyWeights, weighByRecency } from '../../math/recommend/recent-popularity.js';
import type { SparseVector } from '../../math/sparse/sparse-matrix.js';
import type { AutoParts } from './auto-parts.js';
import type { Blend } from './model.js';

/** The scores of both parts for one customer. */
export interface PartScores {
  readonly itemKnn: Float64Array;
  readonly ease: Float64Array;
}

/** What the scores of each part were multiplied by. */
export interface PartScales {
  readonly itemKnn: number;
  readonly ease: number;
}

/**
 * Writes the mixture (1 - share) kNN + share EASE into `mixture`, each divided by its best.
 */
export function mixParts(
  { itemKnn, ease }: PartScores,
  easeShare: number,
  mixture: Float64Array,
): PartScales {
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

/**
 * A function that writes the scores of AUTO for a basket, one customer at a time; `recent` holds the distinct customers of
 * each product in the last 30 days.
 */
export function createAutoScore(
  parts: AutoParts,
  blend: Blend,
  recent: Float64Array,
): (basket: SparseVector, scores: Float64Array) => PartScales {
  const scored = { itemKnn: new Float64Array(recent.length), ease: new Float64Array(recent.length) };
  const mixture = new Float64Array(recent.length);
  const weights = recencyWeights(recent, blend);
  return (basket, scores) => {
    scoreItemKnn(parts.itemKnn, basket, scored.itemKnn.fill(0));
    scoreEase(parts.ease, basket, scored.ease.fill(0));
    const scales = mixParts(scored, blend.easeShare, mixture);
    weighMixture(mixture, basket.indices.length, blend, weights, scores);
    return scales;
  };
}
