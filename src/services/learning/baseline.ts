// What is answered while the service is away and nothing is remembered: that it is not known.

import type { Baselines } from '../host/client.js';
import type { learningMethods } from './contract.js';

export const learningBaselines: Baselines<typeof learningMethods> = {
  predict: (items) => items.map(() => null),
  score: (items) => items.map(() => null),
  learners: (items) => items.map(() => null),
};
