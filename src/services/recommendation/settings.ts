// What a shop may set: what each behaviour counts, which texts are read, whether bought products come again.

import type { TextField } from '../../warehouse/service-reads/product-texts.js';
import type { Strategy } from './contract.js';

/** What a behaviour counts, in stars from 0 to 5. A rating counts its own stars. */
export type BehaviourWeights = Readonly<Record<string, number>>;

export interface RecommendationSettings {
  readonly weights: BehaviourWeights;
  readonly textFields: readonly TextField[];
  /** Recommends what was bought or rated already too: right for consumables. A call may say otherwise. */
  readonly keepOwned: boolean;
}

/** The most that a behaviour can count. */
export const starsMax = 5;

/** The number of days whose purchases are what sells now. */
export const recentDays = 30;

/**
 * Of several behaviours towards one product the strongest counts, once; a rating counts instead of all others, since it
 * says what the customer thinks of it.
 */
export const recommendationDefaults: RecommendationSettings = {
  weights: { view: 1, click: 2, add_to_cart: 3, purchase: 5 },
  textFields: ['name', 'description', 'category'],
  keepOwned: false,
};

/** Behaviour that makes a product the customer's own. */
export const owningBehaviours: ReadonlySet<string> = new Set(['purchase', 'rating']);

/** Behaviour whose number is a rating. */
export const ratingBehaviour = 'rating';

/** Every type of event that counts by these weights. */
export function countedTypes(weights: BehaviourWeights): readonly string[] {
  return [...new Set([...Object.keys(weights), ratingBehaviour])].sort();
}

/** The strategies that list products without any score too. */
export const listsZeros: ReadonlySet<Strategy> = new Set<Strategy>(['AUTO', 'POPULARITY', 'CONTENT']);
