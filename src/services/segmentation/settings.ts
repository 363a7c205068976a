// What a shop may set: what spend means, how features come on one scale, how many groups there are.

import { z } from 'zod';
import { type ScalingMethod, scalingMethods } from '../../math/stats/scaling.js';
import { readSettings } from '../host/read-settings.js';
import { type SegmentationModel, spendMeanings } from './model.js';

export interface SegmentationSettings {
  readonly spend: SegmentationModel['spend'];
  readonly scaling: ScalingMethod;
  /** How many groups; undefined chooses from 3 to 8 by the silhouette. */
  readonly clusters?: number | undefined;
}

/** Few customers buy very much: on logarithms they do not make groups of their own. */
export const segmentationDefaults: SegmentationSettings = { spend: 'total', scaling: 'log-standard' };

/** More groups than this are no help to anybody who has to name them. */
const clustersMax = 50;
const count = `a whole number from 2 to ${clustersMax}`;

const settings = z.object({
  spend: z.enum(spendMeanings, { error: `one of ${spendMeanings.join(', ')}` }).optional(),
  scaling: z.enum(scalingMethods, { error: `one of ${scalingMethods.join(', ')}` }).optional(),
  clusters: z
    .number({ error: count })
    .int({ error: count })
    .min(2, { error: count })
    .max(clustersMax, { error: count })
    .optional(),
});

/**
 * The settings of a shop, from plain JSON; what is left out is as in the defaults. Throws BAD_INPUT with a sentence for
 * each fault.
 */
export function segmentationSettings(value: unknown): SegmentationSettings {
  const given = readSettings('segmentation', settings, value);
  return {
    spend: given.spend ?? segmentationDefaults.spend,
    scaling: given.scaling ?? segmentationDefaults.scaling,
    ...(given.clusters === undefined ? {} : { clusters: given.clusters }),
  };
}
