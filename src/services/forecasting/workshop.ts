// The forecaster as its host runs it: nothing is trained, and no model is loaded.

import type { Workshop } from '../host/workshop-contract.js';
import { createForecastingHandler } from './service.js';
import { warmUp } from './warm-up.js';

export const forecastingWorkshop: Workshop = {
  service: 'forecasting',
  async open() {
    warmUp();
    return createForecastingHandler();
  },
};
