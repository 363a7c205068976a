// What learners expect of an example: what may be asked and what is answered.

import { z } from 'zod';
import { codeSchema } from '../host/code.js';
import type { Service } from '../host/service-contract.js';

const prediction = z.object({
  prediction: z
    .number()
    .describe(
      'The expected number, or for a classification the probability, from 0 to 1, that the outcome is 1.',
    ),
  examples: z.number().int().describe('How many examples the learner had learned.'),
});

const subject = z.object({
  customer: codeSchema.optional().describe('The code of the customer; it need not be known.'),
  product: codeSchema.optional().describe('The code of the product; it need not be known.'),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('The moment; only what was known before it counts. Now unless it is given.'),
});

const predictItem = z
  .object({
    model: z.string().min(1).describe('The name of the learner.'),
    features: z
      .array(z.number().min(-1e100).max(1e100))
      .max(100_000)
      .optional()
      .describe('One number per column; beyond these sizes no answer is a number.'),
    about: subject
      .optional()
      .describe(
        'Whom and what the example is about; the service knows or counts the rest. Not beside `features`.',
      ),
  })
  .describe(
    'What a learner expects of an example, of which either the numbers are given or whom and what it is about; BAD_INPUT names the learners that there are, the columns of this one, or what is missing',
  );

const shareOfActs = (what: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe(`The share of what the customer did last that was done ${what}; left out where unknown.`);

const candidate = z.object({
  product: codeSchema.describe('The code of the product.'),
  category: codeSchema.nullish().describe('The code of its category, where that is known.'),
  recommended: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe(
      'The score of the recommender, from 0 for its last to 1 for its first; left out where it gave none.',
    ),
  lately: shareOfActs('in its category, the newest counting most'),
  usually: shareOfActs('in its category'),
  seen: shareOfActs('with the product itself'),
});

const scoreItem = z
  .object({
    model: z.string().min(1).describe('The name of the learner, such as `response`.'),
    customer: z.object({
      customer: codeSchema.describe('The code of the customer; it need not be known.'),
      segment: codeSchema.nullish().describe('The segment of the customer, where there is one.'),
    }),
    candidates: z
      .array(candidate)
      .max(200)
      .describe('The products that might be shown, each at the first place.'),
  })
  .describe(
    'How likely a customer answers each of many products, if it were shown; BAD_INPUT for a learner that scores no products',
  );

const scores = z.object({
  predictions: z
    .array(z.number().min(0).max(1))
    .describe('The probability of an answer, one for each of the candidates, in their order.'),
  examples: z.number().int().describe('How many examples the learner had learned.'),
});

const score = z.object({
  examples: z.number().int().describe('Examples that were predicted before they were learned.'),
  loss: z
    .number()
    .describe('For a regression the mean absolute error, for a classification the mean log loss.'),
  baselineLoss: z
    .number()
    .describe('The same of always saying the mean, or the share of outcomes that are 1.'),
  accuracy: z.number().nullable().describe('The share of right answers; null for a regression.'),
});

const learner = z.object({
  name: z.string().describe('As `predict` names it.'),
  version: z.number().int().describe('A new version has learned anew from the first example.'),
  description: z.string().describe('What it predicts, for people.'),
  task: z.enum(['regression', 'classification']),
  topic: z.string().describe('Where its examples come from.'),
  columns: z.array(z.string()).describe('What each number of `features` is, in their order.'),
  score: score
    .nullable()
    .describe('Null where what it knows cannot be read; it predicts nothing then until it learns anew.'),
  drifts: z.number().int().describe('How often the error was seen to change.'),
  lastDrift: z
    .number()
    .int()
    .nullable()
    .describe('At which example it was last seen to change; null where it never was.'),
});

export type PredictItem = z.infer<typeof predictItem>;
export type Prediction = z.infer<typeof prediction>;
export type ScoreItem = z.infer<typeof scoreItem>;
export type Scores = z.infer<typeof scores>;
export type LearnerSummary = z.infer<typeof learner>;

export const learningMethods = {
  predict: {
    item: predictItem,
    result: prediction,
    refuses: true,
  },
  score: {
    item: scoreItem,
    result: scores,
    refuses: true,
  },
  learners: {
    item: z.object({}).describe('All learners, in the order of their declaration'),
    result: z.array(learner),
  },
} as const;

/** What the service is for, and its baseline. */
export const learningDescription =
  'Predicts from examples that arrive one at a time and are learned as they come. While it is away and nothing is remembered, a prediction is not known (null), nor are scores or the list of learners.';

export type LearningService = Service<typeof learningMethods>;
