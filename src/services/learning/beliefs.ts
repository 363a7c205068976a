// What a learner believes of its weights before its first example, by feature, as the numbers of its columns.

import type { BayesParameters } from '../../math/online/bayes-logistic.js';
import type { FeatureVector } from '../../math/online/feature-vector.js';

export interface Belief {
  /** How far from 0 a weight usually is, in log odds. */
  readonly deviation: number;
  /** The share of what was learned that each meeting with the column takes back; 0 never forgets. */
  readonly fading: number;
}

export interface Beliefs {
  readonly intercept: Belief;
  /** One for each feature, by its name. */
  readonly features: Readonly<Record<string, Belief>>;
}

/** Throws BAD_INPUT for a feature that there is not; a rule cannot be made of them where one is left out. */
export function parametersOf({ intercept, features }: Beliefs, vector: FeatureVector): BayesParameters {
  const variances = new Float64Array(vector.length);
  const fading = new Float64Array(vector.length);
  for (const [name, belief] of Object.entries(features)) {
    const { first, count } = vector.columnsOf(name);
    variances.fill(belief.deviation ** 2, first, first + count);
    fading.fill(belief.fading, first, first + count);
  }
  return {
    variances,
    fading,
    interceptVariance: intercept.deviation ** 2,
    interceptFading: intercept.fading,
  };
}
