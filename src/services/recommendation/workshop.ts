// The recommender as its host runs it.

import type { Workshop, WorkshopDeps } from '../host/workshop-contract.js';
import type { Factorise } from './factorise.js';
import { createModellessHandler, createRecommendationHandler } from './service.js';
import { recommendationSettings } from './settings.js';
import { trainRecommendation } from './train.js';

export const recommendationWorkshop: Workshop = workshopWith();

/** The same, but ALS is trained by an engine. */
export function recommendationWorkshopOn(factoriser: (deps: WorkshopDeps) => Factorise): Workshop {
  return workshopWith(factoriser);
}

function workshopWith(factoriser?: (deps: WorkshopDeps) => Factorise): Workshop {
  return {
    service: 'recommendation',
    open: async (model, deps) =>
      model === undefined
        ? createModellessHandler(deps)
        : createRecommendationHandler(model, deps, recommendationSettings(deps.settings)),
    train: (deps, options) =>
      trainRecommendation(deps, options, recommendationSettings(deps.settings), factoriser?.(deps)),
  };
}
