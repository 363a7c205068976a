// What learners expect of an example: what may be asked and what is answered.

import { z } from 'zod';
import type { Service } from '../host/service-contract.js';

const prediction = z.object({
  /** The expected number, or for a classification the probability, from 0 to 1, that the outcome is 1. */
  prediction: z.number(),
  /** How many examples the learner had learned. */
  examples: z.number().int(),
});

const score = z.object({
  /** Examples that were predicted before they were learned. */
  examples: z.number().int(),
  /** For a regression the mean absolute error, for a classification the mean log loss. */
  loss: z.number(),
  /** The same of always saying the mean, or the share of outcomes that are 1. */
  baselineLoss: z.number(),
  /** The share of right answers; null for a regression. */
  accuracy: z.number().nullable(),
});

const learner = z.object({
  name: z.string(),
  version: z.number().int(),
  description: z.string(),
  task: z.enum(['regression', 'classification']),
  /** Where its examples come from. */
  topic: z.string(),
  /** What each number of `features` is, in their order. */
  columns: z.array(z.string()),
  score,
  /** How often the error was seen to change, and at which example last; null where it never was. */
  drifts: z.number().int(),
  lastDrift: z.number().int().nullable(),
});

export type Prediction = z.infer<typeof prediction>;
export type LearnerSummary = z.infer<typeof learner>;

export const learningMethods = {
  /** What a learner expects of an example: one number per column. BAD_INPUT names the learners and their columns. */
  predict: {
    item: z.object({ model: z.string().min(1), features: z.array(z.number()).max(100_000) }),
    result: prediction,
  },
  /** All learners, in the order of their declaration. */
  learners: { item: z.object({}), result: z.array(learner) },
} as const;

/** What the service is for, and its baseline. */
export const learningDescription =
  'Predicts from examples that arrive one at a time and are learned as they come. While it is away and nothing is remembered, a prediction is not known (null), nor is the list of learners.';

export type LearningService = Service<typeof learningMethods>;
