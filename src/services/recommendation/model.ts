// A trained recommender: what it holds, and its bytes.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { textFields } from '../../warehouse/service-reads/product-texts.js';
import { pack, unpack } from './packed.js';

const ints = z.custom<Int32Array>((value) => value instanceof Int32Array);
const doubles = z.custom<Float64Array>((value) => value instanceof Float64Array);
const singles = z.custom<Float32Array>((value) => value instanceof Float32Array);
const marks = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const sparse = z.object({
  rows: z.number(),
  columns: z.number(),
  starts: ints,
  indices: ints,
  values: doubles,
});

const factors = z.object({
  factors: z.number(),
  itemFactors: doubles,
  itemGram: doubles,
});

/** How AUTO weighs its parts; every number was chosen on a held-back month, or is a stated default. */
const blend = z.object({
  /** How many neighbours each product keeps in item-kNN. */
  neighbours: z.number().int().positive(),
  /** The ridge penalty of EASE. */
  regularisation: z.number().positive(),
  /** The share of EASE in the score, from 0 to 1; the rest is item-kNN's. */
  easeShare: z.number().min(0).max(1),
  /** The score is multiplied by (customers of the last 30 days + offset)^exponent. */
  exponent: z.number().positive(),
  offset: z.number().positive(),
  /** Added to the score before that, divided by the number of products that are known of the customer. */
  prior: z.number().positive(),
});

const recommendationModel = z.object({
  format: z.literal(1),
  settings: z.object({
    weights: z.record(z.string(), z.number()),
    textFields: z.array(z.enum(textFields)),
  }),
  blend,
  /** The codes of the columns and the rows of every matrix. */
  products: z.array(z.string()),
  customers: z.array(z.string()),
  /** Customers x products: what the strongest behaviour counts, in stars. */
  stars: sparse,
  /** Distinct customers of each product in the last 30 days. */
  recent: doubles,
  /** Products x terms, by TF-IDF. */
  texts: sparse,
  /** Products x products: the nearest of each by the customers they share. */
  neighbours: sparse,
  ease: z.object({ items: ints, placeOf: ints, weights: singles }),
  /** Factorised stars, zeros included. */
  nmf: factors,
  /** Factorised shares, by confidence; `objective` is left out where this program factorised them. */
  als: factors.extend({
    regularisation: z.number(),
    alpha: z.number(),
    objective: z.literal('added').optional(),
  }),
  /** How many ratings there were. */
  ratingCount: z.number().int(),
  /** The factorisation of the ratings that were given; null where they are too few for one. */
  ratings: z
    .object({
      factors: z.number(),
      regularisation: z.number(),
      biasShrinkage: z.number(),
      mean: z.number(),
      lowest: z.number(),
      highest: z.number(),
      items: doubles,
      /** 1 for each product that was rated. */
      rated: marks,
    })
    .nullable(),
});

export type RecommendationModel = z.infer<typeof recommendationModel>;
export type Blend = z.infer<typeof blend>;

/** The bytes of a model: the same for the same model. */
export function writeModel(model: RecommendationModel): Buffer {
  return pack(model);
}

/** Fails with CONFLICT for bytes that another version of the program wrote in a form of its own. */
export function readModel(bytes: Uint8Array): RecommendationModel {
  const parsed = recommendationModel.safeParse(unpack(bytes));
  if (parsed.success) return parsed.data;
  throw new FlywheelError(
    'CONFLICT',
    'The stored recommendation model has an unknown form; train a new one.',
    {
      cause: parsed.error,
    },
  );
}
