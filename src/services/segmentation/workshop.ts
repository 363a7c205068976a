// The segmentation as its host runs it.

import type { Workshop } from '../host/workshop-contract.js';
import { createSegmentationHandler, modellessHandler } from './service.js';
import { trainSegmentation } from './train.js';

export const segmentationWorkshop: Workshop = {
  service: 'segmentation',
  open: async (model, deps) =>
    model === undefined ? modellessHandler : createSegmentationHandler(model, deps),
  train: trainSegmentation,
};
