// What a thread of the segmentation starts with.

import { createThreadEntry } from '../host/thread.js';
import { segmentationWorkshop } from './workshop.js';

export const { call, train } = createThreadEntry(segmentationWorkshop);
