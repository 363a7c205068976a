// The forecaster as its host runs it: nothing is trained, and no model is loaded.

import type { Workshop } from '../host/workshop-contract.js';
import { forecastingHandler } from './service.js';

export const forecastingWorkshop: Workshop = {
  service: 'forecasting',
  open: async () => forecastingHandler,
};
