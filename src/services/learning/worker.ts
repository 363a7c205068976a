// What a thread of the learners starts with.

import { createThreadEntry } from '../host/thread.js';
import { learningWorkshop } from './workshop.js';

export const { call, train } = createThreadEntry(learningWorkshop);
