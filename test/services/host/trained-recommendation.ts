// What a thread starts with that trains the multiplier under the name of a service that can be trained.

import { createThreadEntry } from '../../../src/services/host/thread.js';
import { multiplierWorkshop } from './multiplier.js';

export const { call, train } = createThreadEntry({ ...multiplierWorkshop, service: 'recommendation' });
