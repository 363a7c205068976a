// What a shop may set: what spend means, how features come on one scale, how many groups there are.

import type { ScalingMethod } from '../../math/stats/scaling.js';
import type { SegmentationModel } from './model.js';

export interface SegmentationSettings {
  readonly spend: SegmentationModel['spend'];
  readonly scaling: ScalingMethod;
  /** How many groups; undefined chooses from 3 to 8 by the silhouette. */
  readonly clusters?: number | undefined;
}

/** Few customers buy very much: on logarithms they do not make groups of their own. */
export const segmentationDefaults: SegmentationSettings = { spend: 'total', scaling: 'log-standard' };
