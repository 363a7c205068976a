// The learners as their host runs them: nothing is trained, since what they know grows with every example.

import type { Workshop } from '../host/workshop-contract.js';
import { learners } from './learners.js';
import { createLearningHandler } from './service.js';

export const learningWorkshop: Workshop = {
  service: 'learning',
  open: async (_, deps) => createLearningHandler(learners, deps),
};
