// What is answered while the service is away and nothing is remembered: that the segment is not known.

import type { Baselines } from '../host/client.js';
import type { segmentationMethods } from './contract.js';

export const segmentationBaselines: Baselines<typeof segmentationMethods> = {
  assign: (items) => items.map(() => null),
  segments: (items) => items.map(() => null),
};
