// Which kind of customer each one is: what may be asked and what is answered.

import { z } from 'zod';
import { codeSchema } from '../host/code.js';
import type { Service } from '../host/service-contract.js';

/** From the newest customers to those who are gone, then those who have not bought yet. */
export const segmentNames = ['NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LOST', 'POTENTIAL'] as const;

export type SegmentName = (typeof segmentNames)[number];

const customerFeatures = z.object({
  recencyDays: z
    .number()
    .nullable()
    .describe(
      'Days from the day of the last order to the day after the newest sale of the shop; null without one.',
    ),
  frequency: z.number().describe('How many orders.'),
  spend: z
    .number()
    .describe('All that was paid less what went back, or that per order, as the model was configured.'),
});

const segmentName = z.enum(segmentNames);

const assignment = z.object({
  segment: segmentName,
  cluster: z
    .number()
    .int()
    .nullable()
    .describe(
      'The number of the group, which no other group of the model bears, the same from training to training; null for POTENTIAL.',
    ),
  features: customerFeatures,
});

const segment = z.object({
  name: segmentName,
  title: z.string().describe('For people, in English and Chinese.'),
  rule: z.string().describe('When a group of customers bears the name, in words.'),
  size: z.number().int().describe('How many customers it had when the model was trained.'),
  clusters: z
    .array(z.number().int())
    .describe('Its groups: one, several where their numbers earn the same name, none for POTENTIAL.'),
  centre: customerFeatures
    .nullable()
    .describe('The means of its customers at that time; null for POTENTIAL.'),
});

export type CustomerFeatures = z.infer<typeof customerFeatures>;
export type Assignment = z.infer<typeof assignment>;
export type Segment = z.infer<typeof segment>;

export const segmentationMethods = {
  assign: {
    item: z
      .object({ customer: codeSchema.min(1).describe('The code of the customer.') })
      .describe(
        'The segment of a customer as the warehouse knows them now; null where they neither bought nor did anything',
      ),
    result: assignment,
  },
  segments: {
    item: z
      .object({})
      .describe('The segments of the model, from NEW to POTENTIAL; those that no group bears are left out'),
    result: z.array(segment),
  },
} as const;

/** What the service is for, and its baseline. */
export const segmentationDescription =
  'Groups customers by recency, frequency and spend. While it is away and nothing is remembered, the segment of a customer is not known (null), nor is the list of segments.';

export type SegmentationService = Service<typeof segmentationMethods>;
