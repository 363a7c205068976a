// What each customer may like: what may be asked and what is answered.

import { z } from 'zod';
import { challengerArm } from '../host/arms.js';
import { codeSchema } from '../host/code.js';
import type { Service } from '../host/service-contract.js';

/** AUTO blends what was best on a held-back month; the others are one method each. */
export const strategies = [
  'AUTO',
  'POPULARITY',
  'CONTENT',
  'USER_CF',
  'ITEM_KNN',
  'EASE',
  'NMF',
  'ALS',
] as const;

export type Strategy = (typeof strategies)[number];

/** So many products are listed at most, and so many named as the reason for one. */
export const listedMax = 100;
export const reasonsMax = 3;

const scoredProduct = z.object({
  product: z.string().describe('The code of the product.'),
  score: z.number().describe('Comparable within one list only; the unit is that of the strategy.'),
  because: z
    .array(z.string())
    .max(reasonsMax)
    .describe(
      'The codes of the products that speak most for it, the strongest first; empty where only its sales do.',
    ),
});

const scoredProducts = z.object({
  items: z.array(scoredProduct).max(listedMax).describe('The best first, no more than were asked for.'),
});

export type ScoredProduct = z.infer<typeof scoredProduct>;
export type ScoredProducts = z.infer<typeof scoredProducts>;

const customer = codeSchema.min(1).describe('The code of the customer.');
const product = codeSchema.min(1).describe('The code of the product.');
const first = z.number().int().min(1).max(listedMax).describe('How many at most.');

const recommendItem = z
  .object({
    customer,
    first,
    by: z.enum(strategies).optional().describe('AUTO unless it is given.'),
    keepOwned: z
      .boolean()
      .optional()
      .describe(
        'Keeps what the customer bought or rated already; as the service is configured unless it is given.',
      ),
    arm: z
      .literal(challengerArm)
      .optional()
      .describe(
        'Asks for the model that is on trial beside the one that serves; the one that serves answers where none is, and the answer names which it was. A service that has no trials may ignore it.',
      ),
  })
  .describe(
    'Products for a customer by what the warehouse knows of them now; what sold best in the last 30 days where nothing is known. A strategy other than AUTO, POPULARITY and CONTENT gives only products with a score above 0',
  );

const similarItem = z
  .object({ product, first })
  .describe(
    'Products that read alike or are bought by the same customers; null for a product that the model does not know',
  );

const ratingItem = z
  .object({ customer, product })
  .describe(
    'The rating that the customer would give the product, in the unit of the ratings; null where nothing was rated when the model was trained, or where the customer or the product is unknown',
  );

export type RecommendItem = z.infer<typeof recommendItem>;
export type SimilarItem = z.infer<typeof similarItem>;
export type RatingItem = z.infer<typeof ratingItem>;

export const recommendationMethods = {
  recommend: { item: recommendItem, result: scoredProducts },
  similar: { item: similarItem, result: scoredProducts },
  rating: { item: ratingItem, result: z.object({ score: z.number() }) },
} as const;

/** What the service is for, and its baseline. */
export const recommendationDescription =
  'Recommends products to customers, finds similar ones and predicts ratings. While it is away and nothing is remembered, recommendations are what most customers bought in the last 30 days, and similar products and ratings are not known (null).';

export type RecommendationService = Service<typeof recommendationMethods>;
