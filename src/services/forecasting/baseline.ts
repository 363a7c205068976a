// What is answered while the service is away and nothing is remembered: the last value, which needs no fitting.

import type { Baselines } from '../host/client.js';
import type { forecastingMethods } from './contract.js';
import { forecastItem } from './forecast-item.js';

export const forecastingBaselines: Baselines<typeof forecastingMethods> = {
  forecast: (items) =>
    items.map((item) => ({
      ...forecastItem(item, 'naive'),
      why: 'The last value: the service that forecasts is away.',
    })),
};
