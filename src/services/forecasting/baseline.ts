// What is answered while no forecast comes in time and nothing is remembered.

import type { Baselines } from '../host/client.js';
import { lastValueForecast } from './baseline-contract.js';
import type { forecastingMethods } from './contract.js';

export const forecastingBaselines: Baselines<typeof forecastingMethods> = {
  forecast: (items) => items.map(lastValueForecast),
};
