// What a thread of the multiplier starts with.

import { createThreadEntry } from '../../../src/services/host/thread.js';
import { multiplierWorkshop } from './multiplier.js';

export const { call, train } = createThreadEntry(multiplierWorkshop);
