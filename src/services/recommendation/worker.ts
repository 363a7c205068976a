// What a thread of the recommender starts with.

import { createThreadEntry } from '../host/thread.js';
import { recommendationWorkshop } from './workshop.js';

export const { call, train } = createThreadEntry(recommendationWorkshop);
