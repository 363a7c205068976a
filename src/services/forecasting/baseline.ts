// What is answered while no forecast comes in time and nothing is remembered: the last value, which needs no fitting.

import type { Baselines } from '../host/client.js';
import type { forecastingMethods } from './contract.js';
import { forecastItem } from './forecast-item.js';

export const forecastingBaselines: Baselines<typeof forecastingMethods> = {
  forecast: (items) =>
    items.map((item) => ({
      ...forecastItem(item, 'naive'),
      why: 'The last value: no forecast came in time.',
    })),
};
