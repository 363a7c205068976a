// What a thread of the forecaster starts with.

import { createThreadEntry } from '../host/thread.js';
import { forecastingWorkshop } from './workshop.js';

export const { call, train } = createThreadEntry(forecastingWorkshop);
