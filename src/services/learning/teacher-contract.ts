// How outcomes of decisions are taught: what a decision knew of a product that it showed, and what came of it.

import { z } from 'zod';
import type { Session } from '../../warehouse/session.js';
import { codeSchema } from '../host/code.js';

/** What was known of a product when a decision put it into a list, as it is stored with the decision. */
export const shownFactsSchema = z.object({
  /** Codes; null where they were not known. */
  customer: codeSchema,
  segment: codeSchema.nullable(),
  product: codeSchema,
  category: codeSchema.nullable(),
  /** The recommender's score, from 0 for the last to 1 for the first of the list; null where it gave none. */
  recommended: z.number().min(0).max(1).nullable(),
  /** The share of what the customer did last that was done in this category, the newest counting most; null: unknown. */
  lately: z.number().min(0).max(1).nullable().default(null),
  /** The same over more of it. */
  usually: z.number().min(0).max(1).nullable().default(null),
  /** The same of the product itself. */
  seen: z.number().min(0).max(1).nullable().default(null),
  /** The place in the list, from 1. */
  slot: z.number().int().min(1).max(1_000),
});

export type ShownFacts = z.infer<typeof shownFactsSchema>;

/** A product that was shown, and whether the customer answered. */
export interface ShownOutcome {
  /** `ShownFacts`, or their JSON text. */
  readonly facts: string | object;
  readonly outcome: 0 | 1;
}

/** One that cannot be learned. */
export interface RefusedOutcome {
  /** Its place among those given, from 0. */
  readonly place: number;
  /** What is wrong with it, in words that follow its name. */
  readonly reason: string;
}

/**
 * Adds the outcomes to the examples of a learner, in their order, in the caller's transaction and best as its last
 * statement: until its end nobody else adds examples. Resolves to those that were refused; all others are added. Throws
 * BAD_INPUT for a learner that there is not or that does not learn from shown products.
 */
export type Teach = (
  session: Session,
  learner: string,
  outcomes: readonly ShownOutcome[],
) => Promise<readonly RefusedOutcome[]>;
