// What a shop may set: what each behaviour counts, which texts are read, whether bought products come again.

import { z } from 'zod';
import { type TextField, textFields } from '../../warehouse/service-reads/product-texts.js';
import { readSettings } from '../host/read-settings.js';
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

const stars = `a number of stars from 0 to ${starsMax}`;

const settings = z.object({
  weights: z
    .record(
      z.string().min(1),
      z.number({ error: stars }).min(0, { error: stars }).max(starsMax, { error: stars }),
      { error: 'an object of types of events and the stars that each counts' },
    )
    .refine((weights) => weights[ratingBehaviour] === undefined, {
      path: [ratingBehaviour],
      error: 'left out: a rating counts the stars that it gives',
    })
    .optional(),
  textFields: z
    .array(z.enum(textFields, { error: `one of ${textFields.join(', ')}` }), {
      error: `a list of ${textFields.join(', ')}`,
    })
    .optional(),
  keepOwned: z.boolean({ error: 'true or false' }).optional(),
});

/**
 * The settings of a shop, from plain JSON; what is left out, a weight for instance, is as in the defaults, and a weight of
 * 0 counts nothing. Throws BAD_INPUT with a sentence for each fault.
 */
export function recommendationSettings(value: unknown): RecommendationSettings {
  const given = readSettings('recommendation', settings, value);
  const defaults = recommendationDefaults;
  return {
    weights: { ...defaults.weights, ...given.weights },
    textFields: given.textFields ?? defaults.textFields,
    keepOwned: given.keepOwned ?? defaults.keepOwned,
  };
}

/** Every type of event that counts by these weights. */
export function countedTypes(weights: BehaviourWeights): readonly string[] {
  return [...new Set([...Object.keys(weights), ratingBehaviour])].sort();
}

/** The strategies that list products without any score too. */
export const listsZeros: ReadonlySet<Strategy> = new Set<Strategy>(['AUTO', 'POPULARITY', 'CONTENT']);
