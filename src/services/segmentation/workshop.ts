// The segmentation as its host runs it.

import type { Workshop } from '../host/workshop-contract.js';
import { createSegmentationHandler, modellessHandler } from './service.js';
import { segmentationSettings } from './settings.js';
import { trainSegmentation } from './train.js';

export const segmentationWorkshop: Workshop = {
  service: 'segmentation',
  open: async (model, deps) =>
    model === undefined ? modellessHandler : createSegmentationHandler(model, deps),
  train: (deps, options) => trainSegmentation(deps, options, segmentationSettings(deps.settings)),
};
