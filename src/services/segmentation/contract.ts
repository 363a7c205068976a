// Which kind of customer each one is: what may be asked and what is answered.

import { z } from 'zod';
import type { Service } from '../host/service-contract.js';

/** From the newest customers to those who are gone, then those who have not bought yet. */
export const segmentNames = ['NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LOST', 'POTENTIAL'] as const;

export type SegmentName = (typeof segmentNames)[number];

/**
 * What customers are grouped by. `recencyDays` counts from the day of their last order to the day after the newest sale
 * of the shop; it is null for who never bought. `frequency` counts their orders. `spend` is all that they paid, less
 * what went back, or that per order, as the model was configured.
 */
const customerFeatures = z.object({
  recencyDays: z.number().nullable(),
  frequency: z.number(),
  spend: z.number(),
});

const segmentName = z.enum(segmentNames);

const assignment = z.object({
  segment: segmentName,
  /** The number of the group within the segment, the same from training to training; null for POTENTIAL. */
  cluster: z.number().int().nullable(),
  features: customerFeatures,
});

const segment = z.object({
  name: segmentName,
  /** For people, in English and Chinese. */
  title: z.string(),
  /** When a group of customers bears the name, in words. */
  rule: z.string(),
  /** How many customers it had when the model was trained. */
  size: z.number().int(),
  /** The groups that it consists of: one, several where their numbers earn the same name, none for POTENTIAL. */
  clusters: z.array(z.number().int()),
  /** The means of its customers at that time; null for POTENTIAL. */
  centre: customerFeatures.nullable(),
});

export type CustomerFeatures = z.infer<typeof customerFeatures>;
export type Assignment = z.infer<typeof assignment>;
export type Segment = z.infer<typeof segment>;

export const segmentationMethods = {
  /** The segment of a customer as the warehouse knows them now; null for one who neither bought nor did anything. */
  assign: { item: z.object({ customer: z.string().min(1) }), result: assignment },
  /** All segments of the model, in the order of `segmentNames`; those without customers are left out. */
  segments: { item: z.object({}), result: z.array(segment) },
} as const;

/**
 * Groups customers by recency, frequency and spend. The baseline, while the service is away and nothing is remembered:
 * null for a customer, whose segment is then unknown, and null for the list of segments.
 */
export type SegmentationService = Service<typeof segmentationMethods>;
