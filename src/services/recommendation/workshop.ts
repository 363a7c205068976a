// The recommender as its host runs it.

import type { Workshop } from '../host/workshop-contract.js';
import { createModellessHandler, createRecommendationHandler } from './service.js';
import { recommendationSettings } from './settings.js';
import { trainRecommendation } from './train.js';

export const recommendationWorkshop: Workshop = {
  service: 'recommendation',
  open: async (model, deps) =>
    model === undefined
      ? createModellessHandler(deps)
      : createRecommendationHandler(model, deps, recommendationSettings(deps.settings)),
  train: (deps, options) => trainRecommendation(deps, options, recommendationSettings(deps.settings)),
};
